"""Days and numbers as the language that is spoken writes them."""

from datetime import date
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from service.language.sentences import Language, spoken


def day(when: date) -> str:
    """Return a day: November 27, 2026."""
    return format_date(when, "long", spoken().locale)


def month(when: date) -> str:
    """Return a month: November 2026."""
    return format_skeleton("yMMMM", when, locale=spoken().locale)


def number(count: int) -> str:
    """Return a whole number with marks between its thousands: 1,234."""
    return _number(count, spoken())


@lru_cache(4096)
def _number(count: int, language: Language) -> str:
    return format_decimal(count, locale=language.locale)
