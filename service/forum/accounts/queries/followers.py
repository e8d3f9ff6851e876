"""Who follows the viewer, and who asked to."""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import author_loader, picture
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.paging import Page, page_of, window
from service.storage.tables import User, UserFollower, UserFollowRequest

_AVATAR = picture("avatar")
_AUTHOR = author_loader(User, _AVATAR)


async def asking(db: AsyncConnection, viewer: Viewer, *, page: int, size: int) -> Page[AuthorRow]:
    """A page of those who wait for the viewer's consent, the first who asked first.

    Parameters:
        page: from 1.
        size: people a page.
    """
    statement = (
        select(*_AUTHOR.columns)
        .join(UserFollowRequest, UserFollowRequest.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(UserFollowRequest.follow_id == viewer.id, User.deleted.is_not(True))
        .order_by(UserFollowRequest.id)
    )
    rows = await db.execute(window(statement, page, size))
    return page_of((_AUTHOR.load(row) for row in rows), size)


async def followers(db: AsyncConnection, viewer: Viewer, *, page: int, size: int) -> Page[AuthorRow]:
    """A page of those who follow the viewer, the latest first.

    Parameters:
        page: from 1.
        size: people a page.
    """
    statement = (
        select(*_AUTHOR.columns)
        .select_from(UserFollower)
        .join(User, or_(_from_elsewhere(viewer.id), _from_here(viewer.id)))
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(UserFollower.is_accepted.is_not(False), User.deleted.is_not(True))
        .order_by(UserFollower.created_at.desc().nulls_last(), User.id)
    )
    rows = await db.execute(window(statement, page, size))
    return page_of((_AUTHOR.load(row) for row in rows), size)


def _from_elsewhere(followed_id: int) -> ColumnElement[bool]:
    inward = UserFollower.local_user_id == followed_id, UserFollower.is_inward.is_not(False)
    return and_(*inward, User.id == UserFollower.remote_user_id)


def _from_here(followed_id: int) -> ColumnElement[bool]:
    outward = UserFollower.remote_user_id == followed_id, UserFollower.is_inward.is_(False)
    return and_(*outward, User.id == UserFollower.local_user_id)
