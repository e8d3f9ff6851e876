"""`pieloop leave`: the way back to pyfedi. It gets what other servers still lack, and who leaves is told the rest.

Nothing is dropped unless that is asked for.
"""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.config import Config
from service.doctor.opened import opened
from service.errors import StartupError
from service.federation.deliver.handover import hand_over
from service.lifecycle import open_database
from service.storage.tables.own import SCHEMA

# What is counted -> what becomes of it; nothing is said of what there is none of.
SEEN: tuple[tuple[str, str], ...] = (
    (
        "SELECT count(*) FROM pieloop.outbox WHERE topic = 'mail'",
        "emails that haven't been sent: {}; run a worker until none are left",
    ),
    (
        "SELECT count(*) FROM pieloop.outbox WHERE topic <> 'mail' AND parked_at IS NULL",
        "events waiting to be processed (notifications, previews, keys): {}; run a worker until none are left",
    ),
    (
        "SELECT count(*) FROM pieloop.outbox WHERE parked_at IS NOT NULL",
        "events that failed permanently: {}; see pieloop doctor",
    ),
    (
        "SELECT count(*) FROM pieloop.received",
        "activities from other servers that haven't been processed: {}; run a worker until none are left",
    ),
    (
        "SELECT count(*) FROM pieloop.session",
        "browser and app sessions that end: {}; people have to sign in again",
    ),
    (
        "SELECT count(*) FROM pieloop.password_reset WHERE expires_at > timezone('utc', now())",
        "password reset links that stop working: {}; people have to request a new email",
    ),
    (
        "SELECT count(*) FROM pieloop.email_confirmation WHERE expires_at > timezone('utc', now())",
        "email confirmation links that stop working: {}; people have to request a new email",
    ),
    (
        "SELECT count(*) FROM pieloop.disabled_account",
        "disabled accounts, which pyfedi treats as unconfirmed: {}",
    ),
    (
        "SELECT count(*) FROM public.file WHERE file_path LIKE 'media/%' OR source_url LIKE '%/media/%'",
        "images with URLs under /media/: {}; let the proxy serve them from Pieloop's store",
    ),
    (
        "SELECT count(*) FROM public.file WHERE file_path LIKE 'media/remote/%'",
        "images of other servers loaded through Pieloop: {}; set store.remote to cache a day before you leave",
    ),
    (
        "SELECT count(*) FROM public.send_queue",
        "activities for other servers in its queue: {}",
    ),
)
INDEXES = text("""
    SELECT format('%I.%I', schemaname, indexname) FROM pg_indexes
    WHERE schemaname = 'public' AND indexname LIKE 'pieloop\\_ix\\_%' ORDER BY 1
""")
BUSY = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'pieloop.w%' AND pid <> pg_backend_pid()
""")


async def leave(config: Config, *, drop: bool) -> list[str]:
    """Hand over to pyfedi; return what to tell, a line each.

    Parameters:
        config: the whole configuration.
        drop: drop our schema and our indexes on shared tables.

    Raises:
        StartupError: a process of ours is running, or the database cannot be used.
    """
    async with open_database(config, "worker") as database:
        handed = await hand_over(database, config.site.domain)
    async with opened(config) as database:
        async with database.read() as db:
            told = [f"handed over: {handed.deliveries} activities for {handed.servers} servers"]
            told += [line async for line in _seen(db)]
            indexes = list(await db.scalars(INDEXES))
            busy = await db.scalar(BUSY)
        if not drop:
            return [*told, *_left(indexes)]
        if busy:
            raise StartupError("A Pieloop process is still connected. Stop all of them, then try again.")
        await database.write(_drop, indexes)
    return [*told, f"dropped: the schema {SCHEMA} and {len(indexes)} indexes on shared tables"]


async def _seen(db: AsyncConnection) -> AsyncIterator[str]:
    for counted, words in SEEN:
        count = await db.scalar(text(counted))
        if count:
            yield words.format(count)


def _left(indexes: list[str]) -> Iterator[str]:
    yield f"nothing was dropped: the schema {SCHEMA} and these indexes stay, which doesn't affect pyfedi, until you run"
    yield "pieloop leave --drop (pieloop migrate creates them again)"
    yield from (f"  {name}" for name in indexes)


async def _drop(session: AsyncSession, indexes: list[str]) -> None:
    for statement in (f"DROP SCHEMA {SCHEMA} CASCADE", *(f"DROP INDEX {name}" for name in indexes)):
        await session.execute(text(statement))
