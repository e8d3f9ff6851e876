"""What groups communities: topics, made by the site's staff, and feeds, made by anybody; two statements each."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, Scope, as_seen_by, picture, scope_of
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_read
from service.forum.checks import is_id, storable
from service.forum.communities.columns import community_loader
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotFound
from service.forum.feeds.choices import FeedKind
from service.forum.feeds.shapes import FeedRow, TopicRow
from service.forum.local_names import is_named
from service.forum.notifications.rules import FEED, TOPIC
from service.forum.paging import Page, page_of, window
from service.forum.visibility import is_fit, readable_by
from service.language import _
from service.storage.rows import Loader, or_empty, or_false, or_long_ago, or_zero
from service.storage.statements import Id, literal_limit
from service.storage.tables import Community, Feed, FeedItem, FeedMember, NotificationSubscription, Topic

_ICON, _BANNER = picture("icon"), picture("banner")
_COMMUNITY = community_loader(_ICON)
_STANDS = Feed.banned.is_not(True)
FOLLOWED_SHOWN = 8  # beside a page


async def number_of_topics(db: AsyncConnection) -> int:
    """How many topics the site has."""
    return await db.scalar(select(func.count()).select_from(Topic)) or 0


async def topics(
    db: AsyncConnection, viewer: Viewer | None, *, with_communities: bool = True
) -> list[TopicRow]:
    """Return all topics by title, each with the communities in it that the viewer may read."""
    within = await _grouped(db, viewer, _in_topics(scope_of(viewer))) if with_communities else {}
    rows = await db.execute(select(*_TOPIC.columns).order_by(Topic.name, Topic.id), as_seen_by(viewer))
    return [_TOPIC.load(row, within.get(row.id, [])) for row in rows]


async def feeds(
    db: AsyncConnection, viewer: Viewer | None, *, mine_only: bool = False, with_communities: bool = True
) -> list[FeedRow]:
    """Return the public feeds and the viewer's own, by title, each with the communities that the viewer may read."""
    within = await _grouped(db, viewer, _in_feeds(scope_of(viewer))) if with_communities else {}
    statement = _feeds(mine_only).where(_STANDS)
    if viewer is None:
        statement = statement.where(Feed.nsfw.is_not(True), Feed.nsfl.is_not(True))
    rows = await db.execute(statement, as_seen_by(viewer))
    return [_FEED.load(row, within.get(row.id, [])) for row in rows]


async def followed_feeds(db: AsyncConnection, viewer: Viewer) -> list[FeedRow]:
    """Some feeds that the viewer follows or made, by title; their communities are not read."""
    return [_FEED.load(row, []) for row in await db.execute(_followed(), as_seen_by(viewer))]


async def directory(
    db: AsyncConnection, *, kind: FeedKind, text: str = "", page: int = 1, size: int = 50
) -> Page[FeedRow]:
    """A page of feeds for administrators, those with the most followers first; their communities are not read.

    Parameters:
        text: a part of the title or the name.
        page: from 1.
        size: feeds a page.
    """
    if not storable(text):
        return Page([], has_more=False)
    statement = _FEEDS.where(*_OF_KIND[kind])
    if text:
        named = (Feed.title, Feed.machine_name)
        statement = statement.where(or_(*(name.icontains(text, autoescape=True) for name in named)))
    ordered = statement.order_by(or_zero(Feed.subscriptions_count).desc(), Feed.id)
    rows = await db.execute(window(ordered, page, size), as_seen_by(None))
    return page_of((_FEED.load(row, []) for row in rows), size)


async def feed_by_id(
    db: AsyncConnection, viewer: Viewer | None, feed_id: int, *, deleted_too: bool = False
) -> FeedRow:
    """Return a feed that is public or the viewer's own, with the communities that the viewer may read.

    Parameters:
        deleted_too: a deleted one of the viewer's own, too.

    Raises:
        NotFound: there is none.
    """
    stands = or_(Feed.banned.is_not(True), Feed.user_id == VIEWER_ID) if deleted_too else _STANDS
    return await _one_feed(db, viewer, and_(stands, Feed.id == feed_id if is_id(feed_id) else false()))


