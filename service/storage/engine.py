"""Makes a process's one engine: its pool, its timeouts, its name on the server, and the guard against forks.

Called by the lifecycle and by the migrations, never at import.
"""

import asyncio
import os
import socket
import time
from inspect import signature
from typing import Any, NamedTuple
from uuid import uuid4
from weakref import WeakSet

import asyncpg
from sqlalchemy import event, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_

from service.config import Config
from service.errors import StartupError
from service.storage.fork_guard import InheritedByFork, Owned
from service.storage.observation import WatchedNullPool, WatchedQueuePool, watch

IDLE = 1.0  # seconds after which a connection shows that it lives before it is lent
PING_WITHIN = 2.0  # seconds that it gets for that
LAST_USED = "pieloop_last_used"
# After so many seconds of silence the server asks whether the client's machine is still there; its system's own
# patience is two hours. On a socket file PostgreSQL ignores both.
KEEPALIVES = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5"}
HAS_TRANSACTION_TIMEOUT = 17  # PostgreSQL's first version with it
NAME_LIMIT = 63  # NAMEDATALEN - 1: PostgreSQL cuts application_name there

# libpq's sslmode, as it stands in pyfedi's addresses; asyncpg takes the same words under the name `ssl`.
LIBPQ_ONLY = {"sslmode": "ssl"}
OF_A_CONNECTION = {*signature(asyncpg.connect).parameters, "prepared_statement_cache_size"}


def create_engine(config: Config, role: str, *, standby: str | None = None) -> AsyncEngine:
    """Make an engine of this process, which has one for each address; it connects on first use.

    Parameters:
        config: the whole configuration.
        role: `web`, `worker`, `migrate` or `doctor`: decides the pool's size and the name that PostgreSQL shows.
        standby: one of `database.read_urls`; None is the database itself.

    Raises:
        StartupError: the address is empty or cannot be read.
    """
    direct = role in {"migrate", "doctor"}
    address = standby_address(standby) if standby else database_address(config, direct=direct)
    engine = create_async_engine(
        address,
        connect_args=connect_arguments(config, role, direct=direct),
        hide_parameters=True,
        **(
            {"poolclass": WatchedNullPool}
            if direct or config.database.pool == "null"
            else _pool_arguments(config, _pool_size(config, role, standby))
        ),
    )
    pooled = not direct and config.database.pool == "queue"
    if pooled and config.database.pool_pre_ping:
        _lend_only_what_lives(engine)
    watch(engine, patient=direct)
    if pooled:
        _bound_transactions(engine, longest_transaction(config, role))
    of_a_standby = f" of {place_of(address)}" if standby else ""
    _guard_against_fork(engine, f"the PostgreSQL pool {application_name(role)}{of_a_standby}")
    return engine


def database_address(config: Config, *, direct: bool = False) -> URL:
    """Return the address in SQLAlchemy's form.

    Parameters:
        config: the whole configuration.
        direct: go round PgBouncer where `database.direct_url` is set.

    Raises:
        StartupError: there is no address, or it cannot be read.
    """
    text = config.database.direct_url if direct else config.database.url
    if not text:
        raise StartupError(
            "No database is configured: set PIELOOP_DATABASE_URL (or [database] url in config.toml), "
            "or run `pieloop up`, which starts its own."
        )
    return _read_address("database.url", text)


def standby_address(text: str) -> URL:
    """Return one of `database.read_urls` in SQLAlchemy's form.

    Raises:
        StartupError: it cannot be read.
    """
    return _read_address("database.read_urls", text)


def place_of(address: URL) -> str:
    """Return which database of which server it is, for the log and for metrics: without user and password."""
    host = address.query.get("host") or address.host or "localhost"
    port = f":{address.port}" if address.port else ""
    return f"{host if isinstance(host, str) else ','.join(host)}{port}/{address.database}"


