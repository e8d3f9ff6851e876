"""Reads of communities: a page's head, lists, standing, members and bans. All within what the viewer may see."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.choices import Visibility
from service.forum.accounts.columns import (
    AUTHOR_WIDTH,
    NOW,
    VIEWER_ID,
    WANTED,
    Scope,
    as_seen_by,
    author_columns,
    author_row,
    picture,
    scope_of,
)
from service.forum.accounts.rules import is_id, storable
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of, address_sql
from service.forum.communities.choices import CommunitySort
from service.forum.communities.columns import (
    COMMUNITY_WIDTH,
    community_columns,
    community_from,
)
from service.forum.communities.rules import actor_url, may_moderate
from service.forum.errors import Forbidden, NotFound
from service.forum.feeds.choices import Listing
from service.forum.flairs.queries import flair_rows, flairs_of_community
from service.forum.posts.shapes import AuthorRow, CommunityRow, FlairRow
from service.forum.visibility import is_fit, readable_by, visible_to
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityBlock,
    CommunityJoinRequest,
    CommunityLanguage,
    CommunityMember,
    InstanceBlock,
    NotificationSubscription,
    User,
)

# notification_subscription.type of "new posts in this community".
_NOTIFY_COMMUNITY = 1

_ICON, _BANNER, _AVATAR = picture("icon"), picture("banner"), picture("avatar")
_MINE = aliased(CommunityMember, name="mine")
_IS_MEMBER = and_(_MINE.user_id.is_not(None), _MINE.is_banned.is_not(True))
_BANNED_BY, _BANNED_BY_AVATAR = aliased(User, name="banned_by"), picture("banned_by_avatar")


class CommunityMine(msgspec.Struct, frozen=True, gc=False):
    """What a community is to the viewer. For an anonymous one everything is false.

    Attributes:
        pending: The viewer asked to join and waits.
        blocked: The viewer does not want to see it.
        notify: The viewer asked to hear of new posts.
    """

    member: bool = False
    pending: bool = False
    moderator: bool = False
    owner: bool = False
    banned: bool = False
    blocked: bool = False
    notify: bool = False


NOT_MINE = CommunityMine()


class CommunityDetail(msgspec.Struct, frozen=True):
    """A community with its texts and figures.

    Attributes:
        profile_id: The unique identifier (lower case for local communities).
        subscribers: Members on this site; `total_subscribers`: anywhere.
        active_day, active_week, active_month, active_half_year: People who were active in it in that time.
        new_mods_wanted: The moderators look for company.
        invitations: One of the JOIN_ values of the rules.
        flairs: The labels that it offers for posts.
    """

    community: CommunityRow
    profile_id: str
    description: str
    description_html: str
    rules: str
    posting_warning: str
    banner_url: str | None
    subscribers: int
    total_subscribers: int
    post_count: int
    comment_count: int
    active_day: int
    active_week: int
    active_month: int
    active_half_year: int
    last_active: datetime
    new_mods_wanted: bool
    invitations: int
    topic_id: int | None
    flairs: tuple[FlairRow, ...]
    mine: CommunityMine = NOT_MINE


class Moderator(msgspec.Struct, frozen=True):
    """A moderator of a community; `owner` if the community is theirs."""

    person: AuthorRow
    owner: bool


class CommunityHead(msgspec.Struct, frozen=True):
    """What stands above and beside the posts of a community."""

    detail: CommunityDetail
    moderators: list[Moderator]
    language_ids: tuple[int, ...]


class CommunityPage(msgspec.Struct, frozen=True):
    """A page of communities.

    Attributes:
        has_more: Whether there is a following page.
    """

    communities: list[CommunityDetail]
    has_more: bool


class MemberBan(msgspec.Struct, frozen=True):
    """A person banned from a community.

    Attributes:
        banned_by: None where their account is gone.
        until: None for ever; a ban that has run out stays on the list.
    """

    person: AuthorRow
    banned_by: AuthorRow | None
    reason: str
    created_at: datetime | None
    until: datetime | None


class BanPage(msgspec.Struct, frozen=True):
    """A page of the bans from a community, the latest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    community: CommunityRow
    bans: list[MemberBan]
    has_more: bool


