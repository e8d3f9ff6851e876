"""Shows what was written in a community of another server before somebody of this site found it.

Its outbox is read once, four pages of it at most and fifty posts: Lemmy gives twenty in one page, PieFed fifty. Nobody
is told of what comes this way, and what is here already stays as it is.
"""

import time
from functools import partial
from typing import NamedTuple

import msgspec
import structlog
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.budget import Budget
from service.federation.errors import NotTheirs, Refused
from service.federation.fetch import Fetcher, Later
from service.federation.listing import Named, bring_listed, read_listed
from service.federation.origin import same_origin
from service.federation.receive.missing import Finder
from service.federation.vocabulary import Document, as_document, as_id, kind_of
from service.storage.tables import Community, CommunityMember, Post, User
from service.storage.transaction import Database

log = structlog.get_logger()

MOST_POSTS, MOST_PAGES = 50, 4
WRAPPING = {"Announce", "Create", "Update"}
FETCHES, SECONDS, BYTES = 200, 120.0, 20 * 1024 * 1024


class _Offered(NamedTuple):
    """The ids of posts in a collection, and whether that is all of it."""

    posts: list[str]
    is_all: bool


class History:
    """Reads outboxes; lives as long as the process.

    Parameters:
        database: where communities are known.
        fetcher: asks other servers.
        finder: stores what is found.
    """

    def __init__(self, database: Database, fetcher: Fetcher, finder: Finder) -> None:
        self._database = database
        self._fetcher = fetcher
        self._finder = finder

    async def read(self, community_id: int) -> int:
        """Bring a community's moderators, latest posts and what it features; return how many posts it offered.

        Raises:
            Later: its server cannot be asked at the moment.
            StorageError: the database is away.
        """
        async with self._database.read() as db:
            place = await _place(db, community_id)
        if place is None:
            return 0
        budget = Budget(fetches=FETCHES, bytes=BYTES, ends_at=time.monotonic() + SECONDS)
        await self._finder.introduce(place.id)
        await self._moderators(place.id, budget)
        featured = await self._offered(place.featured, place.id, budget)
        latest = await self._offered(place.outbox, place.id, budget)
        offered = list(dict.fromkeys((*featured.posts, *latest.posts)))
        for post in offered[:MOST_POSTS]:
            await bring_listed(self._finder, post, budget, via=place.id)
        await self._database.write(_pin, community_id, featured)
        return len(offered)

    async def _moderators(self, community: str, budget: Budget) -> None:
        """Learn who moderates a community: what they did there has to be believed."""
        group = (await self._finder.look_up([community])).group(community)
        if group is None:
            return
        try:
            await self._finder.moderators(group, budget)
        except Later:
            raise
        except Refused as refusal:
            log.info("moderators_not_read", reason=refusal.reason)

    async def _offered(self, url: str | None, community: str, budget: Budget) -> _Offered:
        """Return the posts in the first pages of a community's collection; none where it cannot be read."""
        if not url or not same_origin(url, community):
            return _Offered([], is_all=False)
        found = await read_listed(partial(self._page, url, budget), url, pages=MOST_PAGES)
        embedded = {as_id(item): item for item in found.items}
        posts = [_post_in(embedded.get(one, one)) for one in found.ids]
        return _Offered([post for post in posts if post is not None], is_all=found.is_all)

    async def _page(self, collection: str, budget: Budget, named: Named) -> Document:
        """Return a page that is named, or embedded, on the collection's own server."""
        if isinstance(named, str) and not same_origin(named, collection):
            raise NotTheirs("A collection goes on at its own server.")
        return await self._fetcher.document(named, budget) if isinstance(named, str) else named


class _Place(msgspec.Struct, frozen=True):
    """A community of another server: its id, and where it lists what was written in it."""

    id: str
    outbox: str | None
    featured: str | None


async def _place(db: AsyncConnection, community_id: int) -> _Place | None:
    """Return a community of another server that has not been closed here, and that gives what it has to this site."""
    member = exists().where(
        CommunityMember.community_id == Community.id, User.id == CommunityMember.user_id, User.is_local
    )
    row = (
        await db.execute(
            select(
                func.coalesce(Community.ap_public_url, Community.ap_profile_id),
                Community.ap_outbox_url,
                Community.ap_featured_url,
            ).where(
                Community.id == community_id,
                ~Community.is_local,
                Community.banned.is_not(True),
                or_(Community.private.is_not(True), member),
            )
        )
    ).first()
    return None if row is None else _Place(*row)


async def _pin(session: AsyncSession, community_id: int, featured: _Offered) -> None:
    """Pin what a community features, and nothing else of it where all that it features is known."""
    here = Post.community_id == community_id
    is_featured = Post.ap_id.in_(featured.posts)
    await session.execute(update(Post).where(here, is_featured, Post.sticky.is_not(True)).values(sticky=True))
    if featured.is_all:
        await session.execute(
            update(Post).where(here, ~is_featured, Post.sticky.is_(True)).values(sticky=False)
        )


def _post_in(item: Document | str) -> str | None:
    """Return the id of the post that an item is, or that it announces or creates, however deep that lies."""
    value: Document | str | None = item
    for _ in range(3):
        document = as_document(value)
        if document is None or kind_of(document) not in WRAPPING:
            return as_id(value)
        value = document.get("object")
    return as_id(value)
