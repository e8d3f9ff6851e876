"""The other servers as the API lists them, and those that newcomers may choose."""

from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.viewer import Viewer
from service.forum.errors import NotFound
from service.forum.instances.columns import plain
from service.forum.instances.shapes import InstanceRow, KnownInstances, Proposal
from service.storage.clock import EPOCH
from service.storage.statements import literal_limit
from service.storage.tables import (
    AllowedInstance,
    BannedInstance,
    Instance,
    InstanceBlock,
    InstanceChooser,
    Language,
)

PROPOSALS_MAX = 500
_IS_TRUSTED = and_(Instance.trusted.is_(True), Instance.domain.is_not(None))


async def known_instances(db: AsyncConnection) -> KnownInstances:
    """Return all known servers; one that is blocked is not linked."""
    allowed = select(AllowedInstance.domain)
    blocked = select(BannedInstance.domain)
    return KnownInstances(
        linked=await _rows(
            db, _INSTANCES.where(Instance.gone_forever.is_not(True), Instance.domain.not_in(blocked))
        ),
        allowed=await _rows(db, _INSTANCES.where(Instance.domain.in_(allowed))),
        blocked=await _banned(db),
    )


async def _banned(db: AsyncConnection) -> list[InstanceRow]:
    """The servers that this one keeps out, also those of which it knows no more than the name."""
    statement = (
        select(
            BannedInstance.id,
            BannedInstance.domain,
            Instance.software,
            Instance.version,
            BannedInstance.created_at,
            Instance.updated_at,
        )
        .ext(distinct_on(BannedInstance.domain))
        .outerjoin(Instance, Instance.domain == BannedInstance.domain)
        .where(BannedInstance.domain.is_not(None))
        .order_by(BannedInstance.domain, BannedInstance.id)
    )
    return sorted(await _rows(db, statement), key=lambda row: row.id)


async def proposals(
    db: AsyncConnection,
    *,
    text: str = "",
    nsfw: bool | None = None,
    newbie_friendly: bool | None = None,
    language: str = "",
) -> list[Proposal]:
    """Return the servers that newcomers may choose, by name, PROPOSALS_MAX at most.

    Parameters:
        text: part of the domain.
        nsfw, newbie_friendly: only those that are, or are not.
        language: only those in the language of this code.
    """
    statement = (
        select(
            InstanceChooser.id,
            InstanceChooser.domain,
            Language.code,
            InstanceChooser.newbie_friendly,
            InstanceChooser.data,
        )
        .outerjoin(Language, Language.id == InstanceChooser.language_id)
        .where(InstanceChooser.hide.is_not(True), InstanceChooser.domain.is_not(None))
        .order_by(InstanceChooser.domain, InstanceChooser.id)
        .limit(literal_limit(PROPOSALS_MAX))
    )
    if text:
        statement = statement.where(InstanceChooser.domain.icontains(text, autoescape=True))
    if nsfw is not None:
        statement = statement.where(InstanceChooser.nsfw.is_(nsfw))
    if newbie_friendly is not None:
        statement = statement.where(InstanceChooser.newbie_friendly.is_(newbie_friendly))
    if language:
        statement = statement.where(Language.code == language)
    return [
        Proposal(row.id, row.domain, row.code or "", bool(row.newbie_friendly), row.data or {})
        for row in await db.execute(statement)
    ]


async def trusted_domains(db: AsyncConnection) -> list[str]:
    """Return the servers that this one trusts, by name."""
    return list(await db.scalars(select(Instance.domain).where(_IS_TRUSTED).order_by(Instance.domain)))


async def refused_domains(db: AsyncConnection) -> list[str]:
    """Return the servers that this one does not federate with, by name."""
    refused = select(BannedInstance.domain).where(BannedInstance.domain.is_not(None)).distinct()
    return list(await db.scalars(refused.order_by(BannedInstance.domain)))


async def domain_of(db: AsyncConnection, instance_id: int) -> str:
    """Return the host of a server.

    Raises:
        NotFound: it is not known.
    """
    domain: str | None = await db.scalar(select(Instance.domain).where(Instance.id == instance_id))
    if not domain:
        raise NotFound
    return domain


async def posting_warning(db: AsyncConnection, instance_id: int) -> str:
    """Return what people are told who post in communities of a server; '' for nothing."""
    return await db.scalar(select(Instance.posting_warning).where(Instance.id == instance_id)) or ""


async def blocked_domains(
    db: AsyncConnection, *, search: str = "", page: int = 1, size: int = 50
) -> tuple[list[str], int]:
    """Return a page of the servers that are kept out, by name, and how many there are on all pages.

    Parameters:
        search: part of the name.
        page: from 1.
        size: servers a page.
    """
    return await _listed_domains(db, BannedInstance, search=search, page=page, size=size)


async def allowed_domains(
    db: AsyncConnection, *, search: str = "", page: int = 1, size: int = 50
) -> tuple[list[str], int]:
    """As `blocked_domains`, of the servers that are allowed by name."""
    return await _listed_domains(db, AllowedInstance, search=search, page=page, size=size)


async def _listed_domains(
    db: AsyncConnection,
    table: type[AllowedInstance] | type[BannedInstance],
    *,
    search: str,
    page: int,
    size: int,
) -> tuple[list[str], int]:
    names = select(plain(table.domain).label("domain")).where(table.domain.is_not(None)).distinct().subquery()
    statement = select(names.c.domain)
    if search:
        statement = statement.where(names.c.domain.icontains(search, autoescape=True))
    total = (await db.execute(select(func.count()).select_from(statement.subquery()))).scalar_one()
    rows = await db.scalars(
        statement.order_by(names.c.domain).limit(literal_limit(size)).offset(literal_limit((page - 1) * size))
    )
    return list(rows), total


async def blocked_instances(db: AsyncConnection, viewer: Viewer) -> list[InstanceRow]:
    """Return the servers of which the viewer wants to see nothing, by name."""
    mine = select(InstanceBlock.instance_id).where(InstanceBlock.user_id == viewer.id)
    return await _rows(db, _INSTANCES.where(Instance.id.in_(mine)))


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
            row.created_at or EPOCH,
            row.updated_at or row.created_at or EPOCH,
        )
        for row in await db.execute(statement)
    ]
