"""What an account's name, address, password and profile may be. Pure.

PieFed's registration form takes any name of up to 50 characters without spaces and @; we take the part of that
which every server understands in a mention.
"""

import re
import unicodedata
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from service.forum.accounts.reserved import is_reserved
from service.forum.checks import refuse, storable
from service.language import _

NAME_LENGTH = (3, 50)
PASSWORD_LENGTH = (8, 128)
EMAIL_LENGTH = (5, 255)
TITLE_LENGTH = 255
ABOUT_LENGTH = 10_000
ANSWER_LENGTH = 512
REASON_LENGTH = 256
TIMEZONE_LENGTH = 30
KEYWORD_FILTER_LENGTH = 150
NOTE_LENGTH = 50
FLAIR_LENGTH = 50
EXTRA_FIELDS_MAX = 4
EXTRA_FIELD_LENGTH = 1024

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
# Characters of a name that fonts draw alike (https://www.unicode.org/reports/tr39/#Confusable_Detection); beyond ASCII
# there are none in a name.
_LOOK_ALIKES = str.maketrans("I10", "llO")
_RESERVED_MAILBOXES = ("postmaster@", "abuse@", "noc@")
_COMMON_PASSWORDS = frozenset({"password", "12345678", "123456789", "1234567890", "qwertyuiop", "password1"})

# Values of user_registration.status; -1 is an application whose e-mail address is not confirmed.
(
    APPLICATION_UNCONFIRMED,
    APPLICATION_WAITING,
    APPLICATION_APPROVED,
    APPLICATION_DENIED,
) = -1, 0, 1, 2

# "user".referrer of accounts that were made for somebody: the figures tell them from those that people made themselves.
PRIVATELY = "private registration"

# An administrator's in PieFed, whatever its roles.
FIRST_ACCOUNT = 1

# Rows of `role` that have a meaning of their own.
ROLE_STAFF, ROLE_ADMIN = 3, 4


def tidy_name(name: str) -> str:
    """The name as it is stored: without space around it and in Unicode's NFKC form."""
    return unicodedata.normalize("NFKC", name).strip()


def tidy_email(email: str) -> str:
    """The e-mail address as it is stored: in lower case, so that it is found however it is typed."""
    return email.strip().lower()


def look_alike(name: str) -> str:
    """What a name looks like: two names for which this is the same can be taken for one another.

    The migration 0004 has the same as an index of the database; one is not changed without the other.
    """
    return name.translate(_LOOK_ALIKES).lower()


def actor_url(domain: str, name: str) -> str:
    """The identifier of a local account, unique whatever the case of its name."""
    return f"https://{domain}/u/{name.lower()}"


def problem_with_name(name: str, *, reserved: bool = True) -> str | None:
    """What is wrong with a tidy name, in a sentence.

    Parameters:
        reserved: refuse the names that look like an office, a page or a host; the first administrator may have one.
    """
    shortest, longest = NAME_LENGTH
    if not shortest <= len(name) <= longest:
        return _("Use %(shortest)s to %(longest)s characters.", shortest=shortest, longest=longest)
    if not _NAME.fullmatch(name):
        return _("Use only the letters a to z, digits and underscores, with dots or hyphens in between.")
    if reserved and is_reserved(name):
        return _("This name can't be used because it could be mistaken for the site itself.")
    return None


def problem_with_email(email: str) -> str | None:
    """What is wrong with an e-mail address, in a sentence."""
    shortest, longest = EMAIL_LENGTH
    if not shortest <= len(email) <= longest or not _EMAIL.fullmatch(email):
        return _("Enter a valid email address.")
    if email.lower().startswith(_RESERVED_MAILBOXES):
        return _("This email address can't be used.")
    return None


def problem_with_password(password: str, name: str = "") -> str | None:
    """What is wrong with a password, in a sentence. Space around it does not count, as in PieFed."""
    stripped = password.strip()
    shortest, longest = PASSWORD_LENGTH
    if not storable(stripped):
        return _("This contains a character that can't be saved.")
    if len(stripped) < shortest:
        return _("Use at least %(shortest)s characters.", shortest=shortest)
    if len(stripped.encode()) > longest:
        return _("Use a shorter password: at most %(longest)s bytes.", longest=longest)
    if stripped.lower() in _COMMON_PASSWORDS or len(set(stripped)) == 1 or stripped.lower() == name.lower():
        return _("This password is too easy to guess.")
    return None


def problem_with_timezone(name: str) -> str | None:
    """A sentence unless this is the name of a time zone (https://www.iana.org/time-zones) that the column can hold."""
    if len(name) > TIMEZONE_LENGTH or name not in _timezones():
        return _("Choose a time zone from the list.")
    return None


def zone_named(name: str | None) -> ZoneInfo:
    """Return the time zone of a stored name; UTC where there is none, for nobody else checks what they store."""
    return ZoneInfo("UTC" if not name or problem_with_timezone(name) else name)


@lru_cache
def _timezones() -> set[str]:
    """All names; Python looks through the directories of the system for them each time it is asked."""
    return available_timezones()


def check_registration(name: str, email: str, password: str, *, reachable: bool = False) -> None:
    """Raise Invalid with all that is wrong with a registration; the name is tidy, an empty e-mail address is none.

    Parameters:
        reachable: there must be an e-mail address.
    """
    refuse(
        {
            "name": problem_with_name(name),
            "email": problem_with_email(email) if email or reachable else None,
            "password": problem_with_password(password, name),
        }
    )
