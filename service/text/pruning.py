"""Bring HTML of any origin into a shape that the sanitiser can work on in bounded time and space.

An HTML5 parser repairs what is misnested by copying elements, so that a few kilobytes may become hundreds of megabytes.
What leaves here is well nested, not deep, not long, and has no attributes but those that are allowed. It is not safe
yet: the sanitiser is always the last step.
"""

import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from html import escape

from service.text.scanning import Scanner

MAX_HTML = 250_000
MAX_ORDERLY = 1_000_000  # what nothing has to be repaired in may be longer
MAX_DEPTH = 60

# A tag whose attributes are written so that nobody can read it in another way.
TAG = re.compile(r"""<(/?)([a-z][a-z0-9-]*)(?:\s+[a-z-]+="[^"<>]*")*\s*/?>""")

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)

# Their end tags may be missing, and then the next one of the kind ends them.
CLOSED_BY_THE_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th"})


def prune(
    html: str, tags: AbstractSet[str], attributes: Mapping[str, AbstractSet[str]], silent: AbstractSet[str]
) -> str:
    """Return the document with nothing but these tags and attributes, each element closed where it belongs.

    Parameters:
        html: at most MAX_HTML characters of it are read.
        tags: others are left out, their text stays.
        attributes: what each tag may have.
        silent: tags that are left out with everything in them.
    """
    pruner = _Pruner(tags, attributes, silent)
    pruner.scan(html[:MAX_HTML])
    return pruner.finished()


def is_orderly(html: str, tags: AbstractSet[str]) -> bool:
    """Say whether the document is in that shape already, as nearly all are; far quicker than bringing it there."""
    if len(html) > MAX_ORDERLY:
        return False
    opened: list[str] = []
    found = 0
    for end, tag in TAG.findall(html):
        found += 1
        if end:
            if not opened or opened.pop() != tag:
                return False
        elif tag in VOID:
            continue
        elif tag not in tags or len(opened) >= MAX_DEPTH:
            return False
        else:
            opened.append(tag)
    return not opened and found == html.count("<")


class _Pruner(Scanner):
    def __init__(
        self, tags: AbstractSet[str], attributes: Mapping[str, AbstractSet[str]], silent: AbstractSet[str]
    ) -> None:
        super().__init__()
        self._tags, self._attributes, self._silent = tags, attributes, silent
        self._out: list[str] = []
        self._open: list[
            str
        ] = []  # innermost last; elements beyond MAX_DEPTH are in here but not in the output
        self._open_count: Counter[str] = Counter()
        self._muted = ""
        self._muted_depth = 0

    def finished(self) -> str:
        while self._open:
            self._close_innermost()
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._muted:
            self._muted_depth += tag == self._muted
        elif tag in self._silent:
            self._muted, self._muted_depth = tag, 1
        elif tag in VOID:
            self._write_start(tag, attrs)
        elif tag in self._tags:
            if tag in CLOSED_BY_THE_NEXT and self._open[-1:] == [tag]:
                self._close_innermost()
            if len(self._open) < MAX_DEPTH:
                self._write_start(tag, attrs)
            self._open.append(tag)
            self._open_count[tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The slash means something in SVG and MathML only, and those are silent.
        if tag not in self._silent and not self._muted:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._muted:
            self._muted_depth -= tag == self._muted
            self._muted = self._muted if self._muted_depth else ""
        elif self._open_count[tag]:
            while self._close_innermost() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self._out.append(escape(data, quote=False))

    def _write_start(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            return
        allowed = self._attributes.get(tag, frozenset())
        kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name in allowed)
        self._out.append(f"<{tag}{kept}>")

    def _close_innermost(self) -> str:
        tag = self._open.pop()
        self._open_count[tag] -= 1
        if len(self._open) < MAX_DEPTH:
            self._out.append(f"</{tag}>")
        return tag
