"""What can be asked for: when, of what, and how often at once."""

from datetime import datetime, timedelta
from typing import Literal

from service.forum.errors import Invalid
from service.language import _

Kind = Literal["post", "comment"]

# Values of reminder.reminder_type.
STORED: dict[Kind, int] = {"post": 1, "comment": 2}
LATEST = timedelta(days=5 * 365)
WAITING_MAX = 200


def check_time(at: datetime, now: datetime) -> None:
    """Refuse a time that has passed, or is too far away.

    Parameters:
        at, now: naive UTC.

    Raises:
        Invalid: names `remind_at`.
    """
    if at <= now:
        raise Invalid({"remind_at": _("Choose a time in the future.")})
    if at > now + LATEST:
        raise Invalid({"remind_at": _("Choose a time that's sooner.")})
