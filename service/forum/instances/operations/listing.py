"""Puts servers on the list of the blocked or of the allowed and takes them off, and says which list is in force."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, any_, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.errors import Invalid
from service.forum.instances.choices import Change, Mode
from service.forum.instances.columns import plain
from service.forum.instances.hosts import Hosts
from service.forum.instances.operations.changed import noted, tell_of_change
from service.forum.instances.operations.withdrawing import bring_back, withdraw
from service.forum.instances.pasted import FIELD, Entry
from service.forum.instances.queries.lists import ALLOW_LIST, OFF
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import AllowedInstance, BannedInstance, Setting

# What a change has made of a server.
LISTED: dict[Change, str] = {
    Change.BLOCK: _("blocked"),
    Change.UNBLOCK: _("unblocked"),
    Change.ALLOW: _("allowed"),
    Change.DISALLOW: _("no longer allowed"),
}


async def change(
    session: AsyncSession,
    by: Authority,
    change: Change,
    entries: Sequence[Entry],
    *,
    own_host: str,
    withdraws: bool = False,
) -> list[Entry]:
    """Put servers on a list, or take them off it; return those that were not as they are to be.

    Who blocks a server takes it off the list of the allowed, and the other way round. What comes from a list that is
    followed stays there; who allows a server makes an exception from it.

    Parameters:
        entries: the servers, with the reason of a block.
        own_host: this site's, which cannot be blocked.
        withdraws: what is here of the servers that are blocked is taken down; it comes back when they no longer are.

    Raises:
        Invalid: this site would be blocked.
    """
    if change is Change.BLOCK and Hosts.from_entries(entry.host for entry in entries).cover(own_host):
        raise Invalid({FIELD: _("This would block your own site (%(own_host)s).", own_host=own_host)})
    await lock_name(session, "instances")
    changed: list[Entry] = await _CHANGES[change](session, by, entries)
    for entry in changed if len(changed) <= _NOTED_ALONE else ():
        await noted(session, by, f"instance_{change.value}", entry.host, reason=entry.reason)
    if len(changed) > _NOTED_ALONE:
        facts = {"count": len(changed), "first": ", ".join(entry.host for entry in changed[:10])}
        await audit.note(session, by, f"instances_{change.value}", details=facts)
    for entry in entries if withdraws and change is Change.BLOCK else ():
        await withdraw(session, by, entry.host, reason=entry.reason)
    if change in {Change.UNBLOCK, Change.ALLOW}:
        await bring_back(session, by, [entry.host for entry in entries])
    await tell_of_change(session)
    return changed


async def set_mode(session: AsyncSession, by: Authority, mode: Mode) -> None:
    """Say whom the site federates with."""
    values = {ALLOW_LIST: mode is Mode.ALLOW, OFF: mode is Mode.OFF}
    for name, value in values.items():
        await session.merge(Setting(name=name, value=json.dumps(value)))
    await audit.note(session, by, "federation_mode", details={"mode": mode.value})
    await tell_of_change(session)


_NOTED_ALONE = 20  # more at once are one entry of the audit log


async def _block(session: AsyncSession, by: Authority, entries: Sequence[Entry]) -> list[Entry]:
    """A server that is blocked already keeps its entry and gets the new reason, if there is one."""
    hosts = [entry.host for entry in entries]
    await session.execute(delete(AllowedInstance).where(_names(AllowedInstance, hosts)))
    own = (_names(BannedInstance, hosts), BannedInstance.subscription_id.is_(None))
    known = set(await session.scalars(select(plain(BannedInstance.domain)).where(*own)))
    new = [entry for entry in entries if entry.host not in known]
    for entry in entries:
        if entry.host in known and entry.reason:
            again = update(BannedInstance).where(*own, plain(BannedInstance.domain) == entry.host)
            await session.execute(again.values(reason=entry.reason))
    now = utcnow()
    await _insert(
        session,
        BannedInstance,
        [
            {
                "domain": entry.host,
                "reason": entry.reason or None,
                "initiator": by.name[:256],
                "created_at": now,
            }
            for entry in new
        ],
    )
    return new


async def _unblock(session: AsyncSession, by: Authority, entries: Sequence[Entry]) -> list[Entry]:
    hosts = [entry.host for entry in entries]
    statement = (
        delete(BannedInstance)
        .where(_names(BannedInstance, hosts), BannedInstance.subscription_id.is_(None))
        .returning(BannedInstance.domain)
    )
    return _among(entries, await session.scalars(statement))


async def _allow(session: AsyncSession, by: Authority, entries: Sequence[Entry]) -> list[Entry]:
    hosts = [entry.host for entry in entries]
    # The entries of followed lists go as well, as PieFed does it: it knows the exception by their absence.
    await session.execute(delete(BannedInstance).where(_names(BannedInstance, hosts)))
    known = set(
        await session.scalars(select(plain(AllowedInstance.domain)).where(_names(AllowedInstance, hosts)))
    )
    new = [entry for entry in entries if entry.host not in known]
    now = utcnow()
    await _insert(session, AllowedInstance, [{"domain": entry.host, "created_at": now} for entry in new])
    return new


async def _disallow(session: AsyncSession, by: Authority, entries: Sequence[Entry]) -> list[Entry]:
    hosts = [entry.host for entry in entries]
    statement = (
        delete(AllowedInstance).where(_names(AllowedInstance, hosts)).returning(AllowedInstance.domain)
    )
    return _among(entries, await session.scalars(statement))


_CHANGES: dict[Change, Any] = {
    Change.BLOCK: _block,
    Change.UNBLOCK: _unblock,
    Change.ALLOW: _allow,
    Change.DISALLOW: _disallow,
}


def _names(table: Any, hosts: Sequence[str]) -> Any:
    """SQL: an entry is one of these hosts, however it was written."""
    return plain(table.domain) == any_(bindparam(None, list(hosts), type_=ARRAY(String)))


async def _insert(session: AsyncSession, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)


def _among(entries: Sequence[Entry], domains: Any) -> list[Entry]:
    gone = Hosts.from_entries(domains).names
    return [entry for entry in entries if entry.host in gone]
