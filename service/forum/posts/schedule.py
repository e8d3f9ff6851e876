"""When a post is to be published that waits for it. Pure.

As in PieFed, the time is by the clock of a zone, so that what is published every day at eight is so in summer, too; and
a title may have the week, day, month and year in it: `{% week %}`.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from service.forum.accounts.rules import problem_with_timezone, zone_named
from service.forum.checks import refuse
from service.forum.posts.choices import PostType, Repeat
from service.language import _

LONGEST_WAIT = timedelta(days=366)
# A clock somewhere on earth is at most so far ahead of the universal one.
FARTHEST_AHEAD = timedelta(hours=14)
SHORTEST_MONTH = 28  # days

_DATED = re.compile(r"\{%\s*(week|day|month|year)\s*%\}")


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a post is published, and again.

    Attributes:
        at: By the clock of `timezone`.
        timezone: An IANA name; '' for the universal one.
        until: The last time of a post that is repeated, by the same clock; None for no end.
    """

    at: datetime
    timezone: str = ""
    repeat: Repeat = Repeat.ONCE
    until: datetime | None = None


def columns_of(schedule: Schedule | None) -> dict[str, Any]:
    """Return the columns of a post that say when it is published; none for one that is published at once."""
    if schedule is None:
        return {}
    return {
        "scheduled_for": schedule.at,
        "timezone": schedule.timezone or "UTC",
        "repeat": schedule.repeat.value,
        "stop_repeating": schedule.until,
    }


# What is on one day, or asked once.
_ONLY_ONCE: dict[int | None, str] = {
    PostType.POLL: _("Polls can't be repeated."),
    PostType.EVENT: _("Events can't be repeated."),
}


def check(schedule: Schedule, now: datetime, *, kind: int | None = None) -> None:
    """Raise Invalid with all that is wrong with a schedule.

    Parameters:
        now: naive UTC.
        kind: of the post, as in `post.type`.
    """
    zone = problem_with_timezone(schedule.timezone) if schedule.timezone else None
    repeated = schedule.repeat is not Repeat.ONCE
    refuse(
        {
            "timezone": zone,
            "scheduled_for": None if zone else _problem_with_time(schedule, now),
            "repeat": _ONLY_ONCE.get(kind) if repeated else None,
            "repeat_until": _("Choose a time after the post is published.")
            if schedule.until and schedule.until < schedule.at
            else None,
        }
    )


def _problem_with_time(schedule: Schedule, now: datetime) -> str | None:
    if moment_of(schedule) <= now:
        return _("Choose a time in the future.")
    return _("Choose a time within a year.") if moment_of(schedule) > now + LONGEST_WAIT else None


def moment_of(schedule: Schedule) -> datetime:
    """Return when the post is published, in naive UTC."""
    return in_utc(schedule.at, schedule.timezone)


def in_utc(local: datetime, zone: str) -> datetime:
    """Return a time by the clock of a zone in naive UTC; where the zone is not known, it is one of UTC already."""
    return local.replace(tzinfo=zone_named(zone)).astimezone(UTC).replace(tzinfo=None)


def following(schedule: Schedule, now: datetime, *, day: int | None = None) -> Schedule | None:
    """Return the schedule of the next time in the future; None after the last one. What was missed is left out.

    Parameters:
        now: naive UTC.
        day: of the month, where it is another than that of this time; shorter months have it on their last one.
    """
    if schedule.repeat is Repeat.ONCE:
        return None
    times = 1
    later = _later(schedule, times, day)
    while moment_of(later) <= now:
        times += 1
        later = _later(schedule, times, day)
    return None if schedule.until is not None and later.at > schedule.until else later


def _later(schedule: Schedule, times: int, day: int | None) -> Schedule:
    at = schedule.at
    match schedule.repeat:
        case Repeat.DAILY:
            at += timedelta(days=times)
        case Repeat.WEEKLY:
            at += timedelta(weeks=times)
        case _:
            years, month = divmod(at.month - 1 + times, 12)
            year = at.year + years
            last = monthrange(year, month + 1)[1]
            at = at.replace(year=year, month=month + 1, day=min(day or at.day, last))
    return msgspec.structs.replace(schedule, at=at)


def dated(title: str, day: datetime) -> str:
    """Return a title with the day in the places that it has for it."""
    words = {
        "week": f"{day.isocalendar().week:02}",
        "day": f"{day.day:02}",
        "month": f"{day.month:02}",
        "year": str(day.year),
    }
    return _DATED.sub(lambda found: words[found[1]], title)
