"""Accounts, communities, feeds and the site that lack what makes an actor: PieFed gives some of it later, or never."""

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.keys import KeyPair, make_keys
from service.forum.accounts.queries.viewers import applies
from service.forum.accounts.rules import actor_url as person_url
from service.forum.communities.rules import actor_url as community_url
from service.forum.feeds.rules import actor_url as feed_url
from service.forum.local_names import name_of
from service.storage.tables import Community, Feed, Site, User
from service.storage.transaction import Database

Kind = Literal["person", "community", "feed", "site"]

# The table of each, and the address made of its name.
ACTORS: dict[Kind, tuple[Any, Callable[[str, str], str]]] = {
    "person": (User, person_url),
    "community": (Community, community_url),
    "feed": (Feed, feed_url),
}
# What stands behind an actor's address in the columns that it has.
BEHIND: dict[Kind, dict[str, str]] = {
    "person": {"ap_inbox_url": "/inbox"},
    "community": {"ap_followers_url": "/followers", "ap_moderators_url": "/moderators"},
    "feed": {"ap_followers_url": "/followers", "ap_following_url": "/following", "ap_outbox_url": "/outbox"},
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


async def incomplete(db: AsyncConnection) -> list[tuple[Kind, int]]:
    """Return who lacks a key or an address; nobody who waits to be let in, or is deleted."""
    found: list[tuple[Kind, int]] = []
    for kind, (table, _) in ACTORS.items():
        lacking = select(table.id).where(table.is_local, _stands(kind), _lacks(kind)).order_by(table.id)
        found += [(kind, id_) for id_ in await db.scalars(lacking)]
    found += [("site", id_) for id_ in await db.scalars(select(Site.id).where(_has_no_key(Site)))]
    return found


def _stands(kind: Kind) -> ColumnElement[bool]:
    """Whether it is there for others; accounts that wait are completed when they are let in."""
    stands: dict[Kind, ColumnElement[bool]] = {
        "person": and_(User.verified.is_(True), User.deleted.is_not(True), ~applies()),
        "community": Community.banned.is_not(True),
        "feed": Feed.banned.is_not(True),
    }
    return stands.get(kind, true())


def _lacks(kind: Kind) -> ColumnElement[bool]:
    table, _ = ACTORS[kind]
    # Of what stands behind them PieFed fills only a part, and nobody needs more.
    return or_(_has_no_key(table), table.ap_profile_id.is_(None), table.ap_public_url.is_(None))


async def _complete_actor(session: AsyncSession, kind: Kind, id_: int, keys: KeyPair, domain: str) -> None:
    table, address = ACTORS[kind]
    mine = table.id == id_, table.is_local
    name = await session.scalar(select(name_of(table)).where(*mine))
    if not name:
        return
    fresh = {"private_key": keys.private, "public_key": keys.public}
    await session.execute(update(table).where(*mine, _has_no_key(table)).values(fresh))
    own = func.coalesce(table.ap_public_url, table.ap_profile_id, address(domain, name))
    addresses = {
        "ap_profile_id": func.coalesce(table.ap_profile_id, address(domain, name)),
        "ap_public_url": own,
    }
    # Whoever has a domain, pyfedi's API takes for somebody from there, even where it is this one.
    if kind != "person":
        addresses["ap_domain"] = func.coalesce(table.ap_domain, domain)
    for column, folder in BEHIND[kind].items():
        addresses[column] = func.coalesce(getattr(table, column), func.concat(own, folder))
    await session.execute(update(table).where(*mine).values(addresses))


async def _complete_site(session: AsyncSession, id_: int, keys: KeyPair) -> None:
    keyless = update(Site).where(Site.id == id_, _has_no_key(Site))
    await session.execute(keyless.values(private_key=keys.private, public_key=keys.public))


def _has_no_key(table: Any) -> ColumnElement[bool]:
    return func.coalesce(table.private_key, "") == ""
