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
from sqlalchemy.engine import Dialect, IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

KINDS = (Select, TextClause, Insert, Update, Delete)
TEXTS = 64  # of one statement: a list has few lengths, but the number of a page may be any
_REQUIRED: Any = object()


class Reader(AsyncConnection):
    """A connection that is lent for reading without a transaction.

    Parameters:
        engine: what lends it.
        repeated: the statements that it knows.
    """

    def __init__(self, engine: AsyncEngine, repeated: "RepeatedStatements") -> None:
        super().__init__(engine)
        self._repeated = repeated

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Execute a statement as an `AsyncConnection` does; one that is known goes to the driver at once."""
        known = self._repeated.known(statement) if execution_options is None else None
        if known is None or self.invalidated:
            return await super().execute(statement, parameters, execution_options=execution_options)
        return await _send(self, known, parameters or {})


class Writer(AsyncSession):
    """A session for one transaction, which executes as any other; what is known goes to the driver at once.

    Parameters:
        engine: what lends its connection.
        repeated: the statements that it knows.
    """

    def __init__(self, engine: AsyncEngine, repeated: "RepeatedStatements") -> None:
        super().__init__(engine, expire_on_commit=False)
        self._repeated = repeated
        self._lent: AsyncConnection | None = None

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement; what was changed before is written first."""
        known = self._repeated.known(statement) if not options and not isinstance(params, list) else None
        if known is None:
            return await super().execute(statement, params, **options)
        if not self.sync_session._is_clean():
            await self.flush()
        if self._lent is None:
            self._lent = await self.connection()
        return await _send(self._lent, known, params or {})

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Return the first value of the first row; None without one."""
        return (await self.execute(statement, params, **options)).scalar()

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Return the first value of each row."""
        return (await self.execute(statement, params, **options)).scalars()


async def _send(lent: AsyncConnection, statement: "Repeated", values: Mapping[str, Any]) -> Result[Any]:
    text, arguments = statement.with_values(values)
    connection: Any = lent.sync_connection
    for tell in connection.dispatch.before_cursor_execute:
        tell(connection, None, text, arguments, None, False)
    adapter = connection.connection.dbapi_connection
    driver = adapter.driver_connection
    try:
        if adapter._transaction is None:
            await adapter._start_transaction()
        if statement.columns is None:
            statement.columns = statement.described((await driver.prepare(text)).get_attributes())
        if not statement.columns.keys:
            return _Changed(statement.columns, await driver.execute(text, *arguments))
        records = await driver.fetch(text, *arguments)
    except BaseException as error:
        await lent.run_sync(_raise_as_usual, error, text)
        raise
    return IteratorResult(statement.columns, iter(records))


class _Changed(IteratorResult[Any]):
    """What comes back of a statement that returns no rows: how many it changed.

    Parameters:
        columns: none.
        status: PostgreSQL's, as `UPDATE 3`.
    """

    def __init__(self, columns: SimpleResultMetaData, status: str) -> None:
        super().__init__(columns, iter(()))
        count = status.rpartition(" ")[2]
        self.rowcount = int(count) if count.isdecimal() else -1


def _raise_as_usual(connection: Any, error: BaseException, text: str) -> None:
    """Let SQLAlchemy say what the driver said, and throw the connection away where it must."""
    base = connection.dialect.loaded_dbapi.Error
    try:
        if isinstance(error, Exception):
            connection.connection.dbapi_connection._handle_exception(error)
        raise error
    except BaseException as said:  # noqa: BLE001 - a cancellation, too, leaves the connection in the midst of an answer
        connection._handle_dbapi_exception(said, text if isinstance(said, base) else None, None, None, None)


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
