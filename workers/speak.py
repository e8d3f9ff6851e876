"""Speaking and delivering: what happened here is said in the log, and the log is taken to other servers.

Resident tasks of every worker: they claim from tables of their own, since a job a row would cost more than its work.
"""

import asyncio
from collections.abc import Callable

import structlog

from service.federation.deliver.courier import Courier
from service.federation.deliver.log import CHANNEL
from service.federation.deliver.takeover import take_over
from service.federation.speak.drain import drain
from service.lifecycle import Resources, open_deliveries
from service.storage.listen import listen
from service.storage.outbox import FEDERATION_CHANNEL
from service.storage.transaction import StorageError
from service.tasks import cancel
from workers.relay import first_of
from workers.telemetry import DELIVERIES, SAID

log = structlog.get_logger()

ROUND_EVERY = 1.0  # seconds; what is due by then needs nobody to say so
COME_BACK_AFTER = 1.0  # seconds
LETTERS_END_WITHIN = 3.0  # seconds; less than a worker gives its tasks to end


async def speak(resources: Resources, admits: Callable[[str], bool]) -> None:
    """Say what happened here and take it to other servers, until cancelled; whatever goes wrong is waited for.

    Parameters:
        resources: of this worker.
        admits: whether a host may be sent to.
    """
    async with open_deliveries(resources.config) as client:
        courier = Courier(
            resources.database,
            client,
            domain=resources.config.site.domain,
            admits=admits,
            votes_wait=resources.config.federation.votes_wait,
        )
        DELIVERIES.watch(courier)
        carrying = asyncio.create_task(courier.carrier.run(), name="carry")
        try:
            while True:
                await _listen_and_speak(resources, courier)
                await asyncio.sleep(COME_BACK_AFTER)
        finally:
            await cancel(carrying)
            await _end(courier)


async def say_what_waits(resources: Resources) -> int:
    """Say all that waits to be said; return how many events that were.

    Raises:
        StorageError: the database cannot be reached; what waits is found again.
    """
    config, events = resources.config, 0
    while True:
        drained = await resources.database.write(drain, config.site.domain, speaks=config.federation.enabled)
        SAID.labels("said").inc(drained.events)
        SAID.labels("failed").inc(drained.failed)
        events += drained.events
        if not drained.events:
            return events


async def take_over_what_is_left(resources: Resources) -> None:
    """Take over what PieFed had still to send, if it ran on this database."""
    count = 0
    while more := await resources.database.write(take_over, resources.config.site.domain):
        count += more
    if count:
        log.info("send_queue_taken_over", rows=count)


async def _listen_and_speak(resources: Resources, courier: Courier) -> None:
    heard = asyncio.Event()
    try:
        async with listen(resources.config, (FEDERATION_CHANNEL, CHANNEL), heard.set) as lost:
            await courier.renew_first()
            if resources.config.federation.enabled:
                await take_over_what_is_left(resources)
            while not lost.is_set():
                heard.clear()
                await say_what_waits(resources)
                if resources.config.federation.enabled:
                    await courier.round()
                await first_of(heard, lost, seconds=ROUND_EVERY)
    except (StorageError, OSError) as error:
        log.warning("speaking_interrupted", error=error)
    except Exception:
        log.exception("speaking_failed")  # a worker that has fallen silent would live on and say nothing


async def _end(courier: Courier) -> None:
    try:
        await courier.stop(LETTERS_END_WITHIN)
    except (StorageError, OSError) as error:
        log.warning("lines_not_saved", error=error)
