"""Reads what communities and feeds of other servers had before somebody here found them, and follows who moved."""

from service.federation.discussions import read_discussion
from service.federation.gathering import gather
from service.federation.history import History
from service.federation.intake.opening import neighbourhood
from service.federation.lookup import Lookup
from service.federation.moving import follow_move
from service.federation.receive.missing import Finder
from service.federation.webfinger import WebFinger
from service.federation.wishes import grant
from service.forum.events import (
    ActorMoved,
    DiscussionFound,
    FeedFound,
    HistoryRequested,
    WishImported,
    event_of,
)
from service.lifecycle import Resources
from service.storage.outbox import Claimed

KINDS = ("HistoryRequested", "FeedFound", "DiscussionFound", "ActorMoved", "WishImported")


async def read_history(resources: Resources, claimed: Claimed) -> None:
    """Bring what a community or feed has; each thing is stored by itself, and what is there stays as it is.

    Raises:
        Later: its server cannot be asked; the event is tried again.
    """
    config, database = resources.config, resources.database
    known = await neighbourhood(config, database, resources.outbound)
    finder = Finder(known.fetcher, database, config.site.domain)
    match event_of(claimed.kind, claimed.payload):
        case FeedFound(feed_id=feed_id):
            await gather(database, known.fetcher, finder, feed_id)
        case HistoryRequested(community_id=community_id):
            await History(database, known.fetcher, finder).read(community_id)
        case DiscussionFound(url=url):
            await read_discussion(known.fetcher, finder, url)
        case WishImported() as event:
            webfinger, domain = WebFinger(resources.outbound), config.site.domain
            lookup = Lookup(webfinger, known.fetcher, finder, database, domain)
            await grant(database, lookup, event, domain=domain)
        case ActorMoved() as event:
            await follow_move(database, known.fetcher, finder, event)
