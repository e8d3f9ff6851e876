"""The server's view: whose connections there are, what they do, and how many more there may be."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Float, Integer, and_, cast, column, func, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

CLIENT = "client backend"
BACKENDS = table(
    "pg_stat_activity",
    *(
        column(name)
        for name in ("pid", "datname", "application_name", "state", "state_change", "backend_type")
    ),
)
OURS = and_(
    BACKENDS.c.backend_type == CLIENT,
    BACKENDS.c.datname == func.current_database(),
    BACKENDS.c.pid != func.pg_backend_pid(),
)
OWNER = func.coalesce(BACKENDS.c.application_name, "")
IDLE = BACKENDS.c.state.like("idle in transaction%")
UNCHANGED = cast(func.extract("epoch", func.now() - BACKENDS.c.state_change), Float)
IDLE_AFTER = 1.0  # seconds: between two statements of one transaction of ours lies less


class Owner(msgspec.Struct, frozen=True):
    """What the server sees of one process: its connections, and those that hold a transaction and do nothing."""

    owner: str
    backends: int
    idle_in_transaction: int


class Idle(msgspec.Struct, frozen=True):
    """A transaction that is open and in which nothing happens."""

    pid: int
    owner: str
    seconds: float


class Load(msgspec.Struct, frozen=True):
    """The server's connections: used by anybody, and given to ordinary roles at most; those idle in a transaction."""

    used: int
    available: int
    idle_in_transaction: int


async def owners(db: AsyncConnection) -> Sequence[Owner]:
    """Return the owners of all connections to this database but the one that asks."""
    rows = await db.execute(
        select(OWNER, func.count(), func.count().filter(IDLE)).where(OURS).group_by(OWNER).order_by(OWNER)
    )
    return [Owner(*row) for row in rows]


async def idle_in_transaction(db: AsyncConnection) -> Sequence[Idle]:
    """Return the transactions in which nothing has happened for longer than IDLE_AFTER, the oldest first."""
    rows = await db.execute(
        select(BACKENDS.c.pid, OWNER, UNCHANGED)
        .where(OURS, IDLE, UNCHANGED > IDLE_AFTER)
        .order_by(UNCHANGED.desc())
    )
    return [Idle(*row) for row in rows]


async def load(db: AsyncConnection) -> Load:
    """Return how full the server is."""
    row = await db.execute(
        select(
            func.count().filter(BACKENDS.c.backend_type == CLIENT),
            _setting("max_connections")
            - _setting("superuser_reserved_connections")
            - _setting("reserved_connections"),
            func.count().filter(OURS, IDLE, UNCHANGED > IDLE_AFTER),
        ).select_from(BACKENDS)
    )
    return Load(*row.one())


def _setting(name: str) -> ColumnElement[int]:
    """A setting of the server as a number; 0 where its version has none of that name."""
    return func.coalesce(cast(func.current_setting(name, True), Integer), 0)
