"""Lists by pages: one row more than a page is read, and says whether there is another page."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Select

from service.storage.statements import literal_limit

T = TypeVar("T")
AnySelect = TypeVar("AnySelect", bound="Select[*tuple[Any, ...]]")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list.

    Attributes:
        has_more: whether there is a following page.
    """

    items: list[T]
    has_more: bool


def window(statement: AnySelect, page: int, size: int) -> AnySelect:
    """The part of a statement that `page_of` makes a page of.

    Parameters:
        page: from 1.
        size: rows a page.
    """
    return statement.limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))


def page_of(rows: Iterable[T], size: int) -> Page[T]:
    """The page made of what was read in a `window` of this size."""
    found = list(rows)
    return Page(found[:size], len(found) > size)
