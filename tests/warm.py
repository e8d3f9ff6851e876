"""Engines that know what the engines of earlier tests have learnt, as a process that has served for a while does.

Each test has an engine of its own. A new one would compile every statement anew, and once more when it comes for the
second time; a new connection's server process would read the catalogue and plan every statement anew: most of a test's
time. So the engines share what is compiled, what comes again is not compiled again, and a connection to the kept
database is put aside when it is closed, with all that was prepared on it, for whoever opens one with the same settings
next. Tests that are about connections have `own_connections`.
"""

import asyncio
from collections import defaultdict
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary, ref

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from service.storage import engine as engines
from service.storage import transaction
from service.storage.repeated import RepeatedStatements

EACH = 6  # connections that are kept of each kind
TO_RESET = 2.0  # seconds
PREPARED = 500  # statements of a connection whose plans are kept, for SQLAlchemy and as many for us


class Compiled(LRUCache[Any, Any]):
    """What statements are compiled to, for all engines; also by the statement that was compiled."""

    def __init__(self) -> None:
        super().__init__(5000)
        self._by_statement: WeakKeyDictionary[Any, ref[SQLCompiler]] = WeakKeyDictionary()

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if isinstance(value.statement, Select):
            self._by_statement[value.statement] = ref(value)

    def of(self, statement: Select[Any]) -> SQLCompiler | None:
        """Return what this very statement was compiled to, if it was."""
        found = self._by_statement.get(statement)
        return None if found is None else found()


COMPILED = Compiled()


class Shelf:
    """Connections to one database that nobody uses at the moment, by what they were opened with."""

    def __init__(self) -> None:
        self._idle: defaultdict[str, list[Kept]] = defaultdict(list)
        self._database = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.open = True

    def keep_those_to(self, database: str) -> None:
        """Close what there is, and keep connections to this database and of the running loop from now on."""
        self.hang_up()
        self._database, self._loop = database, asyncio.get_running_loop()

    def hang_up(self) -> None:
        """Close what there is: somebody counts connections."""
        for connection in self._all():
            connection.terminate()
        self._idle.clear()

    def pids(self) -> list[int]:
        """Return the server processes that idle."""
        return [connection.get_server_pid() for connection in self._all()]

    async def connect(self, *place: Any, **arguments: Any) -> Any:
        """Return a connection, as `asyncpg.connect` would open it."""
        ours = arguments.get("database") == self._database and asyncio.get_running_loop() is self._loop
        if place or not ours or not self.open:
            return await _connect(*place, **arguments)
        kind = repr(sorted(arguments.items()))
        while idle := self._idle[kind]:
            connection = idle.pop()
            if await connection.is_as_new():
                return connection
        arguments.setdefault("statement_cache_size", PREPARED)
        made = await _connect(**arguments, connection_class=Kept)
        made.belongs_to(self, kind)
        return made

    def puts_aside(self, connection: "Kept", kind: str) -> bool:
        """Keep a connection; tell whether it is wanted."""
        wanted = self.open and len(self._idle[kind]) < EACH
        if wanted:
            self._idle[kind].append(connection)
        return wanted

    def _all(self) -> list["Kept"]:
        return [one for idle in self._idle.values() for one in idle if not one.is_closed()]


class Kept(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is put aside when it is closed."""

    def belongs_to(self, shelf: Shelf, kind: str) -> None:
        """Say where it is put."""
        self._shelf, self._kind = shelf, kind
        self._codecs: set[tuple[str, str]] = set()
        self._prepared: LRUCache[str, Any] = LRUCache(PREPARED)

    async def set_type_codec(self, typename: str, *, schema: str = "public", **codec: Any) -> None:
        """Set it once: every engine sets the same ones, and whenever one is set, all that is prepared is dropped."""
        if (typename, schema) not in self._codecs:
            await super().set_type_codec(typename, schema=schema, **codec)
            self._codecs.add((typename, schema))

    async def prepare(self, query: str, **more: Any) -> Any:
        """Prepare it once: its plan is kept as well, whichever engine asks next."""
        if any(value is not None for value in more.values()):
            return await super().prepare(query, **more)
        known = self._prepared.get(query)
        if known is None:
            known = self._prepared[query] = await super().prepare(query)
        return known

    async def reload_schema_state(self) -> None:
        """Forget what was prepared for tables that are others now."""
        self._prepared.clear()
        await super().reload_schema_state()

    async def is_as_new(self) -> bool:
        """Make it as good as new, and tell whether that could be done."""
        self._termination_listeners.clear()
        try:
            await self.reset(timeout=TO_RESET)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            self.terminate()
            return False
        except BaseException:
            self.terminate()  # whoever waited gave up: nobody would close it
            raise
        return True

    async def close(self, *, timeout: float | None = None) -> None:
        """Put it aside, unless it was left in the middle of something."""
        at_rest = not self.is_closed() and not self.is_in_transaction() and self._top_xact is None
        if not (at_rest and await self.is_as_new() and self._shelf.puts_aside(self, self._kind)):
            await super().close(timeout=timeout)


_connect, _compile = asyncpg.connect, Select.compile
SHELF = Shelf()


def keep_engines_warm() -> None:
    """Let the engines of this process share what they learn from now on."""
    asyncpg.connect = SHELF.connect
    engines.create_async_engine = _engine  # type: ignore[attr-defined]
    # What is compiled is kept by the dialect that it was compiled for; each engine has one, and all are alike.
    PGDialect_asyncpg.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    PGDialect_asyncpg.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign, assignment]
    transaction.RepeatedStatements = cache(RepeatedStatements)  # type: ignore[attr-defined, assignment]
    Select.compile = _compile_once  # type: ignore[method-assign, assignment]


def _compile_once(statement: Select[Any], bind: Any = None, dialect: Any = None, **more: Any) -> Any:
    """Compile a statement, unless an engine has done so: what is sent again was sent once."""
    found = COMPILED.of(statement) if isinstance(dialect, PGDialect_asyncpg) and not more else None
    return found or _compile(statement, bind, dialect, **more)


def _engine(*arguments: Any, **more: Any) -> AsyncEngine:
    engine = create_async_engine(*arguments, **more)
    engine.sync_engine._compiled_cache = COMPILED
    return engine
