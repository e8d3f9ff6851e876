"""The fields of passwords and e-mail addresses, wherever one is asked for."""

from service.forum.accounts.rules import EMAIL_LENGTH, PASSWORD_LENGTH
from service.http.web.frame.fields import Line, Secret
from service.language import _


def own_password(name: str = "password", label: str = _("Password")) -> Secret:
    """Return the field of the password that somebody has."""
    return Secret(name, label, required=True, most=PASSWORD_LENGTH[1], fills="current-password")


def new_password(label: str, hint: str = "", name: str = "password", *, required: bool = True) -> Secret:
    """Return the field of a password that somebody chooses."""
    return Secret(name, label, hint, required=required, most=PASSWORD_LENGTH[1], fills="new-password")


def own_email(label: str = _("Email address"), *, required: bool | None = True) -> Line:
    """Return the field of somebody's e-mail address.

    Parameters:
        required: as of a `Field`.
    """
    return Line("email", label, required=required, most=EMAIL_LENGTH[1], kind="email", fills="email")
