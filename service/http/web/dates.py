"""Days that people enter, as browsers send them."""

from datetime import UTC, datetime, timedelta

from service.forum.errors import Invalid
from service.language import _

LAST_YEAR = 2200


def end_of(text: str, field: str) -> datetime | None:
    """Return the end of a day, in naive UTC; None for no day.

    Parameters:
        text: as `<input type="date">` sends it: 2030-01-31.

    Raises:
        Invalid: this is no day.
    """
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid({field: _("Enter a day like 2030-01-31, or nothing.")}) from None
    if day.year > LAST_YEAR:
        raise Invalid({field: _("That day is too far away.")})
    return (day + timedelta(days=1)).replace(tzinfo=None)
