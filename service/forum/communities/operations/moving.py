"""A community of another server has moved: its members here go along, and its name leads to the new one."""

from contextlib import suppress

from sqlalchemy import select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.communities.operations.membership import join, leave
from service.forum.communities.roles import has_office
from service.forum.errors import ForumError
from service.storage.tables import CommunityJoinRequest, CommunityMember, Successor, User


async def succeed(session: AsyncSession, old_id: int, new_id: int) -> None:
    """Let the name of a community lead to the one that followed it."""
    row = insert(Successor).values(community_id=old_id, successor_id=new_id)
    keys = [Successor.community_id]
    await session.execute(
        row.on_conflict_do_update(index_elements=keys, set_={"successor_id": row.excluded.successor_id})
    )


async def move_members(session: AsyncSession, old_id: int, new_id: int, *, most: int) -> int:
    """Let accounts of this site ask the new community to let them in, and leave the old one.

    Who moderates the old one stays there, too.

    Parameters:
        most: how many at once.

    Returns:
        How many there were; 0 when all have gone along.
    """
    members = select(CommunityMember.user_id).where(
        CommunityMember.community_id == old_id, CommunityMember.is_banned.is_not(True), ~has_office()
    )
    asking = select(CommunityJoinRequest.user_id).where(CommunityJoinRequest.community_id == old_id)
    those = union(members, asking).subquery()
    ours = select(User.id).where(User.is_local, User.id.in_(select(those.c.user_id)))
    found = (await session.scalars(ours.order_by(User.id).limit(most))).all()
    for account_id in found:
        member = Author(id=account_id, name="")
        with suppress(ForumError):  # the new one has banned them, or is closed
            async with session.begin_nested():
                await join(session, member, new_id)
        await leave(session, member, old_id)
    return len(found)
