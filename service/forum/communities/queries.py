"""Reads of communities: a page's head, lists, standing, members and bans. All within what the viewer may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import AUTHOR_WIDTH, author_columns, author_row, picture
from service.forum.accounts.rules import HIDE, is_id, storable
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import address_of, address_sql
from service.forum.communities.columns import (
    COMMUNITY_WIDTH,
    community_columns,
    community_row,
    readable_by,
)
from service.forum.communities.rules import actor_url
from service.forum.errors import NotFound
from service.forum.posts.shapes import AuthorRow, CommunityRow
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
    """A person banned from a community; `until` is None for ever."""

    person: AuthorRow
    reason: str
    banned_by: int | None
    created_at: datetime | None
    until: datetime | None


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
        return await _one(db, viewer, Community.ap_profile_id == actor_url(domain, bare))
    return await _one(db, viewer, Community.ap_id.in_({f"{bare}@{host}", f"{bare}@{host}".lower()}))


async def by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityDetail:
    """The community of this id, or NotFound as in `by_name`."""
    if not is_id(community_id):
        raise NotFound("There is no such community here.", code="no_such_community")
    return await _one(db, viewer, Community.id == community_id)


async def head(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> CommunityHead:
    """A community by name with its moderators and languages; raises NotFound as `by_name`."""
    return await _head(db, await by_name(db, viewer, name, domain=domain))


async def head_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityHead:
    """A community by id with its moderators and languages; raises NotFound as `by_name`."""
    return await _head(db, await by_id(db, viewer, community_id))


async def listing(
    db: AsyncConnection,
    viewer: Viewer | None,
    *,
    which: str = "All",
    sort: str = "Active",
    text: str = "",
    show_nsfw: bool = False,
    page: int = 1,
    size: int = 20,
) -> CommunityPage:
    """A page of communities, in one statement.

    Parameters:
        which: "All", "Local", "Subscribed", "Popular", "Moderating" or "ModeratorView".
        sort: one of the API's words; "Hot" and "Active" are by the last activity.
        text: part of the name, title or address.
        show_nsfw: show those too that the viewer (or, without one, the site) hides.
        page: from 1.
        size: communities a page.
    """
    if not storable(text):
        return CommunityPage([], has_more=False)
    statement = _statement(viewer).where(
        Community.banned.is_not(True),
        readable_by(viewer),
        _belongs_to(which, viewer),
        *_tastes(viewer, show_nsfw),
    )
    if text:
        statement = statement.where(
            or_(
                Community.title.icontains(text, autoescape=True),
                Community.name.icontains(text, autoescape=True),
                Community.ap_id.icontains(text.removeprefix("!"), autoescape=True),
            )
        )
    statement = (
        statement.order_by(*_order(sort))
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    found = [_detail(row) for row in await db.execute(statement)]
    return CommunityPage(found[:size], len(found) > size)


async def subscriptions(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer has joined, by title."""
    return await _mine(db, viewer, CommunityMember.is_banned.is_not(True))


