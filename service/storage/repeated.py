"""Statements that are sent again and again: compiled once, then handed to the driver as they are.

At each execution SQLAlchemy finds out which compiled statement an expression means, and makes a context, a cursor and
a description of its columns: for a hot read that is more than the driver and the socket take together (decision 0013).
It keeps what it is good at: the engine and its pool, SQL made of expressions, what errors mean, and results.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, BindParameter, Delete, Insert, Select, TextClause, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

KINDS = (Select, TextClause, Insert, Update, Delete)
TEXTS = 64  # of one statement: a list has few lengths, but the number of a page may be any
_REQUIRED: Any = object()


class RepeatedStatements:
    """The statements of one engine that came more than once.

    An expression that is made for one request does not come again, and is none of them; one that a module or a cache
    keeps is compiled when it comes for the second time, and forgotten together with it.

    Parameters:
        dialect: the engine's.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[Any, Repeated | None] = WeakKeyDictionary()
        self._came: WeakKeyDictionary[Any, None] = WeakKeyDictionary()

    def known(self, statement: Any) -> "Repeated | None":
        """Return the compiled form of a statement that was here before; None for any other."""
        if not isinstance(statement, KINDS):
            return None
        try:
            return self._known[statement]
        except KeyError:
            pass
        if statement not in self._came:
            self._came[statement] = None
            return None
        known = self._known[statement] = self._compiled(statement)
        return known

    def _compiled(self, statement: Any) -> "Repeated | None":
        if _makes_objects(statement):
            return None
        compiled = statement.compile(dialect=self._dialect)
        return Repeated(compiled, self._dialect) if _is_plain(compiled) else None


def _makes_objects(statement: Any) -> bool:
    """Whether it is for SQLAlchemy's unit of work: rows become objects, or are written through their class."""
    if isinstance(statement, Select):
        return any(isinstance(column["expr"], type) for column in statement.column_descriptions)
    return "compile_state_plugin" in statement._propagate_attrs


def _is_plain(compiled: SQLCompiler) -> bool:
    """Whether the text follows from a few literal numbers, and the values from what they are called."""
    made_by_us = compiled.post_compile_params or getattr(compiled, "prefetch", None)
    return not made_by_us and not any(bind.callable for bind in compiled.binds.values())


class _Argument(NamedTuple):
    """What the driver is given in one place."""

    key: str
    usual: Any
    process: Callable[[Any], Any] | None


class _Text(NamedTuple):
    sql: str
    arguments: tuple[_Argument, ...]


class Repeated:
    """A compiled statement."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._compiled, self._dialect = compiled, dialect
        self._literals = tuple(bind.key for bind in compiled.literal_execute_params if bind.required)
        self._texts: OrderedDict[tuple[Any, ...], _Text] = OrderedDict()
        self.columns: SimpleResultMetaData | None = None

    def with_values(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Return the SQL, and what the driver is given with it."""
        literals = tuple([values[key] for key in self._literals])
        text = self._texts.get(literals) or self._text(literals)
        arguments = []
        for key, usual, process in text.arguments:
            value = values[key] if usual is _REQUIRED else values.get(key, usual)
            arguments.append(value if process is None else process(value))
        return text.sql, arguments

    def _text(self, literals: tuple[Any, ...]) -> _Text:
        compiled = self._compiled
        required = {bind.key: None for bind in compiled.binds.values() if bind.required}
        values = required | dict(zip(self._literals, literals, strict=True))
        said = compiled.construct_expanded_state(values)
        places = [(name, compiled.binds[name]) for name in said.positiontup or ()]
        processors: Mapping[str, Any] = compiled._bind_processors
        arguments = [_Argument(bind.key, _usual(bind), processors.get(name)) for name, bind in places]
        text = self._texts[literals] = _Text(said.statement, tuple(arguments))
        if len(self._texts) > TEXTS:
            self._texts.popitem(last=False)
        return text

    def described(self, attributes: Sequence[Any]) -> SimpleResultMetaData:
        """Return what its columns are.

        Parameters:
            attributes: asyncpg's, of the prepared statement.
        """
        columns = self._compiled._result_columns
        if not columns:  # SQL as it was written: its columns are what the driver makes of them
            return SimpleResultMetaData([attribute.name for attribute in attributes])
        names = [column.keyname for column in columns]
        processors: list[Any] = [
            _made_of(column.type, self._dialect, attribute.type.oid)
            for column, attribute in zip(columns, attributes, strict=True)
        ]
        return SimpleResultMetaData(
            names,
            _processors=processors if any(processors) else None,
            _ambiguous_keys=frozenset(name for name in names if names.count(name) > 1),
        )


def _made_of(kind: TypeEngine[Any], dialect: Dialect, oid: int) -> Callable[[Any], Any] | None:
    """What SQLAlchemy makes of a column's values; of a list of what is taken as it comes, another list."""
    if isinstance(kind, ARRAY) and not kind.as_tuple and _made_of(kind.item_type, dialect, oid) is None:
        return None
    return kind._cached_result_processor(dialect, oid)


def _usual(bind: BindParameter[Any]) -> Any:
    return _REQUIRED if bind.required else bind.effective_value
