"""Lists of blocks that other sites publish: followed, taken over as they change, and given up again.

This site's own decisions win: what an administrator here has allowed is not blocked by anybody's list, and what was
blocked here stays blocked whatever a list says.
"""

from collections.abc import Sequence

from sqlalchemy import String, any_, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.errors import Conflict, Invalid, NotFound
from service.forum.instances.columns import plain
from service.forum.instances.hosts import Hosts, host_from
from service.forum.instances.operations.changed import noted, tell_of_change
from service.forum.instances.pasted import Entry, Published
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import (
    AllowedInstance,
    BannedInstance,
    DefederationSubscription,
    FollowedList,
    Instance,
)

FIELD = "domain"
# As PieFed says who blocked a server that a list named.
AUTOMATIC = "auto"


async def follow(session: AsyncSession, by: Authority, name: str, *, own_host: str) -> int:
    """Follow the list of a site; return the number of the subscription. Its entries come with the next reading.

    Raises:
        Invalid: this is no site, or this one.
        Conflict: its list is followed already.
    """
    host = host_from(name)
    if host is None or "*" in host:
        raise Invalid({FIELD: _("Enter the name of a server, such as example.org.")})
    if host == own_host:
        raise Invalid({FIELD: _("This is your own site.")})
    await lock_name(session, "instances")
    known = select(DefederationSubscription.id).where(plain(DefederationSubscription.domain) == host)
    if await session.scalar(known.limit(1)):
        raise Conflict(_("You're already following this server's blocklist."), field=FIELD)
    row = DefederationSubscription(domain=host)
    session.add(row)
    await session.flush()
    await noted(session, by, "blocklist_follow", host)
    return row.id


async def unfollow(session: AsyncSession, by: Authority, subscription_id: int) -> None:
    """Give a list up; who was blocked by it alone may talk to us again.

    Raises:
        NotFound: it is not followed.
    """
    await lock_name(session, "instances")
    row = await session.get(DefederationSubscription, subscription_id)
    if row is None:
        raise NotFound(_("You aren't following this blocklist."))
    await session.execute(delete(BannedInstance).where(BannedInstance.subscription_id == subscription_id))
    await session.execute(delete(FollowedList).where(FollowedList.subscription_id == subscription_id))
    await session.delete(row)
    await session.flush()
    await noted(session, by, "blocklist_unfollow", row.domain or "")
    await tell_of_change(session)


async def take_over(
    session: AsyncSession, subscription_id: int, entries: Sequence[Published], *, own_host: str
) -> tuple[int, int]:
    """Make the entries of a followed list those that its site publishes now; return how many came and went.

    What the list says of this site and of those allowed here is passed over. A name of which only the digest is given
    is found among the servers that are known here, now or at a later reading.
    """
    await lock_name(session, "instances")
    publisher = await session.scalar(
        select(DefederationSubscription.domain).where(DefederationSubscription.id == subscription_id)
    )
    if publisher is None:
        return 0, 0  # given up while it was read
    allowed = Hosts.from_entries(await session.scalars(select(AllowedInstance.domain)))
    wanted = {
        entry.host: entry
        for entry in await _named(session, entries)
        if not allowed.cover(entry.host) and not Hosts(frozenset({entry.host})).cover(own_host)
    }
    mine = BannedInstance.subscription_id == subscription_id
    rows = await session.execute(select(BannedInstance.id, plain(BannedInstance.domain)).where(mine))
    present: dict[int, str] = {}
    present.update((id_, host) for id_, host in rows)
    gone = [id_ for id_, host in present.items() if host not in wanted]
    new = [entry for host, entry in wanted.items() if host not in set(present.values())]
    await _apply(session, subscription_id, gone, new)
    await _told(session, subscription_id, problem=None, read=True)
    if gone or new:
        facts = {"came": len(new), "went": len(gone)}
        await audit.note(
            session, _FOLLOWER, "blocklist_taken_over", target=f"instance:{publisher}", details=facts
        )
        await tell_of_change(session)
    return len(new), len(gone)


async def tell_problem(session: AsyncSession, subscription_id: int, problem: str) -> None:
    """Keep why a list could not be read; its entries stay in force."""
    await _told(session, subscription_id, problem=problem[:1000], read=False)


_FOLLOWER = Authority(name="block lists")


async def _named(session: AsyncSession, entries: Sequence[Published]) -> list[Entry]:
    """Return the entries whose names are known."""
    hidden = {entry.digest: entry for entry in entries if not entry.host}
    named = [Entry(entry.host, entry.reason) for entry in entries if entry.host]
    if hidden:
        digest = func.encode(func.sha256(func.convert_to(Instance.domain, "UTF8")), "hex")
        among = digest == any_(bindparam(None, list(hidden), type_=ARRAY(String)))
        for domain, found in await session.execute(select(Instance.domain, digest).where(among)):
            named.append(Entry(domain or "", hidden[found].reason))
    return named


async def _apply(session: AsyncSession, subscription_id: int, gone: list[int], new: list[Entry]) -> None:
    for at in range(0, len(gone), 1000):
        await session.execute(delete(BannedInstance).where(BannedInstance.id.in_(gone[at : at + 1000])))
    if new:
        now = utcnow()
        rows = [
            {
                "domain": entry.host,
                "reason": entry.reason or AUTOMATIC,
                "subscription_id": subscription_id,
                "created_at": now,
            }
            for entry in new
        ]
        await session.execute(insert(BannedInstance), rows)


async def _told(session: AsyncSession, subscription_id: int, *, problem: str | None, read: bool) -> None:
    now = utcnow()
    values = {"subscription_id": subscription_id, "problem": problem, "tried_at": now}
    values |= {"read_at": now} if read else {}
    statement = upsert(FollowedList).values(values)
    changes = {name: statement.excluded[name] for name in values if name != "subscription_id"}
    await session.execute(
        statement.on_conflict_do_update(index_elements=[FollowedList.subscription_id], set_=changes)
    )
