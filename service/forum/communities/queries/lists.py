"""Lists of communities: searched and ordered, and those that somebody joined, moderates or does not want to see."""

from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import Visibility
from service.forum.accounts.columns import VIEWER_ID, WANTED, Scope, as_seen_by, picture, scope_of
from service.forum.accounts.viewer import Viewer
from service.forum.checks import storable
from service.forum.communities.choices import CommunitySort
from service.forum.communities.columns import community_loader
from service.forum.communities.queries.details import IS_MEMBER, IS_MINE, MINE, detail_loader, details
from service.forum.communities.roles import moderates
from service.forum.communities.shapes import CommunityPage, CommunityRow
from service.forum.feeds.choices import Listing
from service.forum.visibility import is_fit, readable_by
from service.storage.clock import utcnow
from service.storage.statements import among, literal_limit
from service.storage.tables import (
    Community,
    CommunityBlock,
    CommunityMember,
    InstanceBlock,
    Post,
    ReadPost,
)

MOST_USED = 16  # communities beside a page
OPENED_OF_LATE = 200  # posts
_ICON = picture("icon")
_COMMUNITY = community_loader(_ICON)


async def listing(
    db: AsyncConnection,
    viewer: Viewer | None,
    *,
    which: Listing = Listing.ALL,
    sort: CommunitySort = CommunitySort.ACTIVE,
    text: str = "",
    show_nsfw: bool = False,
    page: int = 1,
    size: int = 20,
) -> CommunityPage:
    """A page of communities, in one statement.

    Parameters:
        which: all, those of this site, popular ones, or those that the viewer joined or moderates.
        text: part of the name, title or address.
        show_nsfw: show those too that the viewer hides; strangers see none in any case.
        page: from 1.
        size: communities a page.
    """
    if not storable(text):
        return CommunityPage([], has_more=False)
    scope = scope_of(viewer)
    hides_nsfw = viewer is None or (viewer.hide_nsfw == Visibility.HIDE and not show_nsfw)
    hides_nsfl = viewer is None or (viewer.hide_nsfl == Visibility.HIDE and not show_nsfw)
    statement = _list_statement(scope, which, sort, bool(text), hides_nsfw, hides_nsfl, page, size)
    values = as_seen_by(viewer, now=utcnow(), text=_pattern(text), address=_pattern(text.removeprefix("!")))
    load = detail_loader(scope).load
    found = [load(row) for row in await db.execute(statement, values)]
    return CommunityPage(found[:size], len(found) > size)


