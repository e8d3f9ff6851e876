"""Whom other servers may find here by a name: people, communities and feeds that are for everybody to see."""

from functools import cache
from typing import Any, Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import WANTED
from service.forum.accounts.queries.actors import actor_by_name
from service.forum.accounts.rules import storable
from service.forum.communities.columns import keeps_to_site
from service.forum.communities.rules import actor_url as community_url
from service.forum.errors import NotFound
from service.forum.feeds.rules import actor_url as feed_url
from service.forum.visibility import is_fit, visible_to
from service.storage.tables import Community, Feed

Kind = Literal["person", "community", "feed"]
KINDS: tuple[Kind, ...] = ("person", "community", "feed")


class Known(msgspec.Struct, frozen=True):
    """An actor of this site.

    Attributes:
        type: as ActivityPub has it.
        id: the actor's identifier, in lower case.
        url: the address of its page.
    """

    type: Literal["Person", "Service", "Group", "Feed"]
    name: str
    id: str
    url: str


async def find_actor(
    db: AsyncConnection, name: str, *, domain: str, kinds: tuple[Kind, ...] = KINDS
) -> Known:
    """The actor of a name in any case; a person before a community before a feed.

    Parameters:
        domain: this site's.
        kinds: what it may be.

    Raises:
        NotFound: there is none, or none that everybody may see and other servers may know.
        Gone: the account of that name was deleted.
    """
    if not storable(name):
        raise NotFound("There is no account with this name here.")
    for kind in kinds:
        found: Known | None = await _FINDERS[kind](db, name.strip(), domain)
        if found is not None:
            return found
    raise NotFound("There is no account with this name here.")


async def _person(db: AsyncConnection, name: str, domain: str) -> Known | None:
    try:
        row = await actor_by_name(db, name, domain=domain)
    except NotFound:
        return None
    return Known("Service" if row.bot else "Person", row.name, row.id, row.url)


async def _community(db: AsyncConnection, name: str, domain: str) -> Known | None:
    row = (await db.execute(_open_community(), {"wanted": community_url(domain, name)})).first()
    return None if row is None else Known("Group", *row)


async def _feed(db: AsyncConnection, name: str, domain: str) -> Known | None:
    row = (await db.execute(_public_feed(), {"wanted": feed_url(domain, name)})).first()
    return None if row is None else Known("Feed", *row)


_FINDERS: dict[Kind, Any] = {"person": _person, "community": _community, "feed": _feed}


@cache
def _open_community() -> Any:
    return _actor(Community, Community.name).where(
        visible_to("anybody", is_member=None, is_owner=None), ~keeps_to_site()
    )


@cache
def _public_feed() -> Any:
    return _actor(Feed, Feed.machine_name).where(
        Feed.public.is_(True), Feed.banned.is_not(True), is_fit(Feed)
    )


def _actor(table: Any, name: Any) -> Any:
    url = func.coalesce(table.ap_public_url, table.ap_profile_id)
    return select(name, table.ap_profile_id, url).where(table.ap_profile_id == WANTED, table.ap_id.is_(None))
