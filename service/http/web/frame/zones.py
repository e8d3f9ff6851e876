"""The time zones that forms offer, and times as a viewer reads them."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import available_timezones

from service.forum.accounts.rules import zone_named
from service.language import _


@lru_cache
def zones() -> tuple[tuple[str, str], ...]:
    """Return the names of all zones for a select, the universal one first."""
    named = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (("", _("Coordinated Universal Time")), *((name, name.replace("_", " ")) for name in named))


def with_stored(offered: tuple[tuple[str, str], ...], stored: str) -> tuple[tuple[str, str], ...]:
    """Return what is offered, and what is stored even where it no longer is."""
    return offered if any(value == stored for value, _words in offered) else (*offered, (stored, stored))


def local_time(when: datetime, zone: str) -> datetime:
    """Return a time as it is read in a zone; in UTC where the zone is not known.

    Parameters:
        when: naive UTC.
    """
    try:
        return when.replace(tzinfo=UTC).astimezone(zone_named(zone))
    except OverflowError:
        return when.replace(tzinfo=UTC)
