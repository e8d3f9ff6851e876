"""Reads what communities and feeds of other servers had before somebody here found them."""

from service.federation.gathering import gather
from service.federation.history import History
from service.federation.intake.opening import neighbourhood
from service.federation.receive.missing import Finder
from service.lifecycle import Resources
from service.storage.outbox import Claimed

KINDS = ("HistoryRequested", "FeedFound")


async def read_history(resources: Resources, claimed: Claimed) -> None:
    """Bring what a community or feed has; each thing is stored by itself, and what is there stays as it is.

    Raises:
        Later: its server cannot be asked; the event is tried again.
    """
    config, database = resources.config, resources.database
    known = await neighbourhood(config, database, resources.outbound)
    finder = Finder(known.fetcher, database, config.site.domain)
    if claimed.kind == "FeedFound":
        await gather(database, known.fetcher, finder, int(claimed.payload["feed_id"]))
    else:
        await History(database, known.fetcher, finder).read(int(claimed.payload["community_id"]))
