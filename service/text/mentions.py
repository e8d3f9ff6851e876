"""Whom a Markdown text names: `@name@host` for people, `!name@host` for communities."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markdown_it.token import Token

from service.text.effort import is_reasonable
from service.text.syntax import parser


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or some community that a text names.

    Attributes:
        name: as it was written.
        host: in lower case, with a port where it has one.
    """

    kind: Literal["person", "community"]
    name: str
    host: str


def mentions(source: str) -> list[Mention]:
    """Return whom the text names, each once, in the order of their first appearance.

    What stands in code, in the text of a link, or in a text that is not read as Markdown names nobody.
    """
    if not is_reasonable(source) or "@" not in source:
        return []
    unique: dict[tuple[str, str, str], Mention] = {}
    for found in _in(parser().parse(source)):
        unique.setdefault((found.kind, found.name.lower(), found.host), found)
    return list(unique.values())


def _in(tokens: list[Token]) -> Iterator[Mention]:
    for token in tokens:
        yield from _in(token.children or [])
        if "mention" in token.meta:
            sigil, name, host = token.meta["mention"]
            yield Mention("person" if sigil == "@" else "community", name, host)
