"""People's keyword filters: which words they do not want to read, where, and what becomes of what has them. Pure."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec

from service.forum.accounts.choices import FilterAction

Place = Literal["home", "posts", "replies"]

TITLE_LENGTH = (1, 50)
KEYWORDS_LENGTH = 500
FILTERS_MAX = 30
# All words of an account together become one pattern, so there is an end to them.
WORDS_MAX = 200


# From here on (Thai, Tibetan, kana, Han and so on) words may follow each other without space.
_WITHOUT_SPACES = "\u0e00"


class KeywordFilter(msgspec.Struct, frozen=True):
    """Words that somebody does not want to read.

    Attributes:
        hides: Leave out what has one of them; else fold it away under the title.
        places: In lists of the whole site, of communities and other parts of it, among comments.
    """

    title: str
    words: tuple[str, ...]
    hides: bool
    places: frozenset[Place]


def filters_from(rows: Sequence[Sequence[Any]] | None) -> tuple[KeywordFilter, ...]:
    """Return the filters of rows of title, keywords, hide_type, filter_home, filter_posts and filter_replies."""
    found, room = [], WORDS_MAX
    for title, keywords, hide_type, home, posts, replies in rows or ():
        words = words_of(keywords or "")[:room]
        room -= len(words)
        chosen: dict[Place, Any] = {"home": home, "posts": posts, "replies": replies}
        places = frozenset(place for place, on in chosen.items() if on)
        if words and places:
            found.append(KeywordFilter(title or "", words, hide_type == FilterAction.HIDE, places))
    return tuple(found)


def words_of(keywords: str) -> tuple[str, ...]:
    """Return the words and phrases of a list with one a line."""
    lines = (" ".join(line.split()) for line in keywords.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def hidden_words(filters: Iterable[KeywordFilter], place: Place) -> tuple[str, ...]:
    """Return the words that keep something out of a place altogether."""
    return tuple(word for one in filters if one.hides and place in one.places for word in one.words)


def folding_filter(filters: Iterable[KeywordFilter], place: Place, text: str) -> str:
    """Return the title of the first filter that folds a text away in a place; '' for none."""
    for one in filters:
        if not one.hides and place in one.places and _reader(one.words).search(text):
            return one.title or "…"
    return ""


@lru_cache(maxsize=1024)
def sql_pattern(words: tuple[str, ...]) -> str:
    r"""Return the regular expression of PostgreSQL that finds one of the words, whole and in any case.

    Case stands in the pattern, since what the database makes of it depends on its locale.
    """
    return "|".join(_bounded(word, r"\m", r"\M", "".join(map(_in_any_case, word))) for word in words)


@lru_cache(maxsize=1024)
def _reader(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = (_bounded(word, r"\b", r"\b", re.escape(word).replace(r"\ ", r"\s+")) for word in words)
    return re.compile("|".join(parts), re.IGNORECASE)


def _bounded(word: str, begin: str, end: str, pattern: str) -> str:
    """The pattern, at the bounds of words where it begins or ends like one."""
    return (begin if _is_bound(word[0]) else "") + pattern + (end if _is_bound(word[-1]) else "")


def _is_bound(char: str) -> bool:
    return char.isalnum() and char < _WITHOUT_SPACES


def _in_any_case(char: str) -> str:
    if char == " ":
        return r"\s+"
    if not char.isalnum():
        return f"\\{char}" if char.isascii() else char
    cases = {char, *(form for form in (char.lower(), char.upper()) if len(form) == 1)}
    return f"[{''.join(sorted(cases))}]" if len(cases) > 1 else char
