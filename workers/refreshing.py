"""Asks anew for actors of other servers that are at work here and may have changed."""

from typing import Any

from service.federation.intake.opening import neighbourhood
from service.federation.receive.missing import Finder
from service.federation.refreshing import refresh_old
from service.lifecycle import Resources


async def refresh_actors(ctx: dict[str, Any]) -> int:
    """Ask for those whose turn it is; return how many there were."""
    resources: Resources = ctx["resources"]
    config, database = resources.config, resources.database
    if not config.federation.enabled:
        return 0
    known = await neighbourhood(config, database, resources.outbound)
    return await refresh_old(database, Finder(known.fetcher, database, config.site.domain))
