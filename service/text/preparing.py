"""What a Markdown source goes through before it is parsed, in one pass of linear time.

The parser speaks CommonMark; this is what the threadiverse writes beyond it: no HTML, addresses with any characters in
them, `^up^`, `~down~` and `>!hidden!<`.
"""

import re

from service.text import marks
from service.text.links import ADDRESS, address_length

AUTOLINK = r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>"
SHORT = r"[^\s\^~*_\[\]<>`\\]{1,200}"  # what is raised, lowered: one word without markup of its own

PATTERN = re.compile(
    rf"""
      \\(?P<escaped>.)
    | (?P<html><)(?=[A-Za-z/!?])(?!{AUTOLINK})
    | \]\([ ]?(?P<spaced>https?://[^\s()<>"']+(?:[ ]+[^\s()<>"']+)+)(?=[ ]?\))
    | (?P<address>{ADDRESS})
    | >!(?P<hidden>[^\n<>]{{1,1000}}?)!<
    | (?<!\^)\^(?P<sup>{SHORT})\^(?!\^)
    | (?<!~)~(?P<sub>{SHORT})~(?!~)
    """,
    re.VERBOSE,
)


def prepare(source: str) -> str:
    """Return the source with marks in it (see marks.py), its lines ended by LF."""
    return PATTERN.sub(_marked, marks.without_marks(source.replace("\r\n", "\n").replace("\r", "\n")))


def _marked(found: re.Match[str]) -> str:
    text = found.group()
    match found.lastgroup:
        case "escaped":
            return {"@": marks.ESCAPED_AT, "!": marks.ESCAPED_BANG}.get(found["escaped"], text)
        case "html":
            return "<" + marks.NOTHING
        case "spaced":
            return "](" + found["spaced"].replace(" ", "%20").translate(marks.IN_ADDRESSES)
        case "address":
            return _address(text)
        case "hidden":
            return marks.HIDDEN + found["hidden"] + marks.HIDDEN_END
        case "sup":
            return marks.SUP + found["sup"] + marks.SUP_END
        case _:
            return marks.SUB + found["sub"] + marks.SUB_END


def _address(text: str) -> str:
    """Mark the characters of an address that would be read as emphasis; what follows it may still be some."""
    length = len(text[: address_length(text)].rstrip("*_~^"))
    return text[:length].translate(marks.IN_ADDRESSES) + text[length:]
