"""What groups communities: topics, made by the site's staff, and feeds, made by anybody; two statements each."""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.columns import VIEWER_ID, Scope, as_seen_by, picture, scope_of
from service.forum.accounts.rules import is_id, storable
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of, address_sql
from service.forum.communities.columns import community_loader
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotFound
from service.forum.feeds.rules import actor_url
from service.forum.visibility import is_fit, readable_by
from service.storage.clock import EPOCH
from service.storage.tables import Community, Feed, FeedItem, FeedMember, Topic

_ICON, _BANNER = picture("icon"), picture("banner")
_COMMUNITY = community_loader(_ICON)
_STANDS = Feed.banned.is_not(True)


class TopicRow(msgspec.Struct, frozen=True):
    """A topic, perhaps below another, with the communities in it."""

    id: int
    title: str
    name: str
    parent_id: int | None
    communities_count: int
    shows_children: bool
    communities: list[CommunityRow]


class FeedRow(msgspec.Struct, frozen=True):
    """A collection of communities, perhaps below another.

    Attributes:
        mine: The viewer made it.
        followed: The viewer follows it.
        site_wide: The site shows it in its menu.
    """

    id: int
    user_id: int
    title: str
    name: str
    description: str
    description_html: str
    nsfw: bool
    nsfl: bool
    public: bool
    local: bool
    domain: str
    actor_id: str
    icon_url: str | None
    banner_url: str | None
    created_at: datetime
    edited_at: datetime
    parent_id: int | None
    site_wide: bool
    shows_children: bool
    followers: int
    communities_count: int
    mine: bool
    followed: bool
    communities: list[CommunityRow]


async def topics(
    db: AsyncConnection, viewer: Viewer | None, *, with_communities: bool = True
) -> list[TopicRow]:
    """Return all topics by title, each with the communities in it that the viewer may read."""
    within = await _grouped(db, viewer, _in_topics(scope_of(viewer))) if with_communities else {}
    rows = await db.execute(select(Topic).with_only_columns(*_TOPIC).order_by(Topic.name, Topic.id))
    return [
        TopicRow(
            row.id,
            row.name or "",
            row.machine_name or "",
            row.parent_id or None,
            row.num_communities or 0,
            bool(row.show_posts_in_children),
            within.get(row.id, []),
        )
        for row in rows
    ]


async def feeds(
    db: AsyncConnection, viewer: Viewer | None, *, mine_only: bool = False, with_communities: bool = True
) -> list[FeedRow]:
    """Return the public feeds and the viewer's own, by title, each with the communities that the viewer may read."""
    within = await _grouped(db, viewer, _in_feeds(scope_of(viewer))) if with_communities else {}
    statement = _feeds(mine_only).where(_STANDS)
    if viewer is None:
        statement = statement.where(Feed.nsfw.is_not(True), Feed.nsfl.is_not(True))
    rows = await db.execute(statement, as_seen_by(viewer))
    return [_feed_row(row, within.get(row.id, [])) for row in rows]


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
        raise NotFound("There is no such feed.")
    bare, _, host = name.strip().removeprefix("~").partition("@")
    if not host or host.lower() == domain:
        return await _one_feed(db, viewer, and_(_STANDS, Feed.ap_profile_id == actor_url(domain, bare)))
    return await _one_feed(db, viewer, and_(_STANDS, Feed.ap_id == f"{bare}@{host}".lower()))


async def _one_feed(db: AsyncConnection, viewer: Viewer | None, which: Any) -> FeedRow:
    row = (await db.execute(_feeds(False).where(which), as_seen_by(viewer))).first()
    if row is None:
        raise NotFound("There is no such feed.")
    inside = _in_feeds(scope_of(viewer)).where(FeedItem.feed_id == row.id)
    return _feed_row(row, (await _grouped(db, viewer, inside)).get(row.id, []))


_TOPIC = (
    Topic.id,
    Topic.name,
    Topic.machine_name,
    Topic.parent_id,
    Topic.num_communities,
    Topic.show_posts_in_children,
)


@cache
def _feeds(mine_only: bool) -> Any:
    is_mine = Feed.user_id == VIEWER_ID
    followed = exists().where(FeedMember.feed_id == Feed.id, FeedMember.user_id == VIEWER_ID)
    return (
        select(
            Feed.id,
            func.coalesce(Feed.user_id, 0).label("user_id"),
            Feed.title,
            Feed.machine_name,
            Feed.description,
            Feed.description_html,
            Feed.nsfw,
            Feed.nsfl,
            Feed.public,
            (func.coalesce(Feed.instance_id, LOCAL_INSTANCE) == LOCAL_INSTANCE).label("local"),
            Feed.ap_domain,
            func.coalesce(Feed.ap_public_url, Feed.ap_profile_id).label("actor_id"),
            address_sql(_ICON.file_path, _ICON.thumbnail_path, _ICON.source_url).label("icon"),
            address_sql(_BANNER.file_path, _BANNER.thumbnail_path, _BANNER.source_url).label("banner"),
            Feed.created_at,
            Feed.last_edit,
            Feed.parent_feed_id,
            Feed.is_instance_feed,
            Feed.show_posts_in_children,
            Feed.subscriptions_count,
            Feed.num_communities,
            followed.label("followed"),
            is_mine.label("mine"),
        )
        .outerjoin(_ICON, _ICON.id == Feed.icon_id)
        .outerjoin(_BANNER, _BANNER.id == Feed.image_id)
        .where(is_mine if mine_only else or_(Feed.public.is_(True), is_mine), is_fit(Feed))
        .order_by(Feed.title, Feed.id)
    )


def _feed_row(row: Any, communities: list[CommunityRow]) -> FeedRow:
    return FeedRow(
        id=row.id,
        user_id=row.user_id,
        title=row.title or row.machine_name or "",
        name=row.machine_name or "",
        description=row.description or "",
        description_html=row.description_html or "",
        nsfw=bool(row.nsfw),
        nsfl=bool(row.nsfl),
        public=bool(row.public),
        local=row.local,
        domain=row.ap_domain or "",
        actor_id=row.actor_id or "",
        icon_url=address_of(row.icon) or None,
        banner_url=address_of(row.banner) or None,
        created_at=row.created_at or EPOCH,
        edited_at=row.last_edit or row.created_at or EPOCH,
        parent_id=row.parent_feed_id,
        site_wide=bool(row.is_instance_feed),
        shows_children=bool(row.show_posts_in_children),
        followers=row.subscriptions_count or 0,
        communities_count=row.num_communities or 0,
        mine=bool(row.mine),
        followed=bool(row.followed),
        communities=communities,
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
