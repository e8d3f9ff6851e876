"""Names that people and communities choose to be shown by, without the characters that make a page lie.

Direction controls turn the text around them, invisible characters make two names look the same, and stacks of combining
marks paint over their neighbours.
"""

import unicodedata

MAX_NAME = 256  # the column
MAX_MARKS = 4

# Control, format, surrogate, private and unassigned characters, line and paragraph separators.
UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols by category that are drawn as nothing.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
# Format characters that some scripts and emoji need, between two visible characters: ZERO WIDTH (NON-)JOINER.
JOINERS = frozenset("\u200c\u200d")


def clean_display_name(text: str, limit: int = MAX_NAME) -> str:
    """Return the name as it may be shown: normalised (NFC), on one line, at most `limit` characters.

    Empty where nothing visible is left; the caller shows the account's name instead.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[: limit * 4]):
        shown = _shown(character)
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if shown and marks <= MAX_MARKS:
            kept.append(shown)
    return _without_loose_joiners(" ".join("".join(kept).split()))[:limit].strip()


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if character in JOINERS:
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
