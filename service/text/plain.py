"""HTML -> plain text: excerpts, feed descriptions, notifications; and single lines out of anything."""

import unicodedata

from service.text.sanitising import SILENT
from service.text.scanning import Enough, Scanner

# Between these and what is before and after them there is a space.
_BLOCKS = (
    "blockquote br dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre summary table td th tr ul"
)
BLOCKS = frozenset(_BLOCKS.split())
ELLIPSIS = "…"
# What a reader is shown only on demand: spoilers of this site and of others.
CONCEALING = frozenset({"details", "tg-spoiler"})
CONCEALING_CLASS = "spoiler"


def plain_text(html: str, limit: int) -> str:
    """Return the text of a document on one line, at most `limit` characters of it, without what its author hid.

    A text that is cut ends with an ellipsis, at the end of a word where there is one near.
    """
    reader = _Reader(limit)
    reader.scan(html)
    return shorten("".join(reader.found), limit)


def shorten(text: str, limit: int) -> str:
    """Return a text on one line, without control characters, at most `limit` characters of it."""
    line = single_line(text)
    if len(line) <= limit:
        return line
    at_word = line[:limit].rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else line[: limit - 1]) + ELLIPSIS


def single_line(text: str) -> str:
    """Return a text with every run of white space and control characters made one space."""
    return " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text).split())


class _Reader(Scanner):
    """Collects text until there is certainly enough for the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.found: list[str] = []
        self._room = 4 * limit + 1_000  # white space is folded later
        self._muted = ""
        self._depth = 0  # of elements of that name within each other

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._muted:
            self._depth += tag == self._muted
        elif tag in SILENT or tag in CONCEALING or _conceals(attrs):
            self._muted, self._depth = tag, 1
        self._separate(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._muted:
            self._depth -= 1
            self._muted = tag if self._depth else ""
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if self._muted:
            return
        self.found.append(data[: self._room])
        self._room -= len(data)
        if self._room <= 0:
            raise Enough

    def _separate(self, tag: str) -> None:
        if tag in BLOCKS:
            self.found.append(" ")


def _conceals(attributes: list[tuple[str, str | None]]) -> bool:
    return any(
        name == "class" and CONCEALING_CLASS in (value or "").lower().split() for name, value in attributes
    )
