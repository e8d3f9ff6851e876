"""The pool budget: what all configured processes may open together must fit what PostgreSQL allows.

A pool's limit is pool_size + max_overflow, and it holds for each process, not for the site.
"""

from abc import abstractmethod

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.errors import StartupError

MIGRATION = 1
ADMINISTRATOR = 5  # psql, backups, `pieloop doctor`
EARS_OF_WEB = 1  # who may talk to us
WATCHES = 1  # how far the log has come, where there are standbys that take reads; at each of them as well
EARS_OF_WORKER = 4  # that, what is to be worked on, what has come from other servers, and what goes to them


class _Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What is opened at one server, and what it gives.

    Attributes:
        max_connections: the server's limit.
        reserved: what the server keeps for superusers and reserved roles.
    """

    max_connections: int
    reserved: int

    @property
    @abstractmethod
    def needed(self) -> int:
        """The whole sum."""

    @property
    def available(self) -> int:
        """What the server gives to ordinary roles."""
        return self.max_connections - self.reserved

    @property
    def fits(self) -> bool:
        """Whether everything can be opened at once."""
        return self.needed <= self.available

    @property
    def _result(self) -> str:
        return f"{self.needed} of {self.available} (max_connections {self.max_connections} - {self.reserved} reserved)"


class Budget(_Sum, frozen=True, kw_only=True):
    """The arithmetic, in connections.

    Attributes:
        web_processes, web_pool, web_overflow: the web side.
        worker_processes, worker_pool, worker_overflow: the workers.
        watching: the connections by which web processes learn how far the log has come.
    """

    web_processes: int
    web_pool: int
    web_overflow: int
    worker_processes: int
    worker_pool: int
    worker_overflow: int
    watching: int = 0

    @property
    def web(self) -> int:
        """The most that the web processes open."""
        return self.web_processes * (self.web_pool + self.web_overflow)

    @property
    def workers(self) -> int:
        """The most that the workers open, without their LISTEN connections."""
        return self.worker_processes * (self.worker_pool + self.worker_overflow)

    @property
    def listening(self) -> int:
        """The connections for LISTEN, beside the pools."""
        return self.web_processes * EARS_OF_WEB + self.worker_processes * EARS_OF_WORKER

    @property
    def needed(self) -> int:
        """The whole sum."""
        return self.web + self.workers + self.listening + self.watching + MIGRATION + ADMINISTRATOR

    def arithmetic(self) -> str:
        """Write the sum out, as an administrator would check it by hand."""
        watching = f"watching {self.watching}, " if self.watching else ""
        return (
            f"web {self.web_processes} x ({self.web_pool} + {self.web_overflow}) = {self.web}, "
            f"workers {self.worker_processes} x ({self.worker_pool} + {self.worker_overflow}) = {self.workers}, "
            f"listening {self.listening}, {watching}migration {MIGRATION}, administrator {ADMINISTRATOR}: "
            f"{self._result}"
        )


class StandbyBudget(_Sum, frozen=True, kw_only=True):
    """The arithmetic of one standby that takes reads, in connections.

    Attributes:
        web_processes, pool: what web processes open there.
    """

    web_processes: int
    pool: int

    @property
    def needed(self) -> int:
        """The whole sum."""
        return self.web_processes * (self.pool + WATCHES) + ADMINISTRATOR

    def arithmetic(self) -> str:
        """Write the sum out, as an administrator would check it by hand."""
        return f"web {self.web_processes} x ({self.pool} + {WATCHES}), administrator {ADMINISTRATOR}: {self._result}"


async def read_budget(connection: AsyncConnection, config: Config) -> Budget:
    """Ask the server for its limits and lay the configuration beside them.

    Parameters:
        connection: any connection to the server itself.
        config: the whole configuration.
    """
    max_connections, reserved = await _limits(connection)
    return Budget(
        web_processes=config.http.processes,
        web_pool=config.database.pool_size,
        web_overflow=config.database.max_overflow,
        worker_processes=config.worker.processes,
        worker_pool=config.worker.pool_size,
        worker_overflow=config.worker.max_overflow,
        watching=config.http.processes * WATCHES if config.database.read_urls else 0,
        max_connections=max_connections,
        reserved=reserved,
    )


async def read_standby_budget(connection: AsyncConnection, config: Config) -> StandbyBudget:
    """Ask a standby for its limits and lay the configuration beside them.

    Parameters:
        connection: to the standby.
        config: the whole configuration.
    """
    max_connections, reserved = await _limits(connection)
    return StandbyBudget(
        web_processes=config.http.processes,
        pool=config.database.read_pool_size,
        max_connections=max_connections,
        reserved=reserved,
    )


async def _limits(connection: AsyncConnection) -> tuple[int, int]:
    """Return max_connections, and how many of them are not for us."""
    limits = await connection.execute(
        text(
            "SELECT coalesce(sum(setting::int) FILTER (WHERE name = 'max_connections'), 0),"
            " coalesce(sum(setting::int) FILTER (WHERE name <> 'max_connections'), 0) FROM pg_settings"
            " WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
        )
    )
    max_connections, reserved = limits.one()
    return max_connections, reserved


async def check_budget(connection: AsyncConnection, config: Config) -> str:
    """Refuse to start when the pools do not fit; return the arithmetic.

    Behind PgBouncer (`pool = "null"`) the pools are PgBouncer's, and there is nothing to check.

    Raises:
        StartupError: with the arithmetic.
    """
    if config.database.pool == "null":
        return "PgBouncer's pools"
    budget = await read_budget(connection, config)
    if not budget.fits:
        raise StartupError(
            "The connection pools need more connections than PostgreSQL allows: "
            f"{budget.arithmetic()}. Raise max_connections, or lower "
            "database.pool_size, database.max_overflow, worker.pool_size or the number of processes."
        )
    return budget.arithmetic()
