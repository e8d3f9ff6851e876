"""Brings the communities of a feed of another server, once somebody here has found it or it has changed.

Source: PieFed's feeds, and the communities of several that Lemmy calls multi-communities.
"""

from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.federation.fetch import Fetcher
from service.federation.listing import read_listed
from service.federation.origin import same_origin
from service.federation.receive.missing import Finder
from service.forum.feeds.operations import add_items, remove_items
from service.storage.tables import Feed, FeedItem
from service.storage.transaction import Database

log = structlog.get_logger()

MOST_COMMUNITIES = 100
FETCHES = 150


async def gather(database: Database, fetcher: Fetcher, finder: Finder, feed_id: int) -> None:
    """Read which communities stand in a feed, and let those stand in it here that can be had, and no others.

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
    listed = await read_listed(partial(fetcher.document, budget=budget), row[1])
    ids = listed.ids[:MOST_COMMUNITIES]
    known = await finder.look_up(ids)
    for url in ids:
        if known.find(url) is None:
            await _bring(finder, url, budget)
    known = await finder.look_up(ids)
    found = [one.id for one in map(known.group, ids) if one is not None]
    is_all = listed.is_all and len(listed.ids) <= MOST_COMMUNITIES
    await database.write(_fill, feed_id, found, is_all=is_all)


async def _fill(session: AsyncSession, feed_id: int, community_ids: list[int], *, is_all: bool) -> None:
    """Let communities stand in a feed; where these are all of them, the others go."""
    await add_items(session, feed_id, community_ids)
    if is_all:
        stand = await session.scalars(select(FeedItem.community_id).where(FeedItem.feed_id == feed_id))
        await remove_items(session, feed_id, {one for one in stand if one} - set(community_ids))


async def _bring(finder: Finder, url: str, budget: Budget) -> None:
    try:
        await finder.actor(url, budget)
    except Refused as refusal:
        log.info("community_not_had", reason=refusal.reason)
