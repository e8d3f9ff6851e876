"""What `read()` and `write()` lend: a connection of the engine's pool, which SQLAlchemy and the driver use in turns.

Statements that are known go to the driver at once, and where nothing else is asked for, so do BEGIN and COMMIT; what
SQLAlchemy keeps for a connection and for a session is made when the first statement comes that needs it. That was more
than half of what a loan cost (decision 0013).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection, Engine, IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from service.storage.repeated import Repeated, RepeatedStatements


class Loan:
    """A connection out of the pool, taken with the first statement.

    Parameters:
        engine: whose pool it is.
        lasting: there is a transaction, so another connection cannot take the place of one that was lost.
    """

    def __init__(self, engine: Engine, *, lasting: bool) -> None:
        self._engine = engine
        self._lasting = lasting
        self._pooled: PoolProxiedConnection | None = None
        self._usual: Connection | None = None

    @property
    def usual(self) -> Connection:
        """The connection as SQLAlchemy has it; asked for where `await_` can be used, since it may have to be taken."""
        if self._usual is None:
            self._usual = Connection(self._engine, self._take(), _allow_revalidate=not self._lasting)
            if self._lasting:  # without it, SQLAlchemy would undo what was done so far after an error
                self._usual.begin()
        return self._usual

    @property
    def is_lost(self) -> bool:
        """Whether an error has ended the connection."""
        return self._usual is not None and (self._usual.invalidated or self._usual.closed)

    @property
    def in_transaction(self) -> bool:
        """Whether BEGIN was sent, and no end of it."""
        return self._pooled is not None and not self.is_lost and self._adapter._transaction is not None

    async def take(self) -> None:
        """Take a connection out of the pool, if that was not done yet."""
        if self._pooled is None:
            await greenlet_spawn(self._take)

    async def send(self, statement: Repeated, values: Mapping[str, Any]) -> Result[Any]:
        """Send a statement that is known; the first one of a transaction is preceded by BEGIN.

        Raises:
            sqlalchemy.exc.DBAPIError: as SQLAlchemy would raise it.
        """
        await self.take()
        text, arguments = statement.with_values(values)
        for tell in self._engine.dispatch.before_cursor_execute:
            tell(self._usual, None, text, arguments, None, False)
        adapter = self._adapter
        driver = adapter.driver_connection
        try:
            if self._lasting and adapter._transaction is None:
                await adapter._start_transaction()
            if statement.columns is None:
                statement.columns = statement.described((await driver.prepare(text)).get_attributes())
            if not statement.columns.keys:
                return _Changed(statement.columns, await driver.execute(text, *arguments))
            records: Sequence[Any] = await driver.fetch(text, *arguments)
        except BaseException as error:
            await greenlet_spawn(self._raise_as_usual, error, text)
            raise
        return IteratorResult(statement.columns, iter(records))

    async def commit(self) -> None:
        """Send COMMIT."""
        try:
            await greenlet_spawn(self._adapter.commit)
        except BaseException as error:
            await greenlet_spawn(self._raise_as_usual, error, None)
            raise

    async def throw_away(self) -> None:
        """Close the connection, so that it is never lent again."""
        if self._pooled is not None and not self.is_lost:
            await greenlet_spawn(self.usual.invalidate)

    @property
    def ends_at_once(self) -> bool:
        """Whether nothing has to be waited for to give it back: no ROLLBACK, and no connection is closed."""
        pool: Any = self._engine.pool
        return self._usual is None and not self.in_transaction and pool.checkedin() < pool.size()

    async def give_back(self) -> None:
        """Return the connection to the pool; a transaction that was not committed is undone."""
        if self._usual is not None:
            await greenlet_spawn(self._usual.close)
        elif self._pooled is not None:
            await greenlet_spawn(self._pooled.close)

    @property
    def _adapter(self) -> Any:
        pooled = self._pooled if self._usual is None else self._usual.connection
        return pooled.dbapi_connection if pooled is not None else None

    def _take(self) -> PoolProxiedConnection:
        if self._pooled is None:
            dialect = self._engine.dialect
            try:
                self._pooled = self._engine.raw_connection()
            except dialect.loaded_dbapi.Error as error:
                Connection._handle_dbapi_exception_noconnection(error, dialect, self._engine)
        return self._pooled

    def _raise_as_usual(self, error: BaseException, text: str | None) -> None:
        """Let SQLAlchemy say what the driver said, and throw the connection away where it must."""
        base = self._engine.dialect.loaded_dbapi.Error
        try:
            if isinstance(error, Exception):
                self._adapter._handle_exception(error)
            raise error
        except BaseException as said:  # noqa: BLE001 - a cancellation, too, leaves the connection in the midst of an answer
            of_a_statement = text if isinstance(said, base) else None
            self.usual._handle_dbapi_exception(said, of_a_statement, None, None, None)


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


class Reader(AsyncConnection):
    """A connection that is lent for reading without a transaction.

    Parameters:
        engine: what lends it.
        repeated: the statements that it knows.
    """

    def __init__(self, engine: AsyncEngine, repeated: RepeatedStatements) -> None:
        super().__init__(engine)
        self._repeated = repeated
        self._loan = Loan(engine.sync_engine, lasting=False)

    async def start(self, is_ctxmanager: bool = False) -> "Reader":
        """Take a connection out of the pool."""
        await self._loan.take()
        return self

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Execute a statement as an `AsyncConnection` does; one that is known goes to the driver at once."""
        known = self._repeated.known(statement) if execution_options is None else None
        if known is None or self._loan.is_lost:
            return await super().execute(statement, parameters, execution_options=execution_options)
        return await self._loan.send(known, parameters or {})

    async def close(self) -> None:
        """Return the connection to the pool."""
        await self._loan.give_back()

    async def __aexit__(self, *error: object) -> None:
        if self._loan.ends_at_once:
            await self.close()
        else:  # in a task, which is not cancelled with this one
            await super().__aexit__(*error)

    @property
    def _proxied(self) -> Connection:
        if self.sync_connection is None:
            self.sync_connection = self._assign_proxied(self._loan.usual)
        return self.sync_connection


