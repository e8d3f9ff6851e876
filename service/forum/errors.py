"""The one exit vocabulary of the forum.

Every refusal of an operation is one of these, raised with a sentence that may be shown to a person. The doors
map a class to a status, a page and a JSON body in one table; nothing here knows about HTTP.
"""

from collections.abc import Mapping
from typing import ClassVar

from service.language import _


class ForumError(Exception):
    """A refusal that has a name.

    Parameters:
        message: one sentence for a person; without it the class's own sentence.
        code: a machine word in snake_case; without it the class's own word.
        field: the name of the input that is at fault, if it is one input.
        details: further facts for programs, JSON-ready; never a secret.
    """

    default_code: ClassVar[str] = "error"
    default_message: ClassVar[str] = _("Something went wrong.")

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.code = code or self.default_code
        self.field = field
        self.details = details or {}
        super().__init__(self.message)


class NotFound(ForumError):
    """There is no such thing, or this viewer may not know that there is."""

    default_code = "not_found"
    default_message = _("There's nothing here.")


class Gone(ForumError):
    """It was here and was deleted by its author, removed by a moderator, or banned."""

    default_code = "gone"
    default_message = _("This has been deleted.")


class Forbidden(ForumError):
    """The viewer is known and may not do this."""

    default_code = "forbidden"
    default_message = _("You don't have permission to do that.")


class Locked(Forbidden):
    """The post, comment or community takes no new contributions."""

    default_code = "locked"
    default_message = _("This is locked.")


class Banned(Forbidden):
    """The account is banned from the site or from this community."""

    default_code = "banned"
    default_message = _("You're banned.")


class NotSignedIn(ForumError):
    """This needs an account and nobody is signed in."""

    default_code = "not_signed_in"
    default_message = _("You need to sign in first.")


class BadCredentials(ForumError):
    """Name and password do not belong together; which of them is wrong is not told."""

    default_code = "incorrect_login"
    default_message = _("Incorrect username or password.")


class AwaitingApproval(ForumError):
    """The application for this account has not been decided on yet."""

    default_code = "awaiting_approval"
    default_message = _("Your application is awaiting approval.")


class Unverified(ForumError):
    """The e-mail address of the account has not been confirmed."""

    default_code = "email_not_verified"
    default_message = _("Confirm your email address first.")


class RegistrationClosed(Forbidden):
    """The site takes no new accounts."""

    default_code = "registration_closed"
    default_message = _("Sign-ups are closed.")


class Invalid(ForumError):
    """The input breaks a rule.

    Parameters:
        fields: a sentence for each input at fault, by the input's name; at least one.
        code: a machine word if a door must tell this case from others.
    """

    default_code = "invalid"
    default_message = _("Some fields need your attention.")

    def __init__(self, fields: Mapping[str, str], *, code: str | None = None) -> None:
        self.fields = dict(fields)
        name, message = next(iter(self.fields.items()))
        super().__init__(message, code=code, field=name)


class Conflict(ForumError):
    """Somebody else was first: the name is taken, or the thing changed meanwhile."""

    default_code = "conflict"
    default_message = _("That's already taken.")


class TooMany(ForumError):
    """A limit on how often or how many was reached.

    Parameters:
        retry_after: seconds until it may work again, where that is known.
        details: further facts for programs.
    """

    default_code = "too_many"
    default_message = _("You're doing that too often. Try again later.")

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        retry_after: int | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.retry_after = retry_after
