"""The Markdown of the threadiverse: CommonMark with more, and these additions.

    | a | b |  ~~no~~  [^1]  - [x]   tables, strikethrough, footnotes, lists of tasks; bare links
    ::: spoiler Title        a block that opens on demand
    ...
    :::
    >!text!<                 the same within a line
    @name@host !name@host    a person, a community; @name alone is somebody of this site
    ^up^ ~down~              superscript, subscript

Raw HTML is shown as the text it is. See docs/decisions for why the parser is a compiled one.
"""

import re
from collections.abc import Iterator
from typing import Any

import pyromark

from service.text.preparing import prepare
from service.text.spoilers import set_apart, without

MAX_SOURCE = 50_000  # characters; what is longer is not read as Markdown

HIDDEN = re.compile(r">![^\n>]+?!<")

PARSER = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS,
)

Event = Any  # a name, or a dictionary of one: `pyromark.event`, whose types are unions of some forty


def events(source: str) -> Iterator[Event]:
    """Yield what the text consists of, in the order of reading, with marks in it (see marks.py)."""
    readable = source.encode("utf-8", "replace").decode()  # what is no Unicode cannot be parsed
    yield from PARSER.events(set_apart(prepare(readable), _code_ranges))


def without_spoilers(source: str) -> str:
    """Return a Markdown text without what its author hid, for those who have not opened it."""
    shown = HIDDEN.sub(" ", source.replace("\r\n", "\n"))
    return without(shown, _code_ranges) if ":::" in shown and len(shown) <= MAX_SOURCE else shown


def _code_ranges(source: str) -> Iterator[tuple[int, int]]:
    for event, where in PARSER.events_with_range(source):
        if isinstance(event, dict) and "CodeBlock" in _start(event):
            yield where["start"], where["end"]


def _start(event: Event) -> Any:
    return event.get("Start", "")
