"""The lists in force, and who is on them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.instances.choices import Mode
from service.forum.instances.hosts import Hosts, host_from, itself_and_above
from service.forum.instances.pasted import Entry
from service.forum.instances.rules import Lists
from service.forum.instances.shapes import Federation, FollowedSite, ListEntry, Subscription
from service.forum.site import settings
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import (
    AllowedInstance,
    BannedInstance,
    DefederationSubscription,
    FollowedList,
    Instance,
)

# PieFed's setting, and one of our own beside it: PieFed has no word for a site that federates with nobody.
ALLOW_LIST, OFF = "use_allowlist", "federation_off"


async def read_lists(db: AsyncConnection | AsyncSession) -> Lists:
    """Read the lists that are in force."""
    return Lists(
        mode=await mode(db),
        blocked=Hosts.from_entries(await db.scalars(_entries(followed=False))),
        allowed=Hosts.from_entries(await db.scalars(select(AllowedInstance.domain))),
        subscribed=Hosts.from_entries(await db.scalars(_entries(followed=True))),
    )


async def mode(db: AsyncConnection | AsyncSession) -> Mode:
    """Return whom the site federates with."""
    stored = await settings(db, (ALLOW_LIST, OFF))
    if stored.get(OFF):
        return Mode.OFF
    return Mode.ALLOW if stored.get(ALLOW_LIST) else Mode.BLOCK


async def federation(db: AsyncConnection) -> Federation:
    """Return whom the site federates with, and whose lists it follows."""
    own = _entries(followed=False).subquery()
    return Federation(
        mode=await mode(db),
        blocked=await _count(db, select(func.count()).select_from(own)),
        allowed=await _count(db, select(func.count()).select_from(AllowedInstance)),
        subscriptions=await subscriptions(db),
    )


async def subscriptions(db: AsyncConnection) -> list[Subscription]:
    """Return the sites whose lists are followed, by name."""
    entries = (
        select(func.count())
        .where(BannedInstance.subscription_id == DefederationSubscription.id)
        .scalar_subquery()
    )
    statement = (
        select(
            DefederationSubscription.id,
            DefederationSubscription.domain,
            entries,
            FollowedList.read_at,
            FollowedList.problem,
        )
        .outerjoin(FollowedList, FollowedList.subscription_id == DefederationSubscription.id)
        .where(DefederationSubscription.domain.is_not(None))
        .order_by(DefederationSubscription.domain, DefederationSubscription.id)
    )
    return [
        Subscription(id_, domain or "", count, read_at, problem or "")
        for id_, domain, count, read_at, problem in await db.execute(statement)
    ]


async def lists_to_read(db: AsyncConnection, *, older_than: timedelta, most: int) -> list[FollowedSite]:
    """Return the sites whose lists were not read for some time, the longest first.

    Parameters:
        older_than: since the last try.
        most: how many at most.
    """
    last = FollowedList.tried_at
    statement = (
        select(DefederationSubscription.id, DefederationSubscription.domain, Instance.software)
        .outerjoin(FollowedList, FollowedList.subscription_id == DefederationSubscription.id)
        .outerjoin(Instance, Instance.domain == DefederationSubscription.domain)
        .where(
            DefederationSubscription.domain.is_not(None), or_(last.is_(None), last < utcnow() - older_than)
        )
        .order_by(last.asc().nulls_first(), DefederationSubscription.id)
        .limit(literal_limit(most))
    )
    return [
        FollowedSite(id_, host, software or "")
        for id_, domain, software in await db.execute(statement)
        if domain and (host := host_from(domain))
    ]


async def own_entries(db: AsyncConnection, *, allowed: bool = False) -> list[Entry]:
    """Return the servers that administrators here have blocked, or allowed, by name."""
    if allowed:
        statement: Any = select(AllowedInstance.domain, func.coalesce(None, "")).order_by(
            AllowedInstance.domain
        )
    else:
        statement = (
            select(BannedInstance.domain, BannedInstance.reason)
            .where(BannedInstance.subscription_id.is_(None))
            .order_by(BannedInstance.domain)
        )
    rows = await db.execute(statement)
    return [Entry(host, reason or "") for domain, reason in rows if domain and (host := host_from(domain))]


async def talks_to(db: AsyncConnection, domain: str) -> bool:
    """Whether the site talks to a server, by a look for its own entries: those with stars are not asked here."""
    names = _names(domain)
    entries = list(
        await db.scalars(select(BannedInstance.subscription_id).where(BannedInstance.domain.in_(names)))
    )
    allowed = list(await db.scalars(select(AllowedInstance.id).where(AllowedInstance.domain.in_(names))))
    lists = Lists(
        mode=await mode(db),
        blocked=Hosts.from_entries([domain] if None in entries else []),
        allowed=Hosts.from_entries([domain] if allowed else []),
        subscribed=Hosts.from_entries([domain] if entries else []),
    )
    return lists.admit(domain.partition(":")[0])


async def entries_for(db: AsyncConnection, domain: str) -> Sequence[ListEntry]:
    """Return the entries by which a server is blocked, itself or one above it, our own first."""
    statement = (
        select(
            BannedInstance.domain,
            BannedInstance.reason,
            BannedInstance.initiator,
            BannedInstance.created_at,
            DefederationSubscription.domain,
        )
        .outerjoin(DefederationSubscription, DefederationSubscription.id == BannedInstance.subscription_id)
        .where(BannedInstance.domain.in_(_names(domain)))
        .order_by(BannedInstance.subscription_id.is_not(None), BannedInstance.id)
    )
    return [
        ListEntry(name or "", reason or "", by or "", created_at, list_of or "")
        for name, reason, by, created_at, list_of in await db.execute(statement)
    ]


def _entries(*, followed: bool) -> Select[Any]:
    """SQL: the entries of lists that are followed, or those that administrators here made."""
    of = BannedInstance.subscription_id
    return select(BannedInstance.domain).where(of.is_not(None) if followed else of.is_(None))


def _names(domain: str) -> list[str]:
    names = itself_and_above(domain.partition(":")[0])
    return names + [f"*.{name}" for name in names]


async def _count(db: AsyncConnection, statement: Any) -> int:
    return int((await db.execute(statement)).scalar_one())
