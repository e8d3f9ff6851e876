"""What PostgreSQL says: itself, the budget, open transactions, standbys, the schema, the outbox, other servers."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.doctor.disk import LEAST, in_words
from service.doctor.federation import look_at_federation
from service.doctor.findings import Database, Finding
from service.errors import StartupError
from service.federation.deliver import figures
from service.forum import words_backlog
from service.storage import activity, outbox, replication
from service.storage.activity import Idle, Owner
from service.storage.budget import Budget, read_budget
from service.storage.engine import create_engine
from service.storage.schema import schema_state
from service.storage.transaction import StorageError, translate

OLD_BACKLOG = 300.0  # seconds
LATE_DELIVERY = 900.0  # seconds that a server which answers may be behind
LATE = 60.0  # seconds that a standby may be behind
MUCH_WAL = 2**30  # bytes that a slot may keep for somebody who is away
TRY_AGAIN = (
    "UPDATE pieloop.outbox SET parked_at = NULL, attempts = 0, available_at = timezone('utc', now())"
    " WHERE parked_at IS NOT NULL"
)
ERRORS_SHOWN = 5


async def look_at_database(config: Config) -> Database:
    """Ask PostgreSQL, on one connection that goes round PgBouncer.

    Parameters:
        config: the whole configuration.
    """
    try:
        async with _connection(config) as db:
            budget = await read_budget(db, config)
            owners, idle = await activity.owners(db), await activity.idle_in_transaction(db)
            findings = [
                await _server(db),
                _pools(config, budget),
                _sessions(owners, idle),
                await _replication(db),
                *await _schema(config, db),
            ]
    except (StorageError, StartupError) as error:
        mend = f"systemctl status postgresql, docker compose ps postgres, or {psql('SELECT 1')} for its own words"
        return Database([Finding("postgresql", False, str(error), mend)])
    return Database(findings, budget, owners, idle)


def psql(statement: str) -> str:
    """Return the command by which a person runs a statement."""
    return f'psql "$PIELOOP_DATABASE_URL" -c "{statement}"'


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
    size = (await db.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
    words = f"responding, version {version}, database size {in_words(size)}"
    free = await _free_beside_it(db)
    if free is None:
        return Finding("postgresql", True, words)
    mend = "" if free >= LEAST else "free up disk space on the server: PostgreSQL stops when the disk is full"
    return Finding("postgresql", free >= LEAST, f"{words}, {in_words(free)} free", mend)


async def _free_beside_it(db: AsyncConnection) -> int | None:
    """The room on the server's own disk, where its place may be known and lies on this machine."""
    place = await db.execute(
        text(
            "SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')"
            " THEN current_setting('data_directory') END"
        )
    )
    directory = place.scalar_one()
    try:
        return shutil.disk_usage(directory).free if directory else None
    except OSError:  # it is another machine's directory
        return None


def _pools(config: Config, budget: Budget) -> Finding:
    if config.database.pool == "null":
        return Finding("pools", True, "no pools of its own: PgBouncer manages the connections")
    mend = "" if budget.fits else "raise max_connections, or lower the pools or the number of processes"
    return Finding("pools", budget.fits, budget.arithmetic(), mend)


def _sessions(owners: Sequence[Owner], idle: Sequence[Idle]) -> Finding:
    words = f"{sum(row.backends for row in owners)} open, {len(idle)} idle in a transaction"
    if not idle:
        return Finding("backends", True, words)
    oldest = idle[0]
    words += f", the oldest for {oldest.seconds:.0f} s ({oldest.owner or 'no name'}, backend {oldest.pid})"
    return Finding("backends", False, words, psql(f"SELECT pg_terminate_backend({oldest.pid})"))


async def _replication(db: AsyncConnection) -> Finding:
    seen = await replication.look(db)
    if seen.in_recovery:
        words = f"this server is a standby that only reads, {seen.behind:.0f} s behind: no one can write"
        return Finding(
            "replication", False, words, "point database.url at the primary, or SELECT pg_promote()"
        )
    for slot in seen.slots:
        if not slot.active and slot.bytes > MUCH_WAL:
            words = (
                f"the slot {slot.name} keeps {in_words(slot.bytes)} of WAL for a standby that isn't connected"
            )
            return Finding(
                "replication", False, words, psql(f"SELECT pg_drop_replication_slot('{slot.name}')")
            )
    for standby in seen.standbys:
        if standby.behind > LATE:
            words = f"the standby {standby.name} is {standby.behind:.0f} s behind"
            return Finding(
                "replication", False, words, f"look at the log of {standby.name}, its network, its disk"
            )
    if not seen.standbys:
        return Finding("replication", True, "primary, no standby")
    states = ", ".join(f"{one.name} {one.state or 'unreadable for this role'}" for one in seen.standbys)
    return Finding("replication", True, f"primary, {len(seen.standbys)} standbys: {states}")


async def _schema(config: Config, db: AsyncConnection) -> list[Finding]:
    state = await schema_state(db)
    current = state.kind == "current"
    found = [Finding("schema", current, state.advice, "" if current else "pieloop migrate")]
    if current:
        found += [
            await _outbox(db),
            await _search(db),
            await _servers(db),
            *await look_at_federation(config, db),
        ]
    return found


async def _outbox(db: AsyncConnection) -> Finding:
    backlog = await outbox.backlog(db)
    words = f"{backlog.pending} waiting (oldest {backlog.oldest:.0f} s), {backlog.parked} failed permanently"
    if backlog.parked:
        errors = await outbox.parked(db, ERRORS_SHOWN)
        words += "".join(f"; {one.kind} ({one.count}): {_first_line(one.error)}" for one in errors)
        mend = f"once the cause is fixed: {psql(TRY_AGAIN)}"
        return Finding("outbox", False, words, mend)
    if backlog.oldest >= OLD_BACKLOG:
        return Finding("outbox", False, words, "make sure a worker is running: pieloop work")
    return Finding("outbox", True, words)


async def _search(db: AsyncConnection) -> Finding:
    """Whether search knows the words of what was there before."""
    unread = await words_backlog.unread(db)
    if not unread:
        return Finding("search", True, "all posts and comments are indexed")
    words = f"indexing existing content, newest first: at most {unread:,} posts and comments left"
    return Finding(
        "search", True, words, "a worker does this: until then, these are found through PieFed's index"
    )


async def _servers(db: AsyncConnection) -> Finding:
    """How what is said reaches other servers."""
    peers = await figures.peers(db)
    words = (
        f"{peers.awake} active, {peers.failing} of them failing, {peers.dormant} dormant, {peers.gone} gone; "
        f"the slowest is {peers.lag:.0f} s behind, {peers.parked} activities failed permanently"
    )
    if peers.lag >= LATE_DELIVERY:
        return Finding("servers", False, words, "make sure a worker is running: pieloop work")
    return Finding("servers", True, words)


def _first_line(error: str | None) -> str:
    return (error or "no error was recorded").partition("\n")[0]
