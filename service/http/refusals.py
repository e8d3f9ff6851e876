"""What the doors themselves refuse, and what an answer to an error says."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from service.language import _


class Refused(Exception):
    """The door itself refuses a request."""


class Overloaded(Refused):
    """Too many requests are waiting already."""


class TooManyAtOnce(Refused):
    """Too many requests from one address are waiting already."""


class TooSlow(Refused):
    """The request did not finish within its deadline."""


class Disabled(Refused):
    """This door is switched off."""


class NotOffered(Refused):
    """The site does not do this."""


class WrongNetwork(Refused):
    """The door is open for some networks only, and this is none of them."""


class WrongSecret(Refused):
    """The secret that opens this door is missing or wrong."""


class LimitsUnknown(Refused):
    """How often this was done cannot be looked up, and this door does not open then."""


class CrossSite(Refused):
    """A form came without the token of this site."""


class BodyRefused(Refused):
    """What a request brings is not taken in.

    Parameters:
        message: one sentence for a person; without it the class's own.
        field: the name of the input at fault, if it is one input.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    default_message: ClassVar[str]
    retry_after: ClassVar[int | None] = None

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default_message
        self.field = field
        super().__init__(self.message)


class TooLarge(BodyRefused):
    """It is larger, or has more in it, than this address takes."""

    status, code = 413, "request_entity_too_large"
    default_message = _("This is too large.")


class WrongKind(BodyRefused):
    """Its content type, its charset or its encoding is none that this address takes."""

    status, code = 415, "unsupported_media_type"
    default_message = _("This URL doesn't accept this kind of content.")


class Malformed(BodyRefused):
    """It is not what its content type says."""

    status, code = 400, "bad_request"
    default_message = _("We couldn't read this request.")


class SentTooSlowly(BodyRefused):
    """It does not arrive as fast as it must."""

    status, code = 408, "request_timeout"
    default_message = _("The request took too long to arrive.")


class SendingTooMuch(BodyRefused):
    """One address is sending as much as it may at once."""

    status, code, retry_after = 429, "sending_too_much", 5
    default_message = _("Too much is being sent from your IP address at once. Try again in a moment.")


class ReceivingTooMuch(BodyRefused):
    """The process is receiving as much as it can hold at once."""

    status, code, retry_after = 503, "receiving_too_much", 5
    default_message = _("The site is receiving too much right now. Try again in a moment.")


class Problem(msgspec.Struct, frozen=True):
    """An answer to an error.

    Attributes:
        status: the HTTP status of a page.
        code: a word for programs.
        message: a sentence for people.
        fields: a sentence for each input at fault.
        retry_after: seconds after which to try again.
        field: the input at fault, where it is one.
        details: further facts for programs.
    """

    status: int
    code: str
    message: str
    fields: dict[str, str] = {}
    retry_after: int | None = None
    field: str | None = None
    details: Mapping[str, object] = {}
