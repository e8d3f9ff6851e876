"""Does at once, in the test's own process, what a worker would do a moment later."""

from service.lifecycle import Resources
from service.storage import outbox
from workers.events import run_event


async def work_off(resources: Resources) -> int:
    """Work on everything that is due; return how many events there were."""
    done = 0
    while True:
        async with resources.database.read() as db:
            events = await outbox.due(db, 100)
        if not events:
            return done
        for event in events:
            await run_event({"resources": resources}, event.id)
            done += 1
