"""Accounts, communities, feeds and the site that lack what makes an actor: PieFed gives some of it later, or never."""

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.keys import KeyPair, make_keys
from service.forum.accounts.rules import actor_url as person_url
from service.forum.communities.rules import actor_url as community_url
from service.forum.feeds.rules import actor_url as feed_url
from service.storage.tables import Community, Feed, Site, User
from service.storage.transaction import Database

Kind = Literal["person", "community", "feed", "site"]

# The table of each, the column of its name, and the address made of that.
ACTORS: dict[Kind, tuple[Any, Any, Callable[[str, str], str]]] = {
    "person": (User, User.user_name, person_url),
    "community": (Community, Community.name, community_url),
    "feed": (Feed, Feed.name, feed_url),
}


async def complete(database: Database, kind: Kind, id_: int, *, domain: str) -> None:
    """Give an actor of this site the keys and addresses that it lacks; what it has stays.

    Parameters:
        database: this process's. Making keys takes a tenth of a second, which no connection waits for.
        id_: its row.
        domain: this site's.

    Raises:
        StorageError: the database cannot be reached.
    """
    keys = await make_keys()
    if kind == "site":
        await database.write(_complete_site, id_, keys)
    else:
        await database.write(_complete_actor, kind, id_, keys, domain)


async def _complete_actor(session: AsyncSession, kind: Kind, id_: int, keys: KeyPair, domain: str) -> None:
    table, named, address = ACTORS[kind]
    name = await session.scalar(select(named).where(table.id == id_))
    if not name:
        return
    url = address(domain, name)
    await session.execute(
        update(table)
        .where(table.id == id_, table.ap_id.is_(None), _has_no_key(table))
        .values(
            private_key=keys.private,
            public_key=keys.public,
            ap_profile_id=func.coalesce(table.ap_profile_id, url),
            ap_public_url=func.coalesce(table.ap_public_url, table.ap_profile_id, url),
            ap_inbox_url=func.coalesce(table.ap_inbox_url, f"{url}/inbox"),
            ap_domain=func.coalesce(table.ap_domain, domain),
        )
    )


async def _complete_site(session: AsyncSession, id_: int, keys: KeyPair) -> None:
    keyless = update(Site).where(Site.id == id_, _has_no_key(Site))
    await session.execute(keyless.values(private_key=keys.private, public_key=keys.public))


def _has_no_key(table: Any) -> Any:
    return func.coalesce(table.private_key, "") == ""