async def feed_by_name(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> FeedRow:
    """Return the feed `name` here, or `name@host`; see `feed_by_id`.

    Parameters:
        domain: this site's.
    """
    if not storable(name):
        raise NotFound(_("This feed doesn't exist."))
    bare, _at, host = name.strip().removeprefix("~").partition("@")
    if not host or host.lower() == domain:
        return await _one_feed(db, viewer, and_(_STANDS, is_named(Feed, bare.lower())))
    return await _one_feed(db, viewer, and_(_STANDS, Feed.ap_id == f"{bare}@{host}".lower()))


async def _one_feed(db: AsyncConnection, viewer: Viewer | None, which: Any) -> FeedRow:
    row = (await db.execute(_feeds(False).where(which), as_seen_by(viewer))).first()
    if row is None:
        raise NotFound(_("This feed doesn't exist."))
    inside = _in_feeds(scope_of(viewer)).where(FeedItem.feed_id == row.id)
    return _FEED.load(row, (await _grouped(db, viewer, inside)).get(row.id, []))


def _is_watched(kind: int, entity_id: Id) -> ColumnElement[bool]:
    return exists().where(
        NotificationSubscription.user_id == VIEWER_ID,
        NotificationSubscription.type == kind,
        NotificationSubscription.entity_id == entity_id,
    )


_TOPIC = Loader(
    TopicRow,
    {
        "title": or_empty(Topic.name),
        "name": or_empty(Topic.machine_name),
        "parent_id": func.nullif(Topic.parent_id, 0),
        "communities_count": or_zero(Topic.num_communities),
        "shows_children": or_false(Topic.show_posts_in_children),
        "watched": _is_watched(TOPIC, Topic.id),
    },
    Topic,
)
_IS_MINE = Feed.user_id == VIEWER_ID
_FEED = Loader(
    FeedRow,
    {
        "title": or_empty(func.nullif(Feed.title, ""), Feed.machine_name),
        "name": or_empty(Feed.machine_name),
        "local": Feed.is_local,
        "domain": or_empty(Feed.ap_domain),
        "actor_id": or_empty(Feed.ap_public_url, Feed.ap_profile_id),
        "icon_url": address_read(_ICON),
        "banner_url": address_read(_BANNER),
        "edited_at": or_long_ago(Feed.last_edit, Feed.created_at),
        "parent_id": Feed.parent_feed_id,
        "site_wide": or_false(Feed.is_instance_feed),
        "shows_children": or_false(Feed.show_posts_in_children),
        "followers": or_zero(Feed.subscriptions_count),
        "communities_count": or_zero(Feed.num_communities),
        "mine": or_false(_IS_MINE),
        "followed": exists().where(FeedMember.feed_id == Feed.id, FeedMember.user_id == VIEWER_ID),
        "watched": _is_watched(FEED, Feed.id),
    },
    Feed,
)


_FEEDS: Any = (
    select(*_FEED.columns)
    .outerjoin(_ICON, _ICON.id == Feed.icon_id)
    .outerjoin(_BANNER, _BANNER.id == Feed.image_id)
)
_OF_KIND: dict[FeedKind, tuple[ColumnElement[bool], ...]] = {
    FeedKind.PUBLIC: (_STANDS, Feed.public.is_(True)),
    FeedKind.SITE_WIDE: (_STANDS, Feed.is_instance_feed.is_(True)),
    FeedKind.OWN: (_STANDS, Feed.public.is_not(True)),
    FeedKind.REMOVED: (Feed.banned.is_(True),),
}


@cache
def _feeds(mine_only: bool) -> Any:
    whose = _IS_MINE if mine_only else or_(Feed.public.is_(True), _IS_MINE)
    return _FEEDS.where(whose, is_fit(Feed)).order_by(Feed.title, Feed.id)


@cache
def _followed() -> Any:
    followed = select(FeedMember.feed_id).where(FeedMember.user_id == VIEWER_ID)
    return (
        _FEEDS.where(_STANDS, or_(Feed.id.in_(followed), _IS_MINE), is_fit(Feed))
        .order_by(Feed.title, Feed.id)
        .limit(literal_limit(FOLLOWED_SHOWN))
    )


@cache
def _in_topics(scope: Scope) -> Any:
    return _communities(scope, Community.topic_id).where(Community.topic_id.is_not(None))


@cache
def _in_feeds(scope: Scope) -> Any:
    return _communities(scope, FeedItem.feed_id).join(FeedItem, FeedItem.community_id == Community.id)


def _communities(scope: Scope, group: Any) -> Any:
    return (
        select(group, *_COMMUNITY.columns)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(Community.banned.is_not(True), readable_by(scope))
        .order_by(Community.title, Community.id)
    )


async def _grouped(
    db: AsyncConnection, viewer: Viewer | None, statement: Any
) -> dict[int, list[CommunityRow]]:
    groups: dict[int, list[CommunityRow]] = {}
    for group, *values in await db.execute(statement, as_seen_by(viewer)):
        groups.setdefault(group, []).append(_COMMUNITY.load(values))
    return groups
