"""Figures that have drifted from what they count, and counting them anew while the site goes on."""

from collections import Counter as Tally

from service.config import Config
from service.doctor.findings import Finding
from service.doctor.opened import opened
from service.forum.counters import UNREAD, drifted, drifted_unread, mend, mend_unread
from service.storage.transaction import StorageError

SUBJECT = "counters"


async def look_at_counters(config: Config, *, repair: bool) -> Finding:
    """Compare every figure with what it counts, some thousand rows in each statement.

    Parameters:
        config: the whole configuration; PostgreSQL has answered, and its schema is current.
        repair: count anew what has drifted.
    """
    found: Tally[str] = Tally()
    try:
        async with opened(config) as database:
            async for counter, ids in drifted(database):
                found[counter.name.replace('"', "")] += len(ids)
                if repair:
                    await mend(database, counter, ids)
            async with database.read() as db:
                unread = await drifted_unread(db)
            if unread:
                found[UNREAD] += len(unread)
            if repair:
                await mend_unread(database, unread)
    except StorageError as error:
        return Finding(SUBJECT, False, str(error), "pieloop doctor --counters, again")
    words = ", ".join(f"{name} ({count})" for name, count in found.items())
    if not words:
        return Finding(SUBJECT, True, "every counter is correct")
    if repair:
        return Finding(SUBJECT, True, f"recounted: {words}")
    return Finding(SUBJECT, False, f"drifted: {words}", "pieloop doctor --counters --repair")
