"""What the doors themselves refuse, and what an answer to an error says."""

from collections.abc import Mapping

import msgspec


class Refused(Exception):
    """The door itself refuses a request."""


class Overloaded(Refused):
    """Too many requests are waiting already."""


class TooSlow(Refused):
    """The request did not finish within its deadline."""


class Disabled(Refused):
    """This door is switched off."""


class WrongNetwork(Refused):
    """The door is open for some networks only, and this is none of them."""


class WrongSecret(Refused):
    """The secret that opens this door is missing or wrong."""


class LimitsUnknown(Refused):
    """How often this was done cannot be looked up, and this door does not open then."""


class CrossSite(Refused):
    """A form came without the token of this site."""


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
