"""How a request to another site fails. Every error has a short machine name for metrics and logs, and a sentence.

The sentences name the host and never the path or query, which may be private.
"""

from typing import Literal

RefusedFor = Literal["url", "scheme", "port", "address", "redirect", "type"]
UnreachableBy = Literal["dns", "connect", "tls", "reset", "protocol", "encoding"]


class OutboundError(Exception):
    """Another site was not asked, or did not answer as it should.

    Attributes:
        name: what happened, from a small fixed set, for example `refused_address` or `timed_out`.
    """

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


class Refused(OutboundError):
    """We do not go there, or do not take that. Trying again ends the same way."""

    def __init__(self, reason: RefusedFor, sentence: str) -> None:
        super().__init__(f"refused_{reason}", sentence)
        self.reason = reason


class TooLarge(OutboundError):
    """The body is larger than the caller takes, as sent or after decompression. Trying again ends the same way."""

    def __init__(self, host: str, max_bytes: int) -> None:
        super().__init__("too_large", f"The answer of {host} is larger than {max_bytes} bytes.")


class TimedOut(OutboundError):
    """The deadline for the whole of the request passed. Trying later may help."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__("timed_out", f"{host} did not finish its answer within {seconds:g} seconds.")


class Unreachable(OutboundError):
    """The name does not resolve, or the connection fails or breaks. Trying later may help."""

    def __init__(self, reason: UnreachableBy, sentence: str) -> None:
        super().__init__(f"unreachable_{reason}", sentence)
        self.reason = reason
