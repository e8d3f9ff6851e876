"""`pieloop doctor`: what is wrong with this site, in plain words; the pools, the server's view of them, what waits."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.errors import StartupError
from service.storage import outbox
from service.storage.budget import Budget, read_budget
from service.storage.engine import create_engine
from service.storage.schema import schema_state
from service.storage.transaction import StorageError, translate

LEAST_DISK = 512 * 2**20  # bytes
OLD_BACKLOG = 300.0  # seconds
QUEUE = "arq:queue"

BACKENDS = text(
    "SELECT coalesce(application_name, '') AS owner, count(*) AS backends,"
    " count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction"
    " FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1"
)


class Backends(msgspec.Struct, frozen=True):
    """What the server sees of one process: its connections, and those that hold a transaction and do nothing."""

    owner: str
    backends: int
    idle_in_transaction: int


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it is well, and what was seen or what to do."""

    subject: str
    well: bool
    words: str


class Examination(msgspec.Struct, frozen=True):
    """All that was found; `budget` and `backends` are empty where PostgreSQL did not answer."""

    findings: list[Finding]
    budget: Budget | None
    backends: list[Backends]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.well for finding in self.findings)


async def examine(config: Config) -> Examination:
    """Look at PostgreSQL, the schema, the pools, the outbox, Redis and the disk.

    Parameters:
        config: the whole configuration.
    """
    findings: list[Finding] = []
    budget: Budget | None = None
    backends: list[Backends] = []
    try:
        async with _connection(config) as db:
            budget = await read_budget(db, config)
            backends = [Backends(*row) for row in await db.execute(BACKENDS)]
            findings += [await _server(db), _pools(config, budget), _sessions(backends), *await _schema(db)]
    except (StorageError, StartupError) as error:
        findings.append(Finding("postgresql", False, str(error)))
    findings += [await _redis(config), _disk(config)]
    return Examination(findings, budget, backends)


@asynccontextmanager
async def _connection(config: Config) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(config, "doctor")
    try:
        async with engine.connect() as connection:
            yield connection
    except StartupError:
        raise
    except Exception as error:
        raise translate(error) from error
    finally:
        await engine.dispose()


async def _server(db: AsyncConnection) -> Finding:
    version = (await db.execute(text("SHOW server_version"))).scalar_one()
    return Finding("postgresql", True, f"answers, version {version}")


def _pools(config: Config, budget: Budget) -> Finding:
    if config.database.pool == "null":
        return Finding("pools", True, "no pools of our own: PgBouncer keeps the connections")
    advice = "" if budget.fits else "; raise max_connections, or lower the pools or the number of processes"
    return Finding("pools", budget.fits, budget.arithmetic() + advice)


def _sessions(backends: list[Backends]) -> Finding:
    total = sum(row.backends for row in backends)
    stuck = sum(row.idle_in_transaction for row in backends)
    return Finding("backends", stuck == 0, f"{total} open, {stuck} idle in a transaction")


async def _schema(db: AsyncConnection) -> list[Finding]:
    state = await schema_state(db)
    found = [Finding("schema", state.kind == "current", state.advice)]
    if state.kind == "current":
        backlog = await outbox.backlog(db)
        well = backlog.parked == 0 and backlog.oldest < OLD_BACKLOG
        words = f"{backlog.pending} waiting (oldest {backlog.oldest:.0f} s), {backlog.parked} given up"
        found.append(Finding("outbox", well, words if well else f"{words}; is a worker running?"))
    return found


async def _redis(config: Config) -> Finding:
    if not config.redis.url:
        return Finding("redis", False, "no address is configured: set redis.url")
    redis: Redis = Redis.from_url(
        config.redis.url, socket_timeout=config.redis.timeout, socket_connect_timeout=config.redis.timeout
    )
    try:
        info: dict[str, Any] = await redis.info()
        queued = await redis.zcard(QUEUE)
    except (RedisError, OSError) as error:
        return Finding("redis", False, f"does not answer: {error}")
    finally:
        await redis.aclose()
    policy = info.get("maxmemory_policy", "noeviction")
    words = f"answers, version {info.get('redis_version')}, {queued} jobs queued, {policy}"
    return Finding("redis", policy == "noeviction" or not info.get("maxmemory"), words)


def _disk(config: Config) -> Finding:
    config.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.data_dir).free
    return Finding("disk", free >= LEAST_DISK, f"{free / 2**30:.1f} GiB free below {config.data_dir}")


def describe(examination: Examination) -> str:
    """Write an examination out for a person at a terminal."""
    lines = [f"{'ok ' if row.well else '!! '} {row.subject:<11} {row.words}" for row in examination.findings]
    lines += [f"    {row.owner:<40} {row.backends} connections" for row in examination.backends]
    lines.append(
        "All is well." if examination.well else "Something is wrong: see the lines that begin with !!."
    )
    return "\n".join(lines)


def report(examination: Examination) -> bytes:
    """Write an examination out for a program, as JSON."""
    budget = examination.budget
    sums = {"needed": budget.needed, "available": budget.available, "web": budget.web} if budget else {}
    return msgspec.json.encode(
        {
            "well": examination.well,
            "findings": examination.findings,
            "budget": (msgspec.to_builtins(budget) | sums) if budget else None,
            "backends": examination.backends,
        }
    )


def run(config: Config, *, as_json: bool) -> tuple[str, bool]:
    """Examine, and return what to print and whether all is well."""
    examination = asyncio.run(examine(config))
    return (report(examination).decode() if as_json else describe(examination)), examination.well
