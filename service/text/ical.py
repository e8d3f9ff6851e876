"""An event as calendars read it: iCalendar, RFC 5545. Pure."""

from datetime import datetime

WIDEST = 73  # bytes of a line, besides the space that continues it
MOMENT = "%Y%m%dT%H%M%SZ"


def ical(
    identity: str, title: str, url: str, start: datetime, end: datetime, *, place: str = "", changed: datetime
) -> str:
    """Return a calendar with one event.

    Parameters:
        identity: unique in the world.
        start, end, changed: naive UTC.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pieloop//EN",
        "BEGIN:VEVENT",
        f"UID:{_text(identity)}",
        f"DTSTAMP:{changed:{MOMENT}}",
        f"DTSTART:{start:{MOMENT}}",
        f"DTEND:{end:{MOMENT}}",
        f"SUMMARY:{_text(title)}",
        f"URL:{url}",
        *((f"LOCATION:{_text(place)}",) if place else ()),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines)


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
