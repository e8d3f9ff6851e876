"""Rows to structs by name: each field of a struct is paired with its column once, and nobody counts positions.

A `Loader` has the columns of a struct, for a SELECT, and makes the struct of what comes back. Structs in structs are
loaders in loaders. What a NULL stands for is said in SQL (`or_empty` and the like), which costs least.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from inspect import signature
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

from sqlalchemy import ColumnElement, false, func, literal_column
from sqlalchemy.orm import QueryableAttribute

from service.storage.clock import EPOCH

T = TypeVar("T")

LONG_AGO: ColumnElement[Any] = literal_column(f"timestamp '{EPOCH}'")
_EMPTY: ColumnElement[Any] = literal_column("''")
_ZERO: ColumnElement[Any] = literal_column("0")


class Read(NamedTuple):
    """A column whose value is made into something else.

    Attributes:
        read: Makes it; called for what is neither NULL nor empty.
        missing: What stands for those.
    """

    column: Any
    read: Callable[[Any], Any]
    missing: Any = None


class Loader(Generic[T]):
    """The columns of a struct, and the struct of a row of them.

    Parameters:
        make: the struct, or a function that makes one; its parameters are the fields.
        fields: a column, a `Read` or a loader for each field, in any order. The last fields may be missing: see `load`.
        table: whose columns of the same names the other fields are; a NULL there is '', no, 0, or long ago.

    Attributes:
        columns: For a SELECT, all of them together.
        at: Where among them each field begins.

    Raises:
        TypeError: a field has no column, or a column no field.
    """

    def __init__(self, make: Callable[..., T], fields: Mapping[str, Any], table: Any = None) -> None:
        self._make = make
        self.columns: list[Any] = []
        self.at: dict[str, int] = {}
        reads: list[tuple[int, Callable[[Any], Any], Any]] = []
        parts: list[tuple[slice, Callable[[Sequence[Any]], Any]]] = []
        for name, field in _in_order(make, fields, table):
            at = len(self.columns)
            self.at[name] = at
            if isinstance(field, Loader):
                self.columns += field.columns
                parts.append((slice(at, len(self.columns)), field.load))
            elif isinstance(field, Read):
                self.columns.append(field.column)
                reads.append((at, field.read, field.missing))
            else:
                self.columns.append(field)
        self._all = slice(len(self.columns))
        self._reads = tuple(reads)
        self._parts = tuple(reversed(parts))  # the last one first, so that the places of the others stay

    def load(self, row: Sequence[Any], *rest: Any) -> T:
        """Return the struct of a row that begins with the columns.

        Parameters:
            rest: the last fields, which have no columns.
        """
        values = list(row[self._all])
        for at, read, missing in self._reads:
            value = values[at]
            values[at] = read(value) if value else missing
        for part, load in self._parts:
            values[part] = (load(values[part]),)
        return self._make(*values, *rest)


class _IfThere(Loader[T | None]):
    """A loader of what an outer join may not find."""

    def __init__(self, loader: Loader[T]) -> None:
        self._loader = loader
        self.columns, self.at = loader.columns, loader.at

    def load(self, row: Sequence[Any], *rest: Any) -> T | None:
        return None if row[0] is None else self._loader.load(row, *rest)


def if_there(loader: Loader[T]) -> Loader[T | None]:
    """Return a loader of the same, or of None where its first column, the id, is NULL."""
    return _IfThere(loader)


def _in_order(make: Callable[..., Any], fields: Mapping[str, Any], table: Any) -> list[tuple[str, Any]]:
    """The fields that have a column, with it, as the struct has them."""
    kinds = get_type_hints(make)
    order = list(signature(make).parameters)
    known = {name: fields[name] if name in fields else _same(table, name, kinds.get(name)) for name in order}
    columned = [name for name in order if known[name] is not None]
    if columned != order[: len(columned)] or fields.keys() - set(order):
        missing = [name for name in order[: len(columned)] if name not in columned]
        raise TypeError(
            f"{make.__name__}: {missing or sorted(fields.keys() - set(order))} has no column, or no field"
        )
    return [(name, known[name]) for name in columned]


def _same(table: Any, name: str, kind: Any) -> Any:
    """The column of a table that has the name of the field; None without one."""
    column = getattr(table, name, None)
    if not isinstance(column, QueryableAttribute):
        return None
    return _NULLS[kind](column) if kind in _NULLS and column.expression.nullable else column


def or_empty(*columns: Any) -> ColumnElement[str]:
    """SQL: the first of these texts that is not NULL, or ''."""
    return func.coalesce(*columns, _EMPTY)


def or_false(column: Any) -> ColumnElement[bool]:
    """SQL: a flag; NULL is no."""
    return func.coalesce(column, false())


def or_zero(column: Any) -> ColumnElement[int]:
    """SQL: a number; NULL is 0."""
    return func.coalesce(column, _ZERO)


def or_long_ago(*columns: Any) -> ColumnElement[Any]:
    """SQL: the first of these times that is not NULL, or the beginning of 1970."""
    return func.coalesce(*columns, LONG_AGO)


_NULLS: dict[Any, Callable[..., Any]] = {
    str: or_empty,
    bool: or_false,
    int: or_zero,
    float: or_zero,
    datetime: or_long_ago,
}
