"""Brings the communities of a feed of another server, once somebody here has found it."""

import structlog
from sqlalchemy import select

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.federation.fetch import Fetcher, Later
from service.federation.origin import same_origin
from service.federation.read.collections import collection_from
from service.federation.receive.known import Group
from service.federation.receive.missing import Finder
from service.forum.feeds.operations import add_items
from service.storage.tables import Feed
from service.storage.transaction import Database

log = structlog.get_logger()

MOST_COMMUNITIES = 100
FETCHES = 150


async def gather(database: Database, fetcher: Fetcher, finder: Finder, feed_id: int) -> None:
    """Read which communities stand in a feed, and let those stand in it here that can be had.

    Raises:
        Later: its server cannot be asked at the moment.
        StorageError: the database is away.
    """
    async with database.read() as db:
        statement = select(Feed.ap_public_url, Feed.ap_following_url).where(Feed.id == feed_id)
        row = (await db.execute(statement)).first()
    if row is None or not row[1] or not same_origin(row[0], row[1]):
        return
    budget = Budget(fetches=FETCHES)
    ids = await _listed(fetcher, row[1], budget)
    known = await finder.look_up(ids)
    for url in ids:
        if known.find(url) is None:
            await _bring(finder, url, budget)
    known = await finder.look_up(ids)
    found = [known.find(url) for url in ids]
    await database.write(add_items, feed_id, [one.id for one in found if isinstance(one, Group)])


async def _listed(fetcher: Fetcher, url: str, budget: Budget) -> list[str]:
    try:
        return list(collection_from(await fetcher.document(url, budget)).ids[:MOST_COMMUNITIES])
    except Later:
        raise
    except Refused as refusal:
        log.info("collection_not_read", reason=refusal.reason)
        return []


async def _bring(finder: Finder, url: str, budget: Budget) -> None:
    try:
        await finder.actor(url, budget)
    except Refused as refusal:
        log.info("community_not_had", reason=refusal.reason)
