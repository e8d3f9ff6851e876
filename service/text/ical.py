"""An event as calendars read it: iCalendar, RFC 5545. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

WIDEST = 73  # bytes of a line, besides the space that continues it
MOMENT = "%Y%m%dT%H%M%SZ"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event.

    Attributes:
        identity: Unique in the world.
        start, end, changed: Naive UTC.
    """

    identity: str
    title: str
    url: str
    start: datetime
    end: datetime
    changed: datetime
    place: str = ""


def ical(events: Sequence[Event], *, name: str = "") -> str:
    """Return a calendar with these events.

    Parameters:
        name: of the calendar, for programs that follow it.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pieloop//EN",
        *((f"X-WR-CALNAME:{_text(name)}",) if name else ()),
        *(line for event in events for line in _lines(event)),
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines)


def _lines(event: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(event.identity)}",
        f"DTSTAMP:{event.changed:{MOMENT}}",
        f"DTSTART:{event.start:{MOMENT}}",
        f"DTEND:{event.end:{MOMENT}}",
        f"SUMMARY:{_text(event.title)}",
        f"URL:{event.url}",
        *((f"LOCATION:{_text(event.place)}",) if event.place else ()),
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    """Words as a value, on one line."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(escaped.split())


def _folded(line: str) -> str:
    """A long line in several, none cut within a character."""
    pieces, piece, width = [], "", 0
    for char in line:
        size = len(char.encode())
        if width + size > WIDEST:
            pieces.append(piece)
            piece, width = "", 0
        piece, width = piece + char, width + size
    return "\r\n ".join([*pieces, piece])