class _Session(Session):
    """Uses the connection of a loan.

    Parameters:
        loan: has a transaction, which this one begins and ends as its own.
    """

    def __init__(self, loan: Loan, **options: Any) -> None:
        super().__init__(join_transaction_mode="control_fully", **options)
        self._loan = loan

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        """Return the connection."""
        return self._loan.usual


class Writer(AsyncSession):
    """A session for one transaction, which executes as any other; what is known goes to the driver at once.

    Parameters:
        engine: what lends its connection.
        repeated: the statements that it knows.
    """

    def __init__(self, engine: AsyncEngine, repeated: RepeatedStatements) -> None:
        self._loan = Loan(engine.sync_engine, lasting=True)
        super().__init__(sync_session_class=_Session, loan=self._loan, expire_on_commit=False)
        self._repeated = repeated

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement; what was changed before is written first."""
        known = self._repeated.known(statement) if not options and not isinstance(params, list) else None
        if known is None or self._loan.is_lost:
            return await super().execute(statement, params, **options)
        if self.sync_session.autoflush:
            await self.flush()
        if self.sync_session.in_nested_transaction():
            _ = await self.connection()  # sends SAVEPOINT, if it was not sent yet
        return await self._loan.send(known, params or {})

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Return the first value of the first row; None without one."""
        return (await self.execute(statement, params, **options)).scalar()

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Return the first value of each row."""
        return (await self.execute(statement, params, **options)).scalars()

    async def flush(self, objects: Any = None) -> None:
        """Write what was changed, if anything was."""
        if not self.sync_session._is_clean():
            await super().flush(objects)

    async def commit(self) -> None:
        """Write what was changed, and commit the transaction."""
        if self.sync_session.in_transaction():
            await super().commit()
        if self._loan.in_transaction:
            await self._loan.commit()

    async def invalidate(self) -> None:
        """Close the connection, so that it is never lent again; the error may have closed it."""
        if not self._loan.is_lost:
            await super().invalidate()
        await self._loan.throw_away()

    async def close(self) -> None:
        """Return the connection to the pool; what was not committed is undone."""
        await super().close()
        await self._loan.give_back()

    async def __aexit__(self, *error: object) -> None:
        if self._loan.ends_at_once:
            await self.close()
        else:  # in a task, which is not cancelled with this one
            await super().__aexit__(*error)
