"""Which servers may talk to us: the lists of `forum.instances`, kept in memory.

They are read again every minute, and at once when they were changed here.
"""

import asyncio
from contextlib import suppress

import structlog

from service.config import Config
from service.forum.instances.operations.changed import CHANNEL
from service.forum.instances.queries import read_lists
from service.forum.instances.rules import Lists
from service.storage.listen import listen
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

EVERY = 60.0  # seconds


class Admission:
    """Says who may talk to us, by lists that are kept up to date.

    Parameters:
        own: this site's host: nobody speaks for it, and it is not asked.
    """

    def __init__(self, own: str) -> None:
        self._own = own
        self._lists = Lists()

    def __call__(self, host: str) -> bool:
        """Whether a host may talk to us, and may be asked; a host in lower case."""
        return host != self._own and self._lists.admit(host)

    async def refresh(self, database: Database) -> None:
        """Read the lists.

        Raises:
            StorageError: the old ones stay in force.
        """
        async with database.read() as db:
            self._lists = await read_lists(db)

    async def keep_up(self, database: Database, config: Config) -> None:
        """Read the lists again and again, until cancelled."""
        while True:
            try:
                await self._hear(database, config)
            except (StorageError, OSError) as error:
                log.warning("lists_not_read", error=error)
            await asyncio.sleep(EVERY)

    async def _hear(self, database: Database, config: Config) -> None:
        changed = asyncio.Event()
        async with listen(config, CHANNEL, changed.set) as lost:
            while not lost.is_set():
                changed.clear()
                await self.refresh(database)
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY):
                        await changed.wait()
