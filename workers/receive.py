"""The resident drain of what other servers sent: owns lanes, is woken by PostgreSQL, and sweeps for what was missed.

Every worker runs one. The locks that give it its lanes are on the connection on which it listens: when that is lost, so
are they, and other workers take over.
"""

import asyncio

import structlog

from service.federation.fetch import Fetcher
from service.federation.intake.writer import CHANNEL
from service.federation.receive.drain import Drain
from service.federation.receive.lanes import Shares
from service.lifecycle import Resources
from service.storage.listen import connected
from service.storage.transaction import StorageError
from service.telemetry.watchdog import doing
from workers.telemetry import HEARING, RECEIVED

log = structlog.get_logger()

RECONNECT_AFTER = 1.0  # seconds
SWEEP_EVERY = 5.0  # seconds, for what became due, and for lanes that became free


async def receive(resources: Resources, fetcher: Fetcher) -> None:
    """Work off what was received, until cancelled; whatever goes wrong is waited for.

    Parameters:
        resources: of this worker.
        fetcher: asks other servers.
    """
    if not resources.config.federation.enabled:
        return
    drain = Drain(resources.database, fetcher, resources.config.site.domain, _count)
    try:
        await _for_ever(resources, drain)
    finally:
        await drain.stop()


async def _for_ever(resources: Resources, drain: Drain) -> None:
    while True:
        try:
            await _listen_and_work(resources, drain)
        except (StorageError, OSError) as error:
            log.warning("receiving_interrupted", error=error)
        except Exception:
            # A worker whose drain has ended would live on and take in nothing.
            log.exception("receiving_failed")
        HEARING.set(0)
        await asyncio.sleep(RECONNECT_AFTER)


async def _listen_and_work(resources: Resources, drain: Drain) -> None:
    heard = asyncio.Event()
    async with connected(resources.config) as connection:
        await connection.listen(CHANNEL, heard.set)
        shares = Shares(connection)
        HEARING.set(1)
        while not connection.lost.is_set():
            heard.clear()
            await shares.balance()
            with doing("receiving"):
                while shares.lanes and await drain.step(shares.lanes):
                    if connection.lost.is_set():
                        return
            await _first_of(heard, connection.lost, drain.fetched)


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=SWEEP_EVERY, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _count(kind: str, outcome: str) -> None:
    RECEIVED.labels(kind, outcome).inc()
