"""The one clock of the storage: naive UTC, as every timestamp in the tables is."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Return the present moment in UTC, without a time zone attached."""
    return datetime.now(UTC).replace(tzinfo=None)