def _read_address(key: str, text: str) -> URL:
    try:
        url = make_url(text)
    except Exception as error:
        raise StartupError(f"{key}: expected postgresql://user:password@host:port/name.") from error
    query = {LIBPQ_ONLY.get(name, name): value for name, value in url.query.items()}
    if not query.keys() <= OF_A_CONNECTION:
        # Not which: where a password holds `?` or `#` as they are, it may be a part of it.
        raise StartupError(
            f"{key}: unknown parameter. If it's part of the password, write %3F for ? and %23 for #."
        )
    return url.set(query=query)


def application_name(role: str) -> str:
    """Return what `pg_stat_activity` shows for this process: `pieloop.<role>.<pid>@<host>`."""
    return f"pieloop.{role}.{os.getpid()}@{socket.gethostname()}"[:NAME_LIMIT]


def longest_transaction(config: Config, role: str) -> float:
    """Return after how many seconds nobody waits for a transaction of this role any more."""
    return config.worker.job_timeout if role == "worker" else config.http.request_deadline


def connect_arguments(config: Config, role: str, *, direct: bool = False) -> dict[str, Any]:
    """Return asyncpg's arguments: every wait has its limit, on our side and on the server's.

    Parameters:
        config: the whole configuration.
        role: see create_engine.
        direct: the connection does not go through PgBouncer.
    """
    database = config.database
    arguments: dict[str, Any] = {"timeout": database.connect_timeout, "server_settings": {}}
    settings: dict[str, str] = arguments["server_settings"]
    settings["application_name"] = application_name(role)
    if role != "migrate":
        arguments["command_timeout"] = database.statement_timeout + 2
    if database.pool == "null" and not direct:
        # PgBouncer in transaction mode refuses unknown start-up parameters, and a prepared statement's name
        # may meet another client's on the same server connection.
        arguments |= {
            "statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"__pieloop_{uuid4()}__",
        }
        return arguments
    # Of whatever length: the statement of a list of posts has 20 kB, and would be prepared anew each time.
    arguments["max_cacheable_statement_size"] = 0
    settings |= KEEPALIVES | {"search_path": "public"}  # whatever schemas the role has
    settings["jit"] = "off"
    # Statements name their tables in the order in which they are found. To look for a better one among the ten of a
    # list of posts takes 25 ms, six times for each connection, and finds a worse one.
    settings["join_collapse_limit"] = "4"
    settings["lock_timeout"] = f"{(database.give_way or database.lock_timeout) * 1000:.0f}"
    if role != "migrate":
        settings["statement_timeout"] = f"{database.statement_timeout * 1000:.0f}"
        # Between two statements nothing is waited for. Of a client in a black hole the server knows nothing, and its
        # transaction keeps its locks until then.
        settings["idle_in_transaction_session_timeout"] = settings["statement_timeout"]
    return arguments


async def connect_beside(
    config: Config, address: URL, role: str, *, direct: bool
) -> "asyncpg.Connection[Any]":
    """Open a connection that is in no pool; who asks for it closes it.

    Parameters:
        config: the whole configuration.
        address: as `database_address` returns it.
        role: what PostgreSQL calls it.
        direct: it does not go through PgBouncer.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: the server cannot be reached, or does not want it.
    """
    dialect: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
    _, place = dialect.create_connect_args(address)
    arguments = connect_arguments(config, role, direct=direct) | place
    arguments.pop(
        "prepared_statement_name_func", None
    )  # SQLAlchemy's own; asyncpg gives none to what is kept nowhere
    return await asyncpg.connect(**arguments)


class _PoolSize(NamedTuple):
    """How many connections are kept, how many more are opened, and how many seconds one is waited for."""

    kept: int
    more: int
    patience: float


def _pool_size(config: Config, role: str, standby: str | None) -> _PoolSize:
    if standby:
        return _PoolSize(config.database.read_pool_size, 0, config.database.pool_timeout)
    size = config.worker if role == "worker" else config.database
    return _PoolSize(size.pool_size, size.max_overflow, size.pool_timeout)


