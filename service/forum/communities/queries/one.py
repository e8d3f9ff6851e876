"""One community: by name or id, and what stands above and beside its posts."""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, func, select
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
from service.forum.communities.queries.members import BY_RANK, MODERATOR, are_shown, shown_moderators
from service.forum.communities.shapes import CommunityDetail, CommunityHead
from service.forum.errors import NotFound
from service.forum.local_names import is_named
from service.forum.visibility import findable_by
from service.language import _
from service.storage.clock import utcnow
from service.storage.rows import if_there
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
    return await _one(db, viewer, *_named(name, domain))


async def community_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityDetail:
    """The community of this id, or NotFound as in `community_by_name`."""
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
    return await _head(db, viewer, *_named(name, domain))


async def head_by_id(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> CommunityHead:
    """A community by id with its moderators and languages; raises NotFound as `community_by_name`."""
    return await _head(db, viewer, "id", community_id)


async def head_of_left(db: AsyncConnection, viewer: Viewer, community_id: int) -> CommunityHead:
    """A community that the viewer has left this moment, though they may read it no more."""
    return await _head(db, viewer, "id", community_id, scope="staff")


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


By = Literal["id", "ap_id", "name"]
_SOMEBODY = if_there(MODERATOR)


def _named(name: str, domain: str) -> tuple[By, str]:
    """By what the community of a name is found, and as what."""
    if not storable(name):
        raise NotFound
    bare, _at, host = name.strip().removeprefix("!").partition("@")
    if not host or host.lower() == domain:
        return "name", bare.lower()
    return "ap_id", f"{bare}@{host}".lower()


async def _one(
    db: AsyncConnection, viewer: Viewer | None, by: By, wanted: int | str, scope: Scope | None = None
) -> CommunityDetail:
    scope = scope or scope_of(viewer)
    return detail_loader(scope).load((await _rows(db, viewer, _detail_by(scope, by), wanted))[0])


async def _head(
    db: AsyncConnection, viewer: Viewer | None, by: By, wanted: int | str, scope: Scope | None = None
) -> CommunityHead:
    """The community and its moderators: a row of the statement for each, or one without any."""
    scope = scope or scope_of(viewer)
    rows = await _rows(db, viewer, _head_by(scope, by), wanted)
    detail, at = detail_loader(scope), len(detail_loader(scope).columns)
    found = (_SOMEBODY.load(row[at:]) for row in rows)
    return CommunityHead(
        detail.load(rows[0]), [one for one in found if one is not None], tuple(rows[0].language_ids)
    )


async def _rows(
    db: AsyncConnection, viewer: Viewer | None, statement: Select[Any], wanted: int | str
) -> Sequence[Any]:
    rows: Sequence[Any] = ()
    if isinstance(wanted, str) or is_id(wanted):
        rows = (await db.execute(statement, as_seen_by(viewer, wanted=wanted, now=utcnow()))).all()
    if not rows:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return rows


@lru_cache
def _head_by(scope: Scope, by: By) -> Select[Any]:
    languages = (
        select(CommunityLanguage.language_id)
        .where(CommunityLanguage.community_id == Community.id)
        .order_by(CommunityLanguage.language_id)
        .correlate(Community)
    )
    return (
        _detail_by(scope, by)
        .outerjoin(shown_moderators(), are_shown())
        .add_columns(*_SOMEBODY.columns, func.array(languages.scalar_subquery()).label("language_ids"))
        .order_by(*BY_RANK)
    )


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
