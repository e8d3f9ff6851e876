"""The other servers that this one knows: whom it talks to, whom it lets in, whom it keeps out."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import LOCAL_INSTANCE
from service.storage.tables import AllowedInstance, BannedInstance, Instance

_LONG_AGO = datetime(1970, 1, 1)


class InstanceRow(msgspec.Struct, frozen=True):
    """A server; software and version are empty while nothing is known of it."""

    id: int
    domain: str
    software: str
    version: str
    created_at: datetime
    updated_at: datetime


class KnownInstances(msgspec.Struct, frozen=True):
    """The servers by how this one stands to them."""

    linked: list[InstanceRow]
    allowed: list[InstanceRow]
    blocked: list[InstanceRow]


async def known_instances(db: AsyncConnection) -> KnownInstances:
    """Return all known servers; one that is blocked is not linked."""
    allowed = select(AllowedInstance.domain)
    blocked = select(BannedInstance.domain)
    return KnownInstances(
        linked=await _rows(
            db, _INSTANCES.where(Instance.gone_forever.is_not(True), Instance.domain.not_in(blocked))
        ),
        allowed=await _rows(db, _INSTANCES.where(Instance.domain.in_(allowed))),
        blocked=await _rows(db, _INSTANCES.where(Instance.domain.in_(blocked))),
    )


_INSTANCES: Any = (
    select(
        Instance.id,
        Instance.domain,
        Instance.software,
        Instance.version,
        Instance.created_at,
        Instance.updated_at,
    )
    .where(Instance.id != LOCAL_INSTANCE, Instance.domain.is_not(None))
    .order_by(Instance.domain)
)


async def _rows(db: AsyncConnection, statement: Any) -> list[InstanceRow]:
    return [
        InstanceRow(
            row.id,
            row.domain,
            row.software or "",
            row.version or "",
            row.created_at or _LONG_AGO,
            row.updated_at or row.created_at or _LONG_AGO,
        )
        for row in await db.execute(statement)
    ]
