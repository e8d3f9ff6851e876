"""A request as a signature sees it, and what a signature has to cover whatever its form."""

import base64
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from service.federation.errors import Unsigned

WINDOW = 3600  # seconds that clocks may differ, and that a request may be on its way; as Lemmy and Mastodon have it


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came in.

    Attributes:
        method: in capitals.
        target: path and query, as they were sent.
        scheme: of the address that the sender wrote to.
        headers: by lower-case name; several of one name are joined by ", ".
        body: the bytes that came, or would have been sent.
    """

    method: str
    target: str
    scheme: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def has_body(self) -> bool:
        """Whether the method carries a body, whose digest then has to be signed."""
        return self.method in {"POST", "PUT", "PATCH"}


def check_time(moment: float, now: float) -> None:
    """Refuse what was signed too long ago, or not yet.

    Parameters:
        moment, now: seconds since 1970.

    Raises:
        Unsigned: they differ by more than the window.
    """
    if abs(now - moment) > WINDOW:
        raise Unsigned(
            f"The signature was made {abs(now - moment):.0f} s away from now; {WINDOW} s are allowed."
        )


def time_of(header: str) -> float:
    """Return the time of a Date header in seconds since 1970.

    Raises:
        Unsigned: it is none.
    """
    try:
        moment: datetime = parsedate_to_datetime(header)
        return moment.timestamp()
    except (ValueError, TypeError, OverflowError):
        raise Unsigned("The Date header cannot be read.") from None


def signature_from(text: str) -> bytes:
    """Return a signature's bytes.

    Parameters:
        text: Base64.

    Raises:
        Unsigned: it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unsigned("The signature cannot be read.") from None
