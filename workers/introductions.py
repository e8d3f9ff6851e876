"""Gets to know other servers: one that is new within a minute, the others again once a week."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.federation.intake.opening import Neighbourhood, neighbourhood
from service.federation.introductions import introduction_of
from service.federation.receive import actors
from service.federation.receive.missing import Finder
from service.forum.instances.queries import instances_to_meet
from service.lifecycle import Resources

log = structlog.get_logger()

AGAIN_AFTER, AFTER_SILENCE = timedelta(days=7), timedelta(days=1)
AT_ONCE = 10  # servers; the others come a minute later


async def meet_instances(ctx: dict[str, Any]) -> int:
    """Ask the servers whose turn it is what they run and who administers them; return how many were asked."""
    resources: Resources = ctx["resources"]
    if not resources.config.federation.enabled:
        return 0
    async with resources.database.read() as db:
        hosts = await instances_to_meet(db, older_than=AGAIN_AFTER, silent_for=AFTER_SILENCE, most=AT_ONCE)
    if not hosts:
        return 0
    known = await neighbourhood(resources.config, resources.database, resources.outbound)
    await asyncio.gather(*(_meet(resources, known, host) for host in hosts if known.admission(host)))
    return len(hosts)


async def _meet(resources: Resources, known: Neighbourhood, host: str) -> None:
    found = await introduction_of(resources.outbound, host)
    finder = Finder(known.fetcher, resources.database, resources.config.site.domain)
    for administrator in found.administrators:
        try:
            await finder.actor(administrator, Budget())
        except Refused as refusal:
            log.info("administrator_not_had", host=host, reason=refusal.reason)
    write = resources.database.write
    await write(actors.note_software, host, found.software, found.version, found.nodeinfo)
    await write(actors.note_administrators, host, list(found.administrators))
