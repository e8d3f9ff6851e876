"""Reads what was written in a community of another server before somebody here found it."""

from service.federation.history import History
from service.federation.intake.opening import neighbourhood
from service.federation.receive.missing import Finder
from service.lifecycle import Resources
from service.storage.outbox import Claimed

KINDS = ("HistoryRequested",)


async def read_history(resources: Resources, claimed: Claimed) -> None:
    """Bring the latest posts of a community; each is stored by itself, and those that are there stay as they are.

    Raises:
        Later: its server cannot be asked; the event is tried again.
    """
    config, database = resources.config, resources.database
    known = await neighbourhood(config, database, resources.outbound)
    finder = Finder(known.fetcher, database, config.site.domain)
    await History(database, known.fetcher, finder).read(int(claimed.payload["community_id"]))
