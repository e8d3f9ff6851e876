"""Whether a text can be read as Markdown in a fraction of a second, which on an event loop it has to be."""

from itertools import takewhile

MAX_SOURCE = 50_000
MAX_BRACKETS = 5_000  # each may begin a link, which is looked for to the end of its paragraph
MAX_QUOTED = (
    20_000  # lines times the depth of quotes: a line is looked at once for each quote that it may belong to
)
MAX_QUOTE_DEPTH = 20  # the parser's own limit

QUOTE_PREFIX = frozenset(" \t>-+*")


def is_reasonable(source: str) -> bool:
    """Say whether the text is short and flat enough; what people write is, by orders of magnitude."""
    if len(source) > MAX_SOURCE or source.count("[") > MAX_BRACKETS:
        return False
    lines = source.splitlines()
    depth = min(MAX_QUOTE_DEPTH, max(map(_quote_depth, lines), default=0))
    return depth * len(lines) <= MAX_QUOTED


def _quote_depth(line: str) -> int:
    return sum(character == ">" for character in takewhile(QUOTE_PREFIX.__contains__, line))
