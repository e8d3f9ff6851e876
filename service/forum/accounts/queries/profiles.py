"""People as others see them: one profile, or a page of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.columns import (
    VIEWER_ID,
    WANTED,
    Scope,
    as_seen_by,
    author_loader,
    note_about,
    picture,
    scope_of,
)
from service.forum.accounts.rules import ROLE_STAFF
from service.forum.accounts.shapes import AuthorRow, People, Profile
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_read
from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.forum.local_names import is_named
from service.forum.notifications.rules import USER as NOTIFY_USER
from service.language import _
from service.storage.rows import Loader, or_empty, or_zero
from service.storage.statements import literal_limit
from service.storage.tables import (
    NotificationSubscription,
    User,
    UserBlock,
    UserFlair,
    UserFollower,
    UserFollowRequest,
    UserRole,
)

_AVATAR, _COVER = picture("avatar"), picture("cover")
_AUTHOR = author_loader(User, _AVATAR)
_PERSON = author_loader(User, _AVATAR, introduced=True)


async def profile_by_name(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> Profile:
    """The profile of `name` here, or of `name@host`.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: there is nobody of that name, or the account is not yet approved.
    """
    if not storable(name):
        raise NotFound
    bare, _, host = name.strip().lstrip("@").partition("@")
    if not host or host.lower() == domain:
        return await _profile(db, viewer, "name", bare.lower())
    return await _profile(db, viewer, "ap_id", f"{bare}@{host}".lower())


async def profile_by_id(db: AsyncConnection, viewer: Viewer | None, account_id: int) -> Profile:
    """The profile of an account, or NotFound."""
    if not is_id(account_id):
        raise NotFound
    return await _profile(db, viewer, "id", account_id)


async def people(
    db: AsyncConnection,
    viewer: Viewer | None,
    *,
    text: str = "",
    local_only: bool = False,
    instance_id: int | None = None,
    sort: PeopleSort = PeopleSort.NEW,
    page: int = 1,
    size: int = 20,
) -> People:
    """A page of people whose name or title contains the text.

    Parameters:
        instance_id: only people of this server.
        page: from 1.
        size: people a page.
    """
    if not storable(text):
        return People([], has_more=False)
    statement = _profiles(scope_of(viewer)).where(User.deleted.is_not(True), User.searchable.is_not(False))
    if local_only:
        statement = statement.where(User.is_local)
    if instance_id is not None:
        statement = statement.where(User.instance_id == instance_id)
    if text:
        statement = statement.where(
            or_(User.user_name.icontains(text, autoescape=True), User.title.icontains(text, autoescape=True))
        )
    statement = (
        statement.order_by(*_PEOPLE_ORDERS[sort])
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    found = [_PROFILE.load(row) for row in await db.execute(statement, as_seen_by(viewer))]
    return People(found[:size], len(found) > size)


async def authors(db: AsyncConnection, account_ids: Sequence[int]) -> list[AuthorRow]:
    """The people with these ids, as beside a post."""
    statement = (
        select(*_AUTHOR.columns)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(User.id.in_(account_ids))
    )
    return [_AUTHOR.load(row) for row in await db.execute(statement)] if account_ids else []


async def own_flair(db: AsyncConnection, viewer: Viewer, community_id: int) -> str:
    """What the viewer shows beside their name in a community; '' for nothing."""
    mine = (UserFlair.user_id == viewer.id, UserFlair.community_id == community_id)
    return await db.scalar(select(UserFlair.flair).where(*mine).order_by(UserFlair.id).limit(1)) or ""


async def _profile(
    db: AsyncConnection,
    viewer: Viewer | None,
    by: Literal["id", "ap_id", "name"],
    wanted: int | str,
) -> Profile:
    row = (await db.execute(_profile_by(scope_of(viewer), by), as_seen_by(viewer, wanted=wanted))).first()
    if row is None:
        raise NotFound(_("There's no account with this name here."), code="no_such_person")
    return _PROFILE.load(row)


@lru_cache
def _profile_by(scope: Scope, by: str) -> Select[Any]:
    return _profiles(scope).where(is_named(User, WANTED) if by == "name" else getattr(User, by) == WANTED)


def _shown_to(scope: Scope) -> ColumnElement[bool]:
    """Local accounts that wait for approval are nobody's business but the administrators'."""
    shown = or_(~User.is_local, User.verified.is_(True))
    return {"anybody": shown, "member": or_(shown, User.id == VIEWER_ID), "staff": true()}[scope]


def _is_followed(*, accepted: bool) -> ColumnElement[bool]:
    """SQL: the viewer follows the person, or waits to."""
    asked = exists().where(UserFollowRequest.user_id == VIEWER_ID, UserFollowRequest.follow_id == User.id)
    follows = exists().where(
        UserFollower.local_user_id == VIEWER_ID,
        UserFollower.remote_user_id == User.id,
        UserFollower.is_inward.is_not(True),
    )
    return and_(follows, ~asked if accepted else asked)


_PROFILE = Loader(
    Profile,
    {
        "person": _PERSON,
        "cover_url": address_read(_COVER),
        "profile_id": or_empty(User.ap_profile_id),
        "comment_count": or_zero(User.post_reply_count),
        "matrix": func.nullif(User.matrix_user_id, ""),
        "is_staff": exists().where(UserRole.user_id == User.id, UserRole.role_id == ROLE_STAFF),
        "blocked": exists().where(UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == User.id),
        "note": note_about(User.id),
        "watched": exists().where(
            NotificationSubscription.user_id == VIEWER_ID,
            NotificationSubscription.type == NOTIFY_USER,
            NotificationSubscription.entity_id == User.id,
        ),
        "followed": _is_followed(accepted=True),
        "follow_pending": _is_followed(accepted=False),
        "indexable": User.indexable.is_not(False),
    },
    User,
)


@lru_cache
def _profiles(scope: Scope) -> Select[Any]:
    return (
        select(*_PROFILE.columns)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_COVER, _COVER.id == User.cover_id)
        .where(_shown_to(scope))
    )


_PEOPLE_ORDERS: dict[PeopleSort, tuple[ColumnElement[Any], ...]] = {
    PeopleSort.NEW: (User.id.desc(),),
    PeopleSort.OLD: (User.id.asc(),),
    PeopleSort.MOST_POSTS: (func.coalesce(User.post_count, 0).desc(), User.id.asc()),
}
