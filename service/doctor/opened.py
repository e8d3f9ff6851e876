"""A database for what the doctor reads by pages, or mends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.config import Config
from service.storage.engine import create_engine
from service.storage.transaction import Database


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Database]:
    """Lend a database, with one connection that goes round PgBouncer.

    Parameters:
        config: the whole configuration.
    """
    engine = create_engine(config, "doctor")
    try:
        yield Database(engine)
    finally:
        await engine.dispose()
