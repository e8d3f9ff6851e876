"""Bans by other servers: whom they let no longer take part in what is at home there."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.operations.rows import account_row
from service.forum.errors import Forbidden
from service.forum.events import BannedElsewhere, ContentPurgeRequested
from service.language import _
from service.storage.outbox import record
from service.storage.tables import Community, CommunityJoinRequest, InstanceBan


async def ban_from_instance(
    session: AsyncSession,
    author: Author,
    account_id: int,
    *,
    reason: str = "",
    until: datetime | None = None,
    removes_content: bool = False,
) -> None:
    """Let an administrator of another server ban somebody, of theirs or not, from what is at home there.

    Parameters:
        until: naive UTC; None for ever.
        removes_content: all that they wrote there is taken down; of people of that server, everything.

    Raises:
        Forbidden: the author administers no other server.
        NotFound: there is no such account.
    """
    _check(author)
    user = await account_row(session, account_id)
    statement = insert(InstanceBan).values(
        user_id=account_id, instance_id=author.instance_id, banned_until=until
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[InstanceBan.user_id, InstanceBan.instance_id], set_={"banned_until": until}
        )
    )
    communities = select(Community.id).where(Community.instance_id == author.instance_id)
    await session.execute(
        delete(CommunityJoinRequest).where(
            CommunityJoinRequest.user_id == account_id, CommunityJoinRequest.community_id.in_(communities)
        )
    )
    if user.is_local:
        await record(session, BannedElsewhere(account_id=account_id, by_id=author.id, banned=True))
    if removes_content:
        await record(session, _purge(author, account_id, user.instance_id, reason))


async def unban_from_instance(
    session: AsyncSession,
    author: Author,
    account_id: int,
    *,
    reason: str = "",
    restores_content: bool = False,
) -> None:
    """Lift such a ban; nothing happens if there is none. Raises as `ban_from_instance`.

    Parameters:
        restores_content: what the author took down comes back.
    """
    _check(author)
    user = await account_row(session, account_id)
    lifted = await session.execute(
        delete(InstanceBan)
        .where(InstanceBan.user_id == account_id, InstanceBan.instance_id == author.instance_id)
        .returning(InstanceBan.user_id)
    )
    if lifted.first() is None:
        return
    if user.is_local:
        await record(session, BannedElsewhere(account_id=account_id, by_id=author.id, banned=False))
    if restores_content:
        await record(session, _purge(author, account_id, user.instance_id, reason, undoes=author.id))


def _check(author: Author) -> None:
    if not author.runs_their_site or author.local:
        raise Forbidden(_("Only administrators of a server can ban people from it."))


def _purge(
    author: Author, account_id: int, home: int | None, reason: str, undoes: int | None = None
) -> ContentPurgeRequested:
    return ContentPurgeRequested(
        account_id=account_id,
        by_id=author.id,
        reason=reason,
        instance_id=None if home == author.instance_id else author.instance_id,
        undoes=undoes,
    )
