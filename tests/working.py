"""Does at once, in the test's own process, what a worker would do a moment later."""

from datetime import timedelta

from service.lifecycle import Resources
from service.storage import outbox
from service.storage.clock import utcnow
from service.storage.tables import ClockReading
from workers.events import run_event


async def work_off(resources: Resources) -> int:
    """Work on everything that is due; return how many events there were."""
    done = 0
    while True:
        async with resources.database.read() as db:
            events = await outbox.due(db, 100, 60)
        if not events:
            return done
        for event in events:
            await run_event({"resources": resources}, event.id)
            done += 1


async def trust_the_clock(resources: Resources) -> None:
    """Let what is deleted by its date be deleted: the clock has been seen to go right for long enough."""
    now = utcnow()
    reading = ClockReading(id=1, seen_at=now, steady_since=now - timedelta(hours=1))
    await resources.database.write(lambda session: session.merge(reading))
