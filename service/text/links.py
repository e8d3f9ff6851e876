"""Bare addresses and mentions in a text: where they begin and end. Linear in the text's length."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# What stands between these two decides where a bare address ends; no other program's scheme is looked for in prose.
ADDRESS = (
    r"(?<![A-Za-z0-9+.-])(?:(?:https?|ftp|gemini)://(?=[^\W_]|\[)|magnet:\?|mailto:(?=[^\s@<>]{1,64}@[^\W_]))"
    r"""[^\s<>"`|\x00-\x1f\x7f]+"""
)
# What stands before a mention decides: in a word or a path it is none.
MENTION = r"(?<![^\W_])(?<![_/@!])[@!][A-Za-z0-9_][A-Za-z0-9_.-]{0,99}@[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?"
# Without a host only people are named, and where a host would follow nobody is.
HOMELY = r"(?<![^\W_])(?<![_/@!.:-])@[A-Za-z0-9_][A-Za-z0-9_.-]{1,49}(?![^\W_])(?![@/])"
HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}(?::[0-9]{1,5})?|localhost:[0-9]{1,5}"
)
FOUND = re.compile(rf"(?P<address>{ADDRESS})|(?P<mention>{MENTION})|(?P<homely>{HOMELY})")

# The page of a person, with the paths of those programs that write mentions as links.
PAGE = re.compile(
    r"https?://(?P<host>[A-Za-z0-9.:-]{1,260})/(?:u/|@|users/)(?P<name>[A-Za-z0-9_.-]{1,100})/?"
)

TRAILING = ".,;:!?'*_~"
BRACKETS = {")": "(", "]": "[", "}": "{"}


class Named(NamedTuple):
    """Whom a text names.

    Attributes:
        sigil: `@` for people, `!` for communities.
        host: in lower case, with a port where it has one; '' for somebody of this site, by the name alone.
    """

    sigil: str
    name: str
    host: str


class Link(NamedTuple):
    """A link in a text: from `start` to `end`, to an address or to somebody."""

    start: int
    end: int
    named: Named | None


def links_in(text: str) -> Iterator[Link]:
    """Yield the bare addresses and mentions in the order in which they stand."""
    if "@" not in text and ":" not in text:
        return
    for found in FOUND.finditer(text):
        start, whole = found.start(), found.group()
        if found.lastgroup == "address":
            yield Link(start, start + address_length(whole), None)
        elif found.lastgroup == "homely":
            name = whole[1:].rstrip(".-")
            yield Link(start, start + 1 + len(name), Named("@", name, ""))
        elif named := _named(whole):
            length = len(whole.rpartition("@")[0]) + 1 + len(named.host)
            yield Link(start, start + length, named)


def named_by(text: str, address: str) -> Named | None:
    """Return whom a link names: other programs write a mention as a link to the page of the person."""
    page = PAGE.fullmatch(address) if text.startswith("@") else None
    if page is None or page["name"].lower() != text[1:].partition("@")[0].lower():
        return None
    return Named("@", page["name"], page["host"].lower())


def address_length(text: str) -> int:
    """Return how much of the text is an address, without the punctuation and brackets that follow one in a sentence."""
    surplus = {close: text.count(close) - text.count(opened) for close, opened in BRACKETS.items()}
    end = len(text)
    while end:
        last = text[end - 1]
        if last in BRACKETS and surplus[last] > 0:
            surplus[last] -= 1
        elif last not in TRAILING:
            break
        end -= 1
    return end


def _named(whole: str) -> Named | None:
    name, _, host = whole[1:].rpartition("@")
    host = host.rstrip(".-").lower()
    return Named(whole[0], name, host) if name == name.rstrip(".-") and HOST.fullmatch(host) else None
