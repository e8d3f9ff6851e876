"""Whom, which servers and which websites an account wants to see nothing of."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.columns import author_loader, picture
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.storage.statements import Id
from service.storage.tables import Domain, DomainBlock, Instance, InstanceBlock, User, UserBlock

_AVATAR = picture("avatar")
_AUTHOR = author_loader(User, _AVATAR)


class InstanceRow(msgspec.Struct, frozen=True):
    """Another server."""

    id: int
    domain: str
    software: str
    version: str
    created_at: datetime | None
    updated_at: datetime | None


async def blocked_websites(db: AsyncConnection, viewer: Viewer) -> list[str]:
    """The hosts of the websites of which the viewer wants to see nothing, by name."""
    statement = (
        select(Domain.name)
        .join(DomainBlock, DomainBlock.domain_id == Domain.id)
        .where(DomainBlock.user_id == viewer.id, Domain.name.is_not(None))
        .order_by(Domain.name)
    )
    return [name for name in await db.scalars(statement) if name]


async def has_blocked(db: AsyncConnection | AsyncSession, account_id: int | None, other_id: int) -> bool:
    """Whether an account wants to see nothing of another, or of their server."""
    return bool(await db.scalar(select(blocks(account_id, other_id))))


def blocks(account_id: Id, other_id: Id) -> ColumnElement[bool]:
    """SQL: as `has_blocked`."""
    home = select(User.instance_id).where(User.id == other_id).scalar_subquery()
    return or_(
        exists().where(UserBlock.blocker_id == account_id, UserBlock.blocked_id == other_id),
        exists().where(InstanceBlock.user_id == account_id, InstanceBlock.instance_id == home),
    )


async def blocked_people(db: AsyncConnection, viewer: Viewer) -> list[AuthorRow]:
    """The people of whom the viewer wants to see nothing, by name."""
    statement = (
        select(*_AUTHOR.columns)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(User.id.in_(select(UserBlock.blocked_id).where(UserBlock.blocker_id == viewer.id)))
        .order_by(User.user_name, User.id)
    )
    return [_AUTHOR.load(row) for row in await db.execute(statement)]


async def blocked_instances(db: AsyncConnection, viewer: Viewer) -> list[InstanceRow]:
    """The servers of which the viewer wants to see nothing, by domain."""
    statement = (
        select(
            Instance.id,
            Instance.domain,
            Instance.software,
            Instance.version,
            Instance.created_at,
            Instance.updated_at,
        )
        .join(InstanceBlock, InstanceBlock.instance_id == Instance.id)
        .where(InstanceBlock.user_id == viewer.id)
        .order_by(Instance.domain)
    )
    return [
        InstanceRow(id_, domain or "", software or "", version or "", *dates)
        for id_, domain, software, version, *dates in await db.execute(statement)
    ]