async def moderated(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer moderates, by title."""
    return await _mine(
        db, viewer, or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True))
    )


async def moderated_by(db: AsyncConnection, viewer: Viewer | None, account_id: int) -> list[CommunityRow]:
    """The communities that an account moderates, as far as the viewer may see them, by title."""
    statement = (
        select(*community_columns(_ICON))
        .join(CommunityMember, CommunityMember.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(
            CommunityMember.user_id == account_id,
            or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
            Community.banned.is_not(True),
            readable_by(viewer),
        )
        .order_by(Community.title, Community.id)
    )
    return [community_row(row) for row in await db.execute(statement)]


async def blocked(db: AsyncConnection, viewer: Viewer) -> list[CommunityRow]:
    """The communities that the viewer does not want to see, by title."""
    statement = (
        select(*community_columns(_ICON))
        .join(CommunityBlock, CommunityBlock.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(CommunityBlock.user_id == viewer.id)
        .order_by(Community.title, Community.id)
    )
    return [community_row(row) for row in await db.execute(statement)]


async def moderators(db: AsyncConnection, community_id: int) -> list[Moderator]:
    """The moderators of a community, owners first, then by seniority."""
    statement = (
        select(*author_columns(User, _AVATAR), CommunityMember.is_owner)
        .join(CommunityMember, CommunityMember.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(
            CommunityMember.community_id == community_id,
            or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
            CommunityMember.is_banned.is_not(True),
            User.deleted.is_not(True),
        )
        .order_by(CommunityMember.is_owner.is_(True).desc(), CommunityMember.created_at, User.id)
    )
    return [
        Moderator(author_row(row[:AUTHOR_WIDTH]), bool(row[AUTHOR_WIDTH]))
        for row in await db.execute(statement)
    ]


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


async def bans(db: AsyncConnection, community_id: int, *, page: int = 1, size: int = 20) -> list[MemberBan]:
    """The people banned from a community, the latest first; the caller knows that the viewer moderates it."""
    statement = (
        select(
            *author_columns(User, _AVATAR),
            CommunityBan.reason,
            CommunityBan.banned_by,
            CommunityBan.created_at,
            CommunityBan.ban_until,
        )
        .join(CommunityBan, CommunityBan.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(CommunityBan.community_id == community_id)
        .order_by(CommunityBan.created_at.desc(), User.id)
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    return [
        MemberBan(
            author_row(row[:AUTHOR_WIDTH]), row.reason or "", row.banned_by, row.created_at, row.ban_until
        )
        for row in await db.execute(statement)
    ]


async def _one(db: AsyncConnection, viewer: Viewer | None, which: ColumnElement[bool]) -> CommunityDetail:
    statement = _statement(viewer).where(which, readable_by(viewer))
    if viewer is None or not viewer.runs_the_site:
        statement = statement.where(Community.banned.is_not(True))
    row = (await db.execute(statement)).first()
    if row is None:
        raise NotFound("There is no such community here.", code="no_such_community")
    return _detail(row)


async def _head(db: AsyncConnection, detail: CommunityDetail) -> CommunityHead:
    community_id = detail.community.id
    spoken = select(CommunityLanguage.language_id).where(CommunityLanguage.community_id == community_id)
    language_ids = tuple((await db.scalars(spoken.order_by(CommunityLanguage.language_id))).all())
    return CommunityHead(detail, await moderators(db, community_id), language_ids)


async def _mine(db: AsyncConnection, viewer: Viewer, standing: ColumnElement[bool]) -> list[CommunityRow]:
    statement = (
        select(*community_columns(_ICON))
        .join(CommunityMember, CommunityMember.community_id == Community.id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(CommunityMember.user_id == viewer.id, standing, Community.banned.is_not(True))
        .order_by(Community.title, Community.id)
    )
    return [community_row(row) for row in await db.execute(statement)]


def _statement(viewer: Viewer | None) -> Select[Any]:
    viewer_id = viewer.id if viewer else 0
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
            *_standing_columns(viewer_id),
        )
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(_BANNER, _BANNER.id == Community.image_id)
        .outerjoin(_MINE, and_(_MINE.community_id == Community.id, _MINE.user_id == viewer_id))
    )


def _standing_columns(viewer_id: int) -> list[Any]:
    """The fields of CommunityMine; constants for somebody anonymous, so that nothing is looked up."""
    if not viewer_id:
        return [literal(False) for _ in CommunityMine.__struct_fields__]
    pending = exists().where(
        CommunityJoinRequest.community_id == Community.id, CommunityJoinRequest.user_id == viewer_id
    )
    banned = exists().where(
        CommunityBan.community_id == Community.id,
        CommunityBan.user_id == viewer_id,
        or_(CommunityBan.ban_until.is_(None), CommunityBan.ban_until > utcnow()),
    )
    is_member = and_(_MINE.user_id.is_not(None), _MINE.is_banned.is_not(True))
    return [
        is_member,
        and_(_MINE.user_id.is_(None), pending),
        and_(is_member, or_(_MINE.is_moderator.is_(True), _MINE.is_owner.is_(True))),
        and_(is_member, _MINE.is_owner.is_(True)),
        or_(func.coalesce(_MINE.is_banned, False), banned),
        exists().where(CommunityBlock.community_id == Community.id, CommunityBlock.user_id == viewer_id),
        exists().where(
            NotificationSubscription.user_id == viewer_id,
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
        *mine,
    ) = row[COMMUNITY_WIDTH:]
    return CommunityDetail(
        community_row(row[:COMMUNITY_WIDTH]),
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
        CommunityMine(*mine) if any(mine) else NOT_MINE,
    )


def _belongs_to(which: str, viewer: Viewer | None) -> ColumnElement[bool]:
    if which == "Local":
        return Community.ap_id.is_(None)
    if which == "Popular":
        return Community.show_popular.is_not(False)
    if which == "Subscribed":
        return and_(_MINE.user_id.is_not(None), _MINE.is_banned.is_not(True)) if viewer else literal(False)
    if which in {"Moderating", "ModeratorView"}:
        return or_(_MINE.is_moderator.is_(True), _MINE.is_owner.is_(True)) if viewer else literal(False)
    return literal(True)


def _tastes(viewer: Viewer | None, show_nsfw: bool) -> list[ColumnElement[bool]]:
    """What the viewer does not want to see in a list."""
    tastes: list[ColumnElement[bool]] = []
    if not show_nsfw and (viewer is None or viewer.hide_nsfw == HIDE):
        tastes.append(Community.nsfw.is_not(True))
    if not show_nsfw and (viewer is None or viewer.hide_nsfl == HIDE):
        tastes.append(Community.nsfl.is_not(True))
    if viewer is not None:
        tastes.append(
            ~exists().where(CommunityBlock.community_id == Community.id, CommunityBlock.user_id == viewer.id)
        )
        tastes.append(
            ~exists().where(
                InstanceBlock.instance_id == Community.instance_id, InstanceBlock.user_id == viewer.id
            )
        )
    return tastes


def _order(sort: str) -> list[ColumnElement[Any]]:
    first: ColumnElement[Any]
    if sort in {"New", "NewFederated"}:
        first = Community.created_at.desc().nulls_last()
    elif sort in {"Old", "OldFederated"}:
        first = Community.created_at.asc().nulls_first()
    elif sort == "TopSubscribers":
        first = func.coalesce(Community.total_subscriptions_count, Community.subscriptions_count, 0).desc()
    elif sort.startswith("Top"):
        first = func.coalesce(Community.post_count, 0).desc()
    else:
        first = Community.last_active.desc().nulls_last()
    return [first, Community.id.asc()]