async def subscriptions(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer has joined, by title."""
    return [_COMMUNITY.load(row) for row in await db.execute(_joined(), as_seen_by(viewer))]


async def most_used(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """Some communities that the viewer has joined: those whose posts they opened most of late, then the last joined."""
    return [_COMMUNITY.load(row) for row in await db.execute(_most_used(), as_seen_by(viewer))]


async def moderated(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer moderates, by title."""
    return sorted(await moderated_by(db, viewer, viewer.id), key=attrgetter("title"))


async def moderated_by(db: AsyncConnection, viewer: Viewer | None, account_id: int) -> list[CommunityRow]:
    """The communities that an account moderates, as far as the viewer may see them, those of the longest time first."""
    rows = await db.execute(_moderated_by(scope_of(viewer)), as_seen_by(viewer, wanted=account_id))
    return [_COMMUNITY.load(row) for row in rows]


async def blocked(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer could see and does not want to, by title."""
    return [_COMMUNITY.load(row) for row in await db.execute(_blocked(scope_of(viewer)), as_seen_by(viewer))]


@lru_cache(maxsize=256)
def _list_statement(
    scope: Scope,
    which: Listing,
    sort: CommunitySort,
    searches: bool,
    hides_nsfw: bool,
    hides_nsfl: bool,
    page: int,
    size: int,
) -> Select[Any]:
    picked = (
        select(Community.id)
        .outerjoin(MINE, IS_MINE)
        .where(
            Community.banned.is_not(True),
            readable_by(scope),
            is_fit(Community),
            _belongs_to(which, scope),
            *_viewer_filters(scope, hides_nsfw, hides_nsfl),
        )
        .order_by(*_ORDERS[sort])
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    if searches:
        text, address = bindparam("text", type_=String()), bindparam("address", type_=String())
        picked = picked.where(
            or_(Community.title.ilike(text), Community.name.ilike(text), Community.ap_id.ilike(address)),
            Community.searchable.is_not(False),
        )
    # All of them are looked through for a page, but only those on it are read with what stands beside them.
    return details(scope).where(among(Community.id, picked.correlate(None))).order_by(*_ORDERS[sort])


def _pattern(text: str) -> str:
    """What LIKE finds the text with, anywhere: the statement is made once, and `autoescape` takes no parameter."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


@lru_cache
def _joined() -> Select[Any]:
    return _cards().where(
        CommunityMember.user_id == VIEWER_ID,
        CommunityMember.is_banned.is_not(True),
        Community.banned.is_not(True),
    )


@lru_cache
def _most_used() -> Select[Any]:
    opened = (
        select(ReadPost.read_post_id)
        .where(ReadPost.user_id == VIEWER_ID)
        .order_by(ReadPost.read_post_id.desc())
        .limit(literal_limit(OPENED_OF_LATE))
        .cte("opened")
    )
    used = (
        select(Post.community_id, func.count().label("times"))
        .join(opened, opened.c.read_post_id == Post.id)
        .group_by(Post.community_id)
        .cte("used")
    )
    return (
        _cards()
        .outerjoin(used, used.c.community_id == Community.id)
        .where(
            CommunityMember.user_id == VIEWER_ID,
            CommunityMember.is_banned.is_not(True),
            Community.banned.is_not(True),
        )
        .order_by(None)
        .order_by(used.c.times.desc().nulls_last(), CommunityMember.created_at.desc(), Community.id)
        .limit(literal_limit(MOST_USED))
    )


@lru_cache
def _moderated_by(scope: Scope) -> Select[Any]:
    found = _cards().where(
        CommunityMember.user_id == WANTED,
        moderates(),
        Community.banned.is_not(True),
        readable_by(scope),
    )
    return found.order_by(None).order_by(CommunityMember.created_at, Community.id)


def _cards() -> Select[Any]:
    return (
        select(*_COMMUNITY.columns)
        .join(CommunityMember, CommunityMember.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .order_by(Community.title, Community.id)
    )


@lru_cache
def _blocked(scope: Scope) -> Select[Any]:
    return (
        select(*_COMMUNITY.columns)
        .join(CommunityBlock, CommunityBlock.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(CommunityBlock.user_id == VIEWER_ID, readable_by(scope))
        .order_by(Community.title, Community.id)
    )


def _belongs_to(which: Listing, scope: Scope) -> ColumnElement[bool]:
    if which is Listing.ALL:
        return true()
    if which is Listing.LOCAL:
        return and_(Community.is_local)
    if which is Listing.POPULAR:
        return Community.show_popular.is_not(False)
    if scope == "anybody":
        return false()
    return IS_MEMBER if which is Listing.SUBSCRIBED else moderates(MINE)


def _viewer_filters(scope: Scope, hides_nsfw: bool, hides_nsfl: bool) -> list[ColumnElement[bool]]:
    """What the viewer does not want to see in a list."""
    filters: list[ColumnElement[bool]] = []
    if hides_nsfw:
        filters.append(Community.nsfw.is_not(True))
    if hides_nsfl:
        filters.append(Community.nsfl.is_not(True))
    if scope != "anybody":
        block, instance_block = CommunityBlock, InstanceBlock
        filters.append(~exists().where(block.community_id == Community.id, block.user_id == VIEWER_ID))
        filters.append(
            ~exists().where(
                instance_block.instance_id == Community.instance_id, instance_block.user_id == VIEWER_ID
            )
        )
    return filters


_ORDERS: dict[CommunitySort, tuple[ColumnElement[Any], ...]] = {
    CommunitySort.ACTIVE: (Community.last_active.desc().nulls_last(), Community.id.asc()),
    CommunitySort.MEMBERS: (
        func.coalesce(Community.total_subscriptions_count, Community.subscriptions_count, 0).desc(),
        Community.id.asc(),
    ),
    CommunitySort.POSTS: (func.coalesce(Community.post_count, 0).desc(), Community.id.asc()),
    CommunitySort.NEW: (Community.created_at.desc().nulls_last(), Community.id.asc()),
    CommunitySort.OLD: (Community.created_at.asc().nulls_first(), Community.id.asc()),
}