async def by_name(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> CommunityDetail:
    """The community `name` here, or `name@host`.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: there is none, it was deleted, or it is private and not the viewer's.
    """
    if not storable(name):
        raise NotFound
    bare, _, host = name.strip().removeprefix("!").partition("@")
    if not host or host.lower() == domain:
        return await _one(db, viewer, "ap_profile_id", actor_url(domain, bare))
    return await _one(db, viewer, "ap_id", f"{bare}@{host}".lower())


async def by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityDetail:
    """The community of this id, or NotFound as in `by_name`."""
    if not is_id(community_id):
        raise NotFound("There is no such community here.", code="no_such_community")
    return await _one(db, viewer, "id", community_id)


async def head(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> CommunityHead:
    """A community by name with its moderators and languages; raises NotFound as `by_name`."""
    return await _head(db, await by_name(db, viewer, name, domain=domain))


async def head_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityHead:
    """A community by id with its moderators and languages; raises NotFound as `by_name`."""
    return await _head(db, await by_id(db, viewer, community_id))


async def head_of_left(db: AsyncConnection, viewer: Viewer, community_id: int) -> CommunityHead:
    """A community that the viewer has left this moment, though they may read it no more."""
    return await _head(db, await _one(db, viewer, "id", community_id, scope="staff"))


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
    found = [_detail(row) for row in await db.execute(statement, values)]
    return CommunityPage(found[:size], len(found) > size)


async def subscriptions(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer has joined, by title."""
    return [community_from(row) for row in await db.execute(_joined(), as_seen_by(viewer))]


async def moderated(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer moderates, by title."""
    return await moderated_by(db, viewer, viewer.id)


async def moderated_by(db: AsyncConnection, viewer: Viewer | None, account_id: int) -> list[CommunityRow]:
    """The communities that an account moderates, as far as the viewer may see them, by title."""
    rows = await db.execute(_moderated_by(scope_of(viewer)), as_seen_by(viewer, wanted=account_id))
    return [community_from(row) for row in rows]


async def blocked(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer could see and does not want to, by title."""
    return [community_from(row) for row in await db.execute(_blocked(scope_of(viewer)), as_seen_by(viewer))]


async def moderators(db: AsyncConnection, community_id: int) -> list[Moderator]:
    """The moderators of a community, owners first, then by seniority."""
    rows = await db.execute(_moderators(), {"wanted": community_id})
    return [Moderator(author_row(row[:AUTHOR_WIDTH]), bool(row[AUTHOR_WIDTH])) for row in rows]


async def is_moderator(db: AsyncConnection, account_id: int, community_id: int) -> bool:
    """Whether an account moderates a community."""
    statement = select(
        exists().where(
            CommunityMember.user_id == account_id,
            CommunityMember.community_id == community_id,
            CommunityMember.is_banned.is_not(True),
            or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
        )
    )
    return bool(await db.scalar(statement))


async def bans(
    db: AsyncConnection,
    viewer: Viewer,
    community_id: int,
    *,
    account_id: int | None = None,
    page: int = 1,
    size: int = 20,
) -> BanPage:
    """The people banned from a community, the latest first.

    Parameters:
        account_id: this person's ban alone.
        page: from 1.
        size: bans a page.

    Raises:
        NotFound: there is no such community.
        Forbidden: the viewer does not moderate it.
    """
    detail = await by_id(db, viewer, community_id)
    if not may_moderate(viewer, is_moderator=detail.mine.moderator):
        raise Forbidden("Only moderators may see this.", code="not_a_mod")
    statement = _bans().limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))
    if account_id is not None:
        statement = statement.where(CommunityBan.user_id == account_id)
    found = [_ban(row) for row in await db.execute(statement, {"wanted": community_id})]
    return BanPage(detail.community, found[:size], len(found) > size)


async def _one(
    db: AsyncConnection,
    viewer: Viewer | None,
    by: Literal["id", "ap_id", "ap_profile_id"],
    wanted: int | str,
    scope: Scope | None = None,
) -> CommunityDetail:
    values = as_seen_by(viewer, wanted=wanted, now=utcnow())
    row = (await db.execute(_detail_by(scope or scope_of(viewer), by), values)).first()
    if row is None:
        raise NotFound("There is no such community here.", code="no_such_community")
    return _detail(row)


async def _head(db: AsyncConnection, detail: CommunityDetail) -> CommunityHead:
    community_id = detail.community.id
    language_ids = tuple((await db.scalars(_languages(), {"wanted": community_id})).all())
    return CommunityHead(detail, await moderators(db, community_id), language_ids)


@lru_cache
def _detail_by(scope: Scope, by: str) -> Select[Any]:
    seen = visible_to(scope, is_member=_IS_MEMBER, is_owner=_MINE.is_owner.is_(True))
    return _details(scope).where(getattr(Community, by) == WANTED, seen)


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
    statement = _details(scope).where(
        Community.banned.is_not(True),
        readable_by(scope),
        is_fit(Community),
        _belongs_to(which, scope),
        *_viewer_filters(scope, hides_nsfw, hides_nsfl),
    )
    if searches:
        text, address = bindparam("text", type_=String()), bindparam("address", type_=String())
        statement = statement.where(
            or_(Community.title.ilike(text), Community.name.ilike(text), Community.ap_id.ilike(address)),
            Community.searchable.is_not(False),
        )
    return (
        statement.order_by(*_ORDERS[sort])
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )


def _pattern(text: str) -> str:
    """What LIKE finds the text with, anywhere."""
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
def _moderated_by(scope: Scope) -> Select[Any]:
    return _cards().where(
        CommunityMember.user_id == WANTED,
        CommunityMember.is_banned.is_not(True),
        or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
        Community.banned.is_not(True),
        readable_by(scope),
    )


def _cards() -> Select[Any]:
    return (
        select(*community_columns(_ICON))
        .join(CommunityMember, CommunityMember.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .order_by(Community.title, Community.id)
    )


@lru_cache
def _blocked(scope: Scope) -> Select[Any]:
    return (
        select(*community_columns(_ICON))
        .join(CommunityBlock, CommunityBlock.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(CommunityBlock.user_id == VIEWER_ID, readable_by(scope))
        .order_by(Community.title, Community.id)
    )


@lru_cache
def _moderators() -> Select[Any]:
    return (
        select(*author_columns(User, _AVATAR), CommunityMember.is_owner)
        .join(CommunityMember, CommunityMember.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(
            CommunityMember.community_id == WANTED,
            or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
            CommunityMember.is_banned.is_not(True),
            User.deleted.is_not(True),
            ~exists().where(Community.id == WANTED, Community.private_mods.is_(True)),
        )
        .order_by(CommunityMember.is_owner.is_(True).desc(), CommunityMember.created_at, User.id)
    )


@lru_cache
def _bans() -> Select[Any]:
    return (
        select(
            *author_columns(User, _AVATAR),
            *author_columns(_BANNED_BY, _BANNED_BY_AVATAR),
            CommunityBan.reason,
            CommunityBan.created_at,
            CommunityBan.ban_until,
        )
        .join(CommunityBan, CommunityBan.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_BANNED_BY, _BANNED_BY.id == CommunityBan.banned_by)
        .outerjoin(_BANNED_BY_AVATAR, _BANNED_BY_AVATAR.id == _BANNED_BY.avatar_id)
        .where(CommunityBan.community_id == WANTED)
        .order_by(CommunityBan.created_at.desc(), User.id)
    )


def _ban(row: Sequence[Any]) -> MemberBan:
    by = row[AUTHOR_WIDTH : 2 * AUTHOR_WIDTH]
    reason, created_at, until = row[2 * AUTHOR_WIDTH :]
    return MemberBan(
        author_row(row[:AUTHOR_WIDTH]),
        author_row(by) if by[0] is not None else None,
        reason or "",
        created_at,
        until,
    )


@lru_cache
def _languages() -> Select[int]:
    return (
        select(CommunityLanguage.language_id)
        .where(CommunityLanguage.community_id == WANTED)
        .order_by(CommunityLanguage.language_id)
    )


@lru_cache
def _details(scope: Scope) -> Select[Any]:
    return (
        select(
            *community_columns(_ICON),
            Community.ap_profile_id,
            Community.description,
            Community.description_html,
            Community.rules,
            Community.posting_warning,
            address_sql(_BANNER.file_path, _BANNER.thumbnail_path, _BANNER.source_url),
            Community.subscriptions_count,
            Community.total_subscriptions_count,
            Community.post_count,
            Community.post_reply_count,
            Community.active_daily,
            Community.active_weekly,
            Community.active_monthly,
            Community.active_6monthly,
            func.coalesce(Community.last_active, Community.created_at),
            Community.new_mods_wanted,
            Community.invitations,
            Community.topic_id,
            flairs_of_community(Community.id),
            *_standing_columns(scope),
        )
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(_BANNER, _BANNER.id == Community.image_id)
        .outerjoin(_MINE, and_(_MINE.community_id == Community.id, _MINE.user_id == VIEWER_ID))
    )


def _standing_columns(scope: Scope) -> list[Any]:
    """The fields of CommunityMine; constants for somebody anonymous, so that nothing is looked up."""
    if scope == "anybody":
        return [literal(False) for _ in CommunityMine.__struct_fields__]
    pending = exists().where(
        CommunityJoinRequest.community_id == Community.id, CommunityJoinRequest.user_id == VIEWER_ID
    )
    banned = exists().where(
        CommunityBan.community_id == Community.id,
        CommunityBan.user_id == VIEWER_ID,
        or_(CommunityBan.ban_until.is_(None), CommunityBan.ban_until > NOW),
    )
    return [
        _IS_MEMBER,
        and_(_MINE.user_id.is_(None), pending),
        and_(_IS_MEMBER, or_(_MINE.is_moderator.is_(True), _MINE.is_owner.is_(True))),
        and_(_IS_MEMBER, _MINE.is_owner.is_(True)),
        or_(func.coalesce(_MINE.is_banned, False), banned),
        exists().where(CommunityBlock.community_id == Community.id, CommunityBlock.user_id == VIEWER_ID),
        exists().where(
            NotificationSubscription.user_id == VIEWER_ID,
            NotificationSubscription.type == _NOTIFY_COMMUNITY,
            NotificationSubscription.entity_id == Community.id,
        ),
    ]


def _detail(row: Sequence[Any]) -> CommunityDetail:
    (
        profile_id,
        description,
        html,
        rules,
        warning,
        banner,
        subscribers,
        total,
        posts,
        comments,
        day,
        week,
        month,
        half_year,
        last_active,
        new_mods_wanted,
        invitations,
        topic_id,
        flairs,
        *mine,
    ) = row[COMMUNITY_WIDTH:]
    return CommunityDetail(
        community_from(row[:COMMUNITY_WIDTH]),
        profile_id or "",
        description or "",
        html or "",
        rules or "",
        warning or "",
        address_of(banner) or None,
        subscribers or 0,
        max(total or 0, subscribers or 0),
        posts or 0,
        comments or 0,
        day or 0,
        week or 0,
        month or 0,
        half_year or 0,
        last_active or datetime(1970, 1, 1),
        bool(new_mods_wanted),
        invitations or 0,
        topic_id,
        flair_rows(flairs),
        CommunityMine(*mine) if any(mine) else NOT_MINE,
    )


def _belongs_to(which: Listing, scope: Scope) -> ColumnElement[bool]:
    if which is Listing.ALL:
        return true()
    if which is Listing.LOCAL:
        return Community.ap_id.is_(None)
    if which is Listing.POPULAR:
        return Community.show_popular.is_not(False)
    if scope == "anybody":
        return false()
    role = (
        true() if which is Listing.SUBSCRIBED else or_(_MINE.is_moderator.is_(True), _MINE.is_owner.is_(True))
    )
    return and_(_IS_MEMBER, role)


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
