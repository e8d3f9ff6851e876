"""Spoilers: `::: spoiler Title` … `:::`, made blocks of their own before the text is parsed.

Their edges are found line by line, wherever code does not stand, also in quotes and lists. The parser then sees each
edge as a paragraph that begins with a mark; writing.py opens and closes the spoiler there, each in the block where it
began.
"""

import re
from collections.abc import Callable, Iterator

from service.text import marks

EDGE = re.compile(r"([ \t>]*)(:{3,})(?:[ \t]*(spoiler)(?:[ \t]+(.*))?|[ \t]*)$")
WORDLESS = "Spoiler"

CodeRanges = Callable[[str], Iterator[tuple[int, int]]]


def set_apart(source: str, code_ranges: CodeRanges) -> str:
    """Return the source with the edges of its spoilers set apart and marked.

    Parameters:
        source: lines ended by LF.
        code_ranges: says where in the source, in bytes of UTF-8, code stands; in order.
    """
    if ":::" not in source:
        return source
    lines, opened = [], _Opened()
    for line, is_code in _lines(source, code_ranges(source)):
        edge = None if is_code else EDGE.match(line)
        lines.append(opened.marked(edge) if edge else line)
    return "\n".join(lines)


def without(source: str, code_ranges: CodeRanges) -> str:
    """Return the source without its spoilers and all that stands in them.

    Parameters:
        source: lines ended by LF.
        code_ranges: as of `set_apart`.
    """
    kept, opened = [], _Opened()
    for line, is_code in _lines(source, code_ranges(source)):
        edge = None if is_code else EDGE.match(line)
        if edge:
            opened.marked(edge)
        elif not opened:
            kept.append(line)
    return "\n".join(kept)


def _lines(source: str, ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it stands in code."""
    position = 0
    start, end = next(ranges, (len(source) * 4 + 1, 0))
    for line in source.split("\n"):
        following = position + len(line.encode()) + 1
        while end and end <= position:
            start, end = next(ranges, (len(source) * 4 + 1, 0))
        yield line, start < following and position < end
        position = following


class _Opened:
    """The spoilers that are open, by the number of colons that each began with."""

    def __init__(self) -> None:
        self._colons: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._colons)

    def marked(self, edge: re.Match[str]) -> str:
        prefix, colons, is_start, title = edge[1], len(edge[2]), edge[3], (edge[4] or "").strip()
        if is_start:
            self._colons.append(colons)
            return f"{prefix}\n{prefix}{marks.SPOILER}{title or WORDLESS}\n{prefix}"
        count = self._closed_by(colons)
        ends = f"{prefix}{marks.SPOILER_END}\n{prefix}\n"
        return f"{prefix}\n{ends * count}{prefix}" if count else edge.string

    def _closed_by(self, colons: int) -> int:
        """Close what this many colons end, and return how many that are: the innermost of so many, or of fewer."""
        if colons in self._colons:
            count = self._colons[::-1].index(colons) + 1
        else:
            count = 1 if self._colons and self._colons[-1] < colons else 0
        del self._colons[len(self._colons) - count :]
        return count
