"""Takes down what is here of a blocked server, and brings it back: decided here, done in parts by a worker."""

from collections.abc import Collection

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.authority import Authority
from service.forum.errors import Conflict, Invalid
from service.forum.events import WithdrawalDecided
from service.forum.instances.columns import plain
from service.forum.instances.operations.changed import noted
from service.language import _
from service.storage.outbox import record
from service.storage.tables import BannedInstance, Withdrawal


async def withdraw(session: AsyncSession, by: Authority, host: str, *, reason: str = "") -> None:
    """Let all be taken down that came from a blocked server and those below it. Idempotent.

    Raises:
        Conflict: it is not blocked here.
        Invalid: who wants it has no account here, in whose name it is done.
    """
    if by.id is None:
        raise Invalid({"domain": _("Only an administrator with an account on this site can do that.")})
    blocked = exists().where(plain(BannedInstance.domain) == host, BannedInstance.subscription_id.is_(None))
    if not await session.scalar(select(blocked)):
        raise Conflict(_("This server isn't blocked here."))
    wanted = insert(Withdrawal).values(host=host, by_id=by.id, reason=reason, removed=True)
    again = {"by_id": by.id, "reason": reason, "removed": True}
    await session.execute(wanted.on_conflict_do_update(index_elements=[Withdrawal.host], set_=again))
    await record(session, WithdrawalDecided(host=host))
    await noted(session, by, "instance_withdraw", host, reason=reason)


async def bring_back(session: AsyncSession, by: Authority, hosts: Collection[str]) -> None:
    """Let all come back that was taken down with these servers; nothing happens where nothing was."""
    undone = (
        update(Withdrawal)
        .where(Withdrawal.host.in_(hosts), Withdrawal.removed)
        .values(removed=False)
        .returning(Withdrawal.host)
        .execution_options(synchronize_session=False)
    )
    for host in (await session.scalars(undone)).all():
        await record(session, WithdrawalDecided(host=host))
        await noted(session, by, "instance_bring_back", host)
