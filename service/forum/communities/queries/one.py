"""One community: by name or id, and what stands above and beside its posts."""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import (
    WANTED,
    Scope,
    as_seen_by,
    scope_of,
)
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, storable
from service.forum.communities.queries.details import IS_MEMBER, MINE, detail_loader, details
from service.forum.communities.queries.members import moderators
from service.forum.communities.shapes import CommunityDetail, CommunityHead
from service.forum.errors import NotFound
from service.forum.local_names import is_named
from service.forum.visibility import findable_by
from service.language import _
from service.storage.clock import utcnow
from service.storage.statements import array_of_any_length
from service.storage.tables import (
    Community,
    CommunityLanguage,
    Successor,
)


async def community_by_name(
    db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str
) -> CommunityDetail:
    """The community `name` here, or `name@host`.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: there is none, it was deleted, or it is private and not the viewer's. What one of another server is,
            everybody sees who is signed in, and can ask to join.
    """
    if not storable(name):
        raise NotFound
    bare, _, host = name.strip().removeprefix("!").partition("@")
    if not host or host.lower() == domain:
        return await _one(db, viewer, "name", bare.lower())
    return await _one(db, viewer, "ap_id", f"{bare}@{host}".lower())


async def community_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityDetail:
    """The community of this id, or NotFound as in `community_by_name`."""
    if not is_id(community_id):
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return await _one(db, viewer, "id", community_id)


async def communities_by_ids(
    db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]
) -> dict[int, CommunityDetail]:
    """Communities by id; those that the viewer may not see are left out."""
    if not ids:
        return {}
    scope = scope_of(viewer)
    rows = await db.execute(_details_by_ids(scope), as_seen_by(viewer, ids=list(ids)))
    return {detail.community.id: detail for detail in map(detail_loader(scope).load, rows)}


async def head_by_name(
    db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str
) -> CommunityHead:
    """A community by name with its moderators and languages; raises NotFound as `community_by_name`."""
    return await _head(db, await community_by_name(db, viewer, name, domain=domain))


async def head_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityHead:
    """A community by id with its moderators and languages; raises NotFound as `community_by_name`."""
    return await _head(db, await community_by_id(db, viewer, community_id))


async def head_of_left(db: AsyncConnection, viewer: Viewer, community_id: int) -> CommunityHead:
    """A community that the viewer has left this moment, though they may read it no more."""
    return await _head(db, await _one(db, viewer, "id", community_id, scope="staff"))


async def successor_of(
    db: AsyncConnection, viewer: Viewer | None, community_id: int
) -> CommunityDetail | None:
    """The community that a community of another server has moved to; None if it has not, or nowhere to be seen."""
    found = await db.scalar(
        select(Successor.successor_id).where(Successor.community_id == WANTED), {"wanted": community_id}
    )
    with suppress(NotFound):
        return await community_by_id(db, viewer, found) if found is not None else None
    return None


async def _one(
    db: AsyncConnection,
    viewer: Viewer | None,
    by: Literal["id", "ap_id", "name"],
    wanted: int | str,
    scope: Scope | None = None,
) -> CommunityDetail:
    scope, values = scope or scope_of(viewer), as_seen_by(viewer, wanted=wanted, now=utcnow())
    row = (await db.execute(_detail_by(scope, by), values)).first()
    if row is None:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return detail_loader(scope).load(row)


async def _head(db: AsyncConnection, detail: CommunityDetail) -> CommunityHead:
    community_id = detail.community.id
    language_ids = tuple((await db.scalars(_languages(), {"wanted": community_id})).all())
    return CommunityHead(detail, await moderators(db, community_id), language_ids)


@lru_cache
def _detail_by(scope: Scope, by: str) -> Select[Any]:
    wanted = is_named(Community, WANTED) if by == "name" else getattr(Community, by) == WANTED
    return _findable(scope).where(wanted)


@lru_cache
def _details_by_ids(scope: Scope) -> Select[Any]:
    ids: ColumnElement[Sequence[int]] = bindparam("ids", type_=ARRAY(Integer))
    return _findable(scope).where(Community.id == any_(array_of_any_length(ids)))


def _findable(scope: Scope) -> Select[Any]:
    return details(scope).where(findable_by(scope, is_member=IS_MEMBER, is_owner=MINE.is_owner.is_(True)))


@lru_cache
def _languages() -> Select[int]:
    return (
        select(CommunityLanguage.language_id)
        .where(CommunityLanguage.community_id == WANTED)
        .order_by(CommunityLanguage.language_id)
    )