def _pool_arguments(config: Config, size: _PoolSize) -> dict[str, Any]:
    return {
        "poolclass": WatchedQueuePool,
        "pool_size": size.kept,
        "max_overflow": size.more,
        "pool_timeout": size.patience,
        "pool_recycle": config.database.pool_recycle,
        # Lend what came back last: it has the statements prepared and planned, and need not show that it lives.
        "pool_use_lifo": True,
    }


def _lend_only_what_lives(engine: AsyncEngine) -> None:
    """Replace a connection that has been lost since it was used last, and all that are as old, before it is lent.

    A server that ends a connection says so, and the driver has heard it: that costs nothing to look up. A network that
    swallows everything ends no connection, so one that has lain idle for IDLE is asked for a sign of life. With the
    time limit of statements each of them would be tried for ten seconds and longer, and each would cost a request. To
    ask before each loan, as the pool's own `pool_pre_ping` does, would be half of what a small read costs.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_: Any, record: ConnectionPoolEntry) -> None:
        record.info[LAST_USED] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def look(adapter: Any, record: ConnectionPoolEntry, _: Any) -> None:
        used = record.info.get(LAST_USED)
        if used is None:  # it has just been opened
            return
        connection = adapter.driver_connection
        idle = time.monotonic() - used
        if connection.is_closed() or (idle >= IDLE and not await_(answers(connection))):
            raise InvalidatePoolError("The connection was lost while it lay idle.")


async def answers(connection: Any) -> bool:
    """Whether a connection gives a sign of life within PING_WITHIN.

    Parameters:
        connection: asyncpg's.
    """
    try:
        # Not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the answer.
        async with asyncio.timeout(PING_WITHIN):
            await connection.fetchrow(";")
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


def _bound_transactions(engine: AsyncEngine, seconds: float) -> None:
    """Have the server end a transaction that nobody waits for any more, together with its connection.

    Where the client vanished between the messages of one statement, PostgreSQL calls it neither idle nor late: no other
    limit ends it, and it keeps its locks. A start-up parameter would keep older servers from being used at all.

    Parameters:
        engine: not behind PgBouncer, where settings outlive their client.
        seconds: the longest that a transaction may last.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def bound(adapter: Any, _: ConnectionPoolEntry) -> None:
        if adapter.driver_connection.get_server_version().major >= HAS_TRANSACTION_TIMEOUT:
            statement = f"SET transaction_timeout = {seconds * 1000:.0f}"
            adapter.run_async(lambda connection: connection.execute(statement))


class _Disarmed:
    """Stands where an inherited connection stood: whatever is asked of it raises the guard's error."""

    def __init__(self, owned: Owned, connection: Any) -> None:
        # The real connection is kept alive: collecting it would close the socket through its parent's event loop.
        self.__dict__.update(owned=owned, connection=connection)

    def __getattr__(self, name: str) -> Any:
        raise InheritedByFork(self.__dict__["owned"].message())


def _guard_against_fork(engine: AsyncEngine, what: str) -> None:
    records: WeakSet[ConnectionPoolEntry] = WeakSet()

    def disarm() -> None:
        for record in list(records):
            adapter: Any = record.dbapi_connection
            if adapter is not None:
                adapter._connection = _Disarmed(owned, adapter._connection)
                # What was prepared or begun on it would reach it, too.
                adapter._prepared_statement_cache = None
                if adapter._transaction is not None:
                    adapter._transaction = _Disarmed(owned, adapter._transaction)

    owned = Owned(what, disarm)

    @event.listens_for(engine.sync_engine, "do_connect")
    def refuse_in_a_fork(*_: Any) -> None:
        owned.check()

    @event.listens_for(engine.sync_engine, "connect")
    def remember(_: Any, record: ConnectionPoolEntry) -> None:
        records.add(record)
