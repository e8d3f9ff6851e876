"""Which characters are seen, and lines of text without those that are not.

Direction controls turn the text around them, invisible characters make two texts look the same or nothing look like
something, and stacks of combining marks paint over their neighbours.
"""

import re
import unicodedata
from html import unescape

MAX_MARKS = 4

# Control, format, surrogate, private and unassigned characters, line and paragraph separators.
UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols by category that are drawn as nothing.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
# Format characters that some scripts and emoji need, between two visible characters: ZERO WIDTH (NON-)JOINER.
JOINERS = frozenset("\u200c\u200d")
MARKS = frozenset({"Mn", "Me"})  # seen on a character, and nothing by themselves
NEW_EMOJI = range(0x1F000, 0x1FB00)  # unassigned ones may be newer than Python
# The flags of England, Scotland and Wales and their like: a black flag, tags, the tag that ends them.
FLAGS = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
FIRST_OF_CJK = "\u2e80"
MARKUP = re.compile(r"<(?:img|hr)\b")
TAG = re.compile(r"<[^<>]*>")


def clean_line(text: str, limit: int) -> str:
    """Return a text as it may be shown in a line: normalised (NFC), at most `limit` characters.

    '' where nothing of it is seen.
    """
    kept: list[str] = []
    marks = 0
    text = unicodedata.normalize("NFC", text[: limit * 4])
    flags = {index for found in FLAGS.finditer(text) for index in range(*found.span())}
    for index, character in enumerate(text):
        shown = character if index in flags else _shown(character)
        if VARIATION.match(character) and _has_one_form("".join(kept[-1:])):
            continue
        marks = marks + 1 if unicodedata.category(character) in MARKS else 0
        if shown and marks <= MAX_MARKS:
            kept.append(shown)
    line = _without_loose_joiners(" ".join("".join(kept).split()))[:limit].strip()
    return line if is_visible(line) else ""


def is_visible(text: str) -> bool:
    """Whether anything of the text is seen."""
    return any(
        not character.isspace() and _shown(character) and unicodedata.category(character) not in MARKS
        for character in text
        if character not in JOINERS
    )


def html_is_visible(html: str) -> bool:
    """Whether anything of a document is seen: a character, a picture or a rule."""
    return bool(MARKUP.search(html)) or is_visible(unescape(TAG.sub("", html)))


def _has_one_form(character: str) -> bool:
    """Whether a variation selector after it changes nothing: letters, but those of East Asia."""
    return not character.strip() or (character.isalpha() and character < FIRST_OF_CJK)


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if character in JOINERS or ord(character) in NEW_EMOJI:
        return character
    return "" if character in BLANK or unicodedata.category(character) in UNWANTED else character


def _without_loose_joiners(text: str) -> str:
    """Drop joiners at the edges, beside spaces, ASCII and each other, where they join nothing."""
    return "".join(
        character
        for index, character in enumerate(text)
        if character not in JOINERS
        or (_joins(text[index - 1 : index]) and _joins(text[index + 1 : index + 2]))
    )


def _joins(neighbour: str) -> bool:
    return bool(neighbour) and not neighbour.isascii() and neighbour not in JOINERS
