"""Who is named, and where something stands, by the ids of their rows: for activities that carry nothing more."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from sqlalchemy import ARRAY, Integer, Select, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.queries.columns import (
    ACTOR_WIDTH,
    actor_columns,
    actor_row,
    place_columns,
    place_row,
)
from service.federation.write.rows import ActorRow, PlaceRow
from service.forum.checks import storable
from service.storage.statements import array_of_any_length
from service.storage.tables import Community, Instance, User

_IDS: Any = bindparam("ids", type_=ARRAY(Integer))


async def actors(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, ActorRow]:
    """People by their ids, of here and elsewhere, with what their servers run.

    Parameters:
        domain: this site's.
    """
    rows = await db.execute(_actors(), {"ids": [*ids]})
    return {row[0]: actor_row(row[:ACTOR_WIDTH], domain, row.software) for row in rows}


async def places(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, PlaceRow]:
    """Communities by their ids, of here and elsewhere; as actors."""
    rows = await db.execute(_places(), {"ids": [*ids]})
    return {row[0]: place_row(row, domain) for row in rows}


async def actor_elsewhere(
    db: AsyncConnection, kind: Literal["person", "community"], handle: str
) -> str | None:
    """The id of an actor of another server's; None for nobody known here.

    Parameters:
        handle: `name@host` in any case.
    """
    if not storable(handle):
        return None
    table: Any = User if kind == "person" else Community
    url = func.coalesce(table.ap_public_url, table.ap_profile_id)
    return await db.scalar(select(url).where(table.ap_id == handle.strip().lower()).limit(1))


@cache
def _actors() -> Select[Any]:
    return (
        select(*actor_columns(User), Instance.software)
        .outerjoin(Instance, Instance.id == User.instance_id)
        .where(User.id == any_(array_of_any_length(_IDS)))
    )


@cache
def _places() -> Select[Any]:
    return select(*place_columns()).where(Community.id == any_(array_of_any_length(_IDS)))
