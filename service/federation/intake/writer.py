"""Stores what has been let in: one transaction for all that came within a few milliseconds.

One flush of PostgreSQL's log serves up to 200 activities, and nobody is answered before it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Integer, LargeBinary, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import Malformed
from service.federation.intake.envelope import Envelope
from service.storage.transaction import Busy, Database, StorageError
from service.tasks import cancel

log = structlog.get_logger()

AT_ONCE = 200
GATHER_FOR = 0.003  # seconds after the first
WAITING_AT_MOST = 2000
CHANNEL = "pieloop_received"

STORE = text("""
    WITH come AS (
        SELECT * FROM unnest(:keys, :lanes, :kinds, :hosts, :bodies) AS come(key, lane, kind, host, body)
    ), new AS (
        INSERT INTO pieloop.seen (key) SELECT key FROM come ORDER BY key ON CONFLICT DO NOTHING RETURNING key
    ), stored AS (
        INSERT INTO pieloop.received (key, lane, kind, host, body)
        SELECT key, lane, kind, host, body FROM come JOIN new USING (key) RETURNING 1
    )
    SELECT pg_notify(:channel, ''), count(*) FROM stored
""").bindparams(
    bindparam("keys", type_=ARRAY(LargeBinary)),
    bindparam("lanes", type_=ARRAY(Integer)),
    bindparam("kinds", type_=ARRAY(String)),
    bindparam("hosts", type_=ARRAY(String)),
    bindparam("bodies", type_=ARRAY(LargeBinary)),
    bindparam("channel", value=CHANNEL),
)


class Writer:
    """Stores activities together; made by open_writer.

    Parameters:
        database: where they are stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: asyncio.Queue[tuple[Envelope, asyncio.Future[None]]] = asyncio.Queue(WAITING_AT_MOST)

    @property
    def waiting(self) -> int:
        """How many wait to be stored."""
        return self._waiting.qsize()

    async def store(self, envelope: Envelope) -> None:
        """Return when the activity is on the disk, or was there before.

        Parameters:
            envelope: a verified activity.

        Raises:
            Busy: too many wait already.
            StorageError: the database cannot be reached; nothing was stored.
            Malformed: the database cannot hold it.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((envelope, stored))
        except asyncio.QueueFull:
            raise Busy("Too many activities wait to be stored.") from None
        await stored

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            batch = await self._gather()
            await self._store_all(batch)

    async def _gather(self) -> list[tuple[Envelope, "asyncio.Future[None]"]]:
        batch = [await self._waiting.get()]
        if self._waiting.qsize() < AT_ONCE:
            await asyncio.sleep(GATHER_FOR)
        while len(batch) < AT_ONCE and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        return batch

    async def _store_all(self, batch: Sequence[tuple[Envelope, "asyncio.Future[None]"]]) -> None:
        """Store a batch; one that the database refuses is halved until what is at fault stands alone."""
        try:
            await self._database.write(store, [envelope for envelope, _ in batch])
        except StorageError as error:
            _tell(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not keep out the others
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._store_all(batch[:middle])
                await self._store_all(batch[middle:])
            else:
                log.warning("activity_not_stored", kind=batch[0][0].kind, error=type(error).__name__)
                _tell(batch, Malformed("This cannot be stored."))
        else:
            _tell(batch, None)


@asynccontextmanager
async def open_writer(database: Database) -> AsyncIterator[Writer]:
    """Run a writer; what waits when the body ends is told that it was not stored."""
    writer = Writer(database)
    running = asyncio.create_task(writer.run(), name="intake")
    try:
        yield writer
    finally:
        await cancel(running)
        while not writer._waiting.empty():
            _tell([writer._waiting.get_nowait()], Busy("This process is stopping."))


async def store(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Store activities that were not here before, and wake those who work on them."""
    distinct = {envelope.key: envelope for envelope in envelopes}.values()
    await session.execute(
        STORE,
        {
            "keys": [one.key for one in distinct],
            "lanes": [one.lane for one in distinct],
            "kinds": [one.kind for one in distinct],
            "hosts": [one.host for one in distinct],
            "bodies": [one.body for one in distinct],
        },
    )


def _tell(batch: Sequence[tuple[Envelope, "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, stored in batch:
        if stored.done():  # whoever waited has gone away; the activity is stored all the same
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
