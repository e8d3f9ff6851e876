"""The standbys that are to take reads: whether each is one of this primary, how far behind, and whether pools fit."""

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.doctor.findings import Finding
from service.errors import StartupError
from service.storage.budget import read_standby_budget
from service.storage.engine import create_engine, place_of, standby_address
from service.storage.replicas import AT_STANDBY, Positions, place_from, position_of_primary, why_unfit
from service.storage.transaction import StorageError, translate

SUBJECT = "standby"
TWICE = 0.1  # seconds between two looks


async def look_at_standbys(config: Config) -> list[Finding]:
    """Look at each of `database.read_urls`.

    Parameters:
        config: the whole configuration; PostgreSQL has answered.
    """
    return [await _look_at(config, url) for url in config.database.read_urls]


async def _look_at(config: Config, url: str) -> Finding:
    try:
        name = place_of(standby_address(url))
    except StartupError as error:
        return Finding(SUBJECT, False, str(error), "correct database.read_urls")
    engine = create_engine(config, "doctor", standby=url)
    try:
        async with engine.connect() as db:
            return await _judged(config, name, db)
    except Exception as error:
        said = translate(error)
        if not isinstance(said, StorageError):
            raise
        words = f"{name} can't be reached, so the primary takes its reads: {said}"
        return Finding(SUBJECT, False, words, "start it, or remove it from database.read_urls")
    finally:
        await engine.dispose()


async def _judged(config: Config, name: str, db: AsyncConnection) -> Finding:
    positions = Positions(config.database.read_lag)
    asked_at = time.monotonic()
    positions.note(asked_at, await position_of_primary(config))
    unfit, behind = await _behind(config, positions, asked_at, db)
    if unfit:
        return Finding(SUBJECT, False, f"{name} {unfit}", "correct database.read_urls")
    if behind:
        words = f"{name} is more than {config.database.read_lag:g} s behind, so the primary takes its reads"
        return Finding(SUBJECT, False, words, f"look at the log of {name}, its network, its disk")
    if config.database.pool == "null":
        return Finding(SUBJECT, True, f"{name} takes reads; PgBouncer manages the connections")
    budget = await read_standby_budget(db, config)
    mend = "" if budget.fits else "raise its max_connections, or lower database.read_pool_size"
    return Finding(SUBJECT, budget.fits, f"{name} takes reads; {budget.arithmetic()}", mend)


async def _behind(
    config: Config, positions: Positions, asked_at: float, db: AsyncConnection
) -> tuple[str, bool]:
    """Say what it is if it is no standby of ours; else whether it has not come, within the limit, where we were."""
    while True:
        seen = place_from((await db.execute(AT_STANDBY)).mappings().one())
        unfit = why_unfit(seen, positions.latest)
        if unfit or positions.as_of(seen.position or 0) == asked_at:
            return unfit, False
        if time.monotonic() - asked_at > config.database.read_lag:
            return "", True
        await asyncio.sleep(TWICE)
