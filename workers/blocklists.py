"""Lists of blocks that other sites publish: each is read anew once an hour, a new one within a minute."""

from datetime import timedelta
from typing import Any

import structlog

from service.federation.asking import Unreadable
from service.federation.blocklists import published
from service.forum.instances import operations, queries
from service.forum.instances.rules import Lists
from service.forum.instances.shapes import FollowedSite
from service.lifecycle import Resources

log = structlog.get_logger()

EVERY = timedelta(hours=1)
AT_ONCE = 5  # lists; the others come a minute later


async def read_blocklists(ctx: dict[str, Any]) -> int:
    """Read the lists that are due; return how many changed something here."""
    resources: Resources = ctx["resources"]
    async with resources.database.read() as db:
        due = await queries.lists_to_read(db, older_than=EVERY, most=AT_ONCE)
        lists = await queries.read_lists(db) if due else Lists()
    changed = [await _read(resources, site, lists) for site in due]
    return sum(changed)


async def _read(resources: Resources, site: FollowedSite, lists: Lists) -> bool:
    """Take over one list; whether it changed something here. No connection is held while its site is asked."""
    write = resources.database.write
    if not lists.admit(site.domain):
        await write(operations.tell_problem, site.id, "This site doesn't communicate with that server.")
        return False
    try:
        entries = await published(resources.outbound, site.domain, site.software)
    except Unreadable as problem:
        log.info("blocklist_not_read", domain=site.domain, problem=str(problem))
        await write(operations.tell_problem, site.id, str(problem))
        return False
    own = resources.config.site.domain.partition(":")[0]
    came, went = await write(operations.take_over, site.id, entries, own_host=own)
    log.info("blocklist_read", domain=site.domain, came=came, went=went)
    return bool(came or went)
