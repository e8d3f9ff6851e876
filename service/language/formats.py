"""Days, ages and numbers as the language that is spoken writes them."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import Literal

from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_compact_decimal, format_decimal

from service.language.sentences import Language, spoken

Unit = Literal["minute", "hour", "day", "month", "year"]


def day(when: date) -> str:
    """Return a day: 27 November 2026."""
    return format_date(when, "long", spoken().locale)


def moment(when: datetime) -> str:
    """Return a time to the minute, with the name of its zone: 27 November 2026, 17:17 UTC.

    Parameters:
        when: in its zone.
    """
    locale = spoken().locale
    pattern = str(get_datetime_format("medium", locale=locale))
    shown = pattern.format(format_time(when, "short", locale=locale), day(when))
    return f"{shown} {when.tzname()}"


def month(when: date) -> str:
    """Return a month: November 2026."""
    return format_skeleton("yMMMM", when, locale=spoken().locale)


def number(count: int) -> str:
    """Return a whole number with marks between its thousands: 1,234."""
    return _number(count, spoken())


@lru_cache(4096)
def _number(count: int, language: Language) -> str:
    return format_decimal(count, locale=language.locale)


def compact(count: int) -> str:
    """Return a number as short as people read it: 1234 -> 1.2k, 1,2 тыс."""
    return str(count) if -1000 < count < 1000 else _compact(count, spoken())


@lru_cache(4096)
def _compact(count: int, language: Language) -> str:
    return format_compact_decimal(count, fraction_digits=1, locale=language.locale)


def time_ago(seconds: int, unit: Unit) -> str:
    """Return an age in one unit as people say it: 5 minutes ago.

    Parameters:
        seconds: a whole number of the unit.
    """
    return _time_ago(seconds, unit, spoken())


@lru_cache(4096)
def _time_ago(seconds: int, unit: Unit, language: Language) -> str:
    age = timedelta(seconds=-seconds)
    return format_timedelta(age, unit, threshold=inf, add_direction=True, locale=language.locale)
