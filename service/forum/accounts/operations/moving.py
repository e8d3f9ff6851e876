"""Somebody of another server has moved: who follows them here goes along."""

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.operations.following import follow, unfollow
from service.forum.errors import ForumError
from service.storage.clock import utcnow
from service.storage.tables import User, UserBlock, UserFollower


async def move_followers(session: AsyncSession, old_id: int, new_id: int, *, most: int) -> int:
    """Let accounts of this site follow the new account in place of the old one; blocks hold for both.

    Parameters:
        most: how many at once.

    Returns:
        How many did follow the old one; 0 when all have gone along.
    """
    following = select(UserFollower.local_user_id).where(
        UserFollower.remote_user_id == old_id, UserFollower.is_inward.is_not(True)
    )
    found = (await session.scalars(following.order_by(UserFollower.local_user_id).limit(most))).all()
    for account_id in found:
        follower = Author(id=account_id, name="")
        try:
            async with session.begin_nested():
                await follow(session, follower, new_id)
        except ForumError:
            pass  # the new account does not want them, or is no account any more
        await unfollow(session, follower, old_id)
    if not found:
        await _carry_blocks(session, old_id, new_id)
    return len(found)


async def _carry_blocks(session: AsyncSession, old_id: int, new_id: int) -> None:
    known = exists().where(UserBlock.blocker_id == User.id, UserBlock.blocked_id == new_id)
    blockers = select(User.id).where(
        User.is_local, exists().where(UserBlock.blocker_id == User.id, UserBlock.blocked_id == old_id), ~known
    )
    for blocker_id in (await session.scalars(blockers.order_by(User.id))).all():
        row = insert(UserBlock).values(blocker_id=blocker_id, blocked_id=new_id, created_at=utcnow())
        await session.execute(row)
