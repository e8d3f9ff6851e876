"""The end of a day that somebody entered."""

from datetime import date, datetime, time, timedelta


def end_of(day: date) -> datetime:
    """Return the end of a day, in naive UTC."""
    return datetime.combine(day, time()) + timedelta(days=1)
