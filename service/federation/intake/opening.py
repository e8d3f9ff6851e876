"""Opens what a process needs to ask other servers and to let in what they send; closed by the same code in reverse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.config import Config
from service.federation import instance
from service.federation.fetch import Fetcher
from service.federation.intake.door import Door
from service.federation.intake.keyring import Keyring
from service.federation.intake.lists import Admission
from service.federation.intake.pace import Pace
from service.federation.intake.readers import Readers
from service.federation.intake.writer import Writer, open_writer
from service.federation.lookup import Lookup
from service.federation.receive.missing import Finder
from service.federation.webfinger import WebFinger
from service.outbound.client import OutboundClient
from service.storage.transaction import Database
from service.tasks import cancel


@dataclass(frozen=True)
class Neighbourhood:
    """The other servers, as this process knows them: who may talk, and how they are asked."""

    admission: Admission
    fetcher: Fetcher


@dataclass(frozen=True)
class Intake:
    """What lets activities in, knows who asks, and asks the servers that sent them, also on behalf of people."""

    door: Door
    readers: Readers
    writer: Writer
    fetcher: Fetcher
    lookup: Lookup


async def neighbourhood(config: Config, database: Database, outbound: OutboundClient) -> Neighbourhood:
    """Read the lists and the site's key as they are now; parameters and errors as open_neighbourhood."""
    domain = config.site.domain
    admission = Admission(domain.partition(":")[0])
    await admission.refresh(database)
    async with database.read() as db:
        sign = await instance.signer(db, domain)
    fetcher = Fetcher(outbound, may_ask=admission, sign=sign, always_sign=config.federation.signed_fetch)
    return Neighbourhood(admission, fetcher)


@asynccontextmanager
async def open_neighbourhood(
    config: Config, database: Database, outbound: OutboundClient
) -> AsyncIterator[Neighbourhood]:
    """Read the lists and the site's key, and keep the lists up to date while the body runs.

    Parameters:
        config: the whole configuration.
        database, outbound: this process's.

    Raises:
        StorageError: the database cannot be reached.
    """
    known = await neighbourhood(config, database, outbound)
    keeping = asyncio.create_task(known.admission.keep_up(database, config), name="lists")
    try:
        yield known
    finally:
        await cancel(keeping)


@asynccontextmanager
async def open_intake(config: Config, database: Database, outbound: OutboundClient) -> AsyncIterator[Intake]:
    """Open the door of this process; parameters and errors as open_neighbourhood."""
    async with open_neighbourhood(config, database, outbound) as known, open_writer(database) as writer:
        keyring = Keyring(database, known.fetcher)
        door = Door(keyring, writer, known.admission, Pace(config.federation.follows))
        finder = Finder(known.fetcher, database, config.site.domain)
        lookup = Lookup(WebFinger(outbound), known.fetcher, finder, database, config.site.domain)
        yield Intake(door, Readers(keyring, known.admission), writer, known.fetcher, lookup)
