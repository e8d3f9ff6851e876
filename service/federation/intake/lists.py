"""Which servers may talk to us: the block list, or the allow list where one is in force, kept in memory.

An entry covers the domains below it. The lists are read again every minute, and at once when they were changed here.
"""

import asyncio
from contextlib import suppress

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.config import Config
from service.forum.site import setting
from service.storage.listen import listen
from service.storage.tables import AllowedInstance, BannedInstance
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

CHANNEL = "pieloop_lists"
EVERY = 60.0  # seconds


class Lists(msgspec.Struct, frozen=True):
    """Who is kept out, or alone let in.

    Attributes:
        blocked: domains, in lower case.
        allowed: None where everybody may come who is not blocked.
    """

    blocked: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None

    def admit(self, host: str) -> bool:
        """Whether a host may talk to us.

        Parameters:
            host: in lower case.
        """
        names = _itself_and_above(host)
        if not self.blocked.isdisjoint(names):
            return False
        return self.allowed is None or not self.allowed.isdisjoint(names)


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
                    await asyncio.wait_for(changed.wait(), EVERY)


async def tell_of_change(session: AsyncSession) -> None:
    """Let every process read the lists again once the caller's transaction has changed them."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def read_lists(db: AsyncConnection) -> Lists:
    """Read the lists that are in force."""
    uses_allow_list = bool(await setting(db, "use_allowlist", default=False))
    blocked = [one for (one,) in await db.execute(select(BannedInstance.domain))]
    allowed = (
        [one for (one,) in await db.execute(select(AllowedInstance.domain))] if uses_allow_list else None
    )
    return Lists(_domains(blocked), None if allowed is None else _domains(allowed))


def _domains(entries: list[str | None]) -> frozenset[str]:
    return frozenset(entry.strip().lower().removeprefix("*.").rstrip(".") for entry in entries if entry)


def _itself_and_above(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]
