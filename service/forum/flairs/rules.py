"""What a flair may look like. Pure."""

import re

from service.forum.checks import too_long
from service.language import _

TITLE_LENGTH = 50
# All of them are read with every view of their community.
FLAIRS_MAX = 100
TEXT_COLOR, BACKGROUND_COLOR = "#000000", "#DEDDDA"

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def problem_with_title(title: str) -> str | None:
    """What is wrong with the words of a flair, in a sentence."""
    return _("Enter the flair's text.") if not title else too_long(title, TITLE_LENGTH)


def problem_with_color(color: str) -> str | None:
    """What is wrong with a colour, in a sentence."""
    return None if _COLOR.fullmatch(color) else _("Enter a colour such as #000 or #000000.")


def color_or(color: str, otherwise: str) -> str:
    """The colour that another server says, or ours where it says none."""
    return otherwise if problem_with_color(color) else color


def full_color(color: str) -> str:
    """The colour as `#rrggbb`, which is what a browser's field for colours takes."""
    short = color.lower()
    return "#" + "".join(2 * digit for digit in short[1:]) if len(short) == len("#rgb") else short


def address(domain: str, community: str, flair_id: int) -> str:
    """The identifier of a local community's flair, as PieFed makes it."""
    return f"https://{domain}/c/{community}/tag/{flair_id}"
