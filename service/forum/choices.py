"""What people and apps can choose, as tables: each noun has a module `choices` with one for each column or menu.

A row of a table is `NAME = stored value, label, *words`: what the database keeps, what pages call it, and what the API
calls it. Forms, menus, orders of queries, settings and the API's description are made of these rows.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Self, TypeVar

Otherwise = TypeVar("Otherwise")


class Choice(Enum):
    """Something that can be chosen; its value is what the database, or an address, says.

    Attributes:
        label: What pages call it.
        words: What the API calls it: answers have the first one, requests may have any.
    """

    label: str
    words: tuple[str, ...]

    @property
    def word(self) -> str:
        """What answers of the API call it."""
        return self.words[0]

    @classmethod
    def stored(cls, value: object, default: Otherwise) -> Self | Otherwise:
        """Return what a stored value means; the default for NULL and for what is in no table."""
        found: Self | Otherwise = _by_value(cls).get(value, default)
        return found

    @classmethod
    def named(cls, text: str | None, default: Otherwise) -> Self | Otherwise:
        """Return what an address, a form or an app asks for, in any case; the default for nothing known."""
        found: Self | Otherwise = _by_name(cls).get((text or "").strip().casefold(), default)
        return found


class TextChoice(str, Choice):
    """A choice that is stored as a word."""

    _value_: str
    __str__ = str.__str__

    def __new__(cls, value: str, label: str, *words: str) -> Self:
        """Make a row of the table."""
        row = str.__new__(cls, value)
        row._value_, row.label, row.words = value, label, words
        return row


class NumberChoice(int, Choice):
    """A choice that is stored as a number."""

    _value_: int
    __str__ = int.__repr__

    def __new__(cls, value: int, label: str, *words: str) -> Self:
        """Make a row of the table."""
        row = int.__new__(cls, value)
        row._value_, row.label, row.words = value, label, words
        return row


@cache
def _by_value(kind: type[Choice]) -> Mapping[object, Any]:
    return {one.value: one for one in kind}


@cache
def _by_name(kind: type[Choice]) -> Mapping[str, Any]:
    """What each name means: a value, or a word of the API."""
    return {name.casefold(): one for one in kind for name in (*one.words, str(one.value))}


def options(offered: Iterable[Choice], stored: object = None) -> list[tuple[Any, str]]:
    """Return values and labels for a form: what is offered, and what is stored even where it no longer is."""
    shown = list(offered)
    if isinstance(stored, Choice) and stored not in shown:
        shown.append(stored)
    return [(one.value, one.label) for one in shown]


def words_of(offered: Iterable[Choice]) -> tuple[str, ...]:
    """Return all that the API calls some choices."""
    return tuple(dict.fromkeys(word for one in offered for word in one.words))
