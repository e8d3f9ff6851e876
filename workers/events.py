"""Works on one event of the outbox: claim, do what takes time, then write the effect and delete the row together."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.events import FORMER_KINDS
from service.lifecycle import Resources
from service.logs import described
from service.storage import outbox
from service.telemetry.watchdog import doing
from workers.history import read_history
from workers.keys import make_keys
from workers.mail import send_letter
from workers.media import work_on_media
from workers.moderate import moderate
from workers.notify import tell_people, wake_streams
from workers.telemetry import DONE, EVENTS, FAILED, INTERRUPTED, SECONDS

Effect = Callable[[AsyncSession], Awaitable[Any]]
Consumer = Callable[[Resources, outbox.Claimed], Awaitable[Effect | None]]

log = structlog.get_logger()

# A topic's consumer does the slow part without a connection and returns what is to be written, or None.
CONSUMERS: dict[str, Consumer] = {
    "mail": send_letter,
    "history": read_history,
    "keys": make_keys,
    "media": work_on_media,
    "moderate": moderate,
    "notify": tell_people,
}

# What follows the effect once it is committed, with what it returned; may be lost, so it must not matter much.
AFTERWARDS: dict[str, Callable[[Resources, Any], Awaitable[None]]] = {"notify": wake_streams}

CLAIM_MARGIN = 5  # seconds beyond the job's own time limit: to write down that it was reached


async def run_event(ctx: dict[str, Any], event_id: int) -> None:
    """Work on one event; whatever fails is written to its row and tried again later, and blocks no other.

    Parameters:
        ctx: arq's context; holds this process's resources.
        event_id: the row in the outbox.
    """
    resources: Resources = ctx["resources"]
    seconds = resources.config.worker.job_timeout
    claimed = await resources.database.write(outbox.claim, event_id, seconds + CLAIM_MARGIN)
    if claimed is None:
        return
    claimed = msgspec.structs.replace(claimed, kind=FORMER_KINDS.get(claimed.kind, claimed.kind))
    begun = time.monotonic()
    outcome = FAILED
    try:
        with doing(f"{claimed.topic} {claimed.kind}"):
            async with asyncio.timeout(seconds):
                effect = await CONSUMERS[claimed.topic](resources, claimed)
                result = await resources.database.write(finish, claimed.id, effect)
        if claimed.topic in AFTERWARDS and result:
            await AFTERWARDS[claimed.topic](resources, result)
        outcome = DONE
    except Exception as error:
        log.warning(
            "event_failed", id=claimed.id, kind=claimed.kind, attempt=claimed.attempts, exc_info=error
        )
        await resources.database.write(outbox.fail, claimed, described(error))
    except BaseException:
        # The worker is stopping: another one may begin at once.
        outcome = INTERRUPTED
        await resources.database.write(outbox.release, claimed)
        raise
    finally:
        EVENTS.labels(claimed.topic, outcome).inc()
        SECONDS.labels(claimed.topic).observe(time.monotonic() - begun)


async def finish(session: AsyncSession, event_id: int, effect: Effect | None) -> Any:
    """Delete the row and write the effect, unless another worker has done so; return what the effect returned."""
    if await outbox.done(session, event_id) and effect is not None:
        return await effect(session)
    return None


def job_id(event_id: int, attempts: int) -> str:
    """Return the id under which Redis knows an attempt, so that waking it twice runs it once."""
    return f"ob:{event_id}:{attempts}"
