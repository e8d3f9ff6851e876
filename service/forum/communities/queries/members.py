"""Who moderates a community."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    exists,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import (
    WANTED,
    author_loader,
    picture,
)
from service.forum.communities.roles import moderates, moderates_in
from service.forum.communities.shapes import Moderator
from service.storage.rows import Loader, or_false
from service.storage.tables import (
    Community,
    CommunityMember,
    User,
)

_AVATAR = picture("avatar")
_MODERATOR = Loader(
    Moderator, {"person": author_loader(User, _AVATAR), "owner": or_false(CommunityMember.is_owner)}
)


async def moderators(db: AsyncConnection, community_id: int) -> list[Moderator]:
    """The moderators of a community, owners first, then by seniority."""
    rows = await db.execute(_moderators(), {"wanted": community_id})
    return [_MODERATOR.load(row) for row in rows]


async def is_moderator(db: AsyncConnection, account_id: int, community_id: int) -> bool:
    """Whether an account moderates a community."""
    return bool(await db.scalar(select(moderates_in(account_id, community_id))))


@lru_cache
def _moderators() -> Select[Any]:
    return (
        select(*_MODERATOR.columns)
        .join(CommunityMember, CommunityMember.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(
            CommunityMember.community_id == WANTED,
            moderates(),
            User.deleted.is_not(True),
            ~exists().where(Community.id == WANTED, Community.private_mods.is_(True)),
        )
        .order_by(CommunityMember.is_owner.is_(True).desc(), CommunityMember.created_at, User.id)
    )
