"""Those who run the site."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import author_loader, is_administrator, picture
from service.forum.accounts.rules import ROLE_STAFF
from service.forum.accounts.shapes import AuthorRow
from service.storage.tables import User, UserRole

_AVATAR = picture("avatar")
_AUTHOR = author_loader(User, _AVATAR)


async def administrators(db: AsyncConnection) -> list[AuthorRow]:
    """The administrators, the first one first."""
    return [_AUTHOR.load(row) for row in await db.execute(_administrators())]


async def staff(db: AsyncConnection) -> list[AuthorRow]:
    """The members of staff."""
    return [_AUTHOR.load(row) for row in await db.execute(_staff())]


async def administrator_ids(db: AsyncConnection) -> list[int]:
    """The ids of the administrators, for telling them something."""
    return [row[0] for row in await db.execute(_administrators())]


async def has_accounts(db: AsyncConnection) -> bool:
    """Whether there is any account of this site: none on one that begins."""
    return bool(await db.scalar(select(exists().where(User.is_local, User.deleted.is_not(True)))))


@lru_cache
def _administrators() -> Select[Any]:
    return _with_role(is_administrator())


@lru_cache
def _staff() -> Select[Any]:
    return _with_role(exists().where(UserRole.user_id == User.id, UserRole.role_id == ROLE_STAFF))


def _with_role(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_AUTHOR.columns)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(condition, User.is_local, User.deleted.is_not(True), User.banned.is_not(True))
        .order_by(User.id)
    )
