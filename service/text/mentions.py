"""Whom a Markdown text names: `@name@host` for people, `!name@host` for communities."""

from dataclasses import dataclass
from typing import Literal

from service.text.markdown import named_in


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or some community that a text names.

    Attributes:
        name: as it was written.
        host: in lower case, with a port where it has one; '' for somebody of the site where it was written.
    """

    kind: Literal["person", "community"]
    name: str
    host: str


def mentions(source: str) -> list[Mention]:
    """Return whom the text names, each once, in the order of their first appearance.

    What stands in code, in the text of a link to anything but that person's page, or in a text that is not read as
    Markdown names nobody.
    """
    if "@" not in source:
        return []
    unique: dict[tuple[str, str, str], Mention] = {}
    for sigil, name, host in named_in(source):
        kind: Literal["person", "community"] = "person" if sigil == "@" else "community"
        unique.setdefault((kind, name.lower(), host), Mention(kind, name, host))
    return list(unique.values())
