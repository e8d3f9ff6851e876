"""Who moderates a community."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, join, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

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

Moderating = aliased(CommunityMember, name="moderating")
_PERSON, _AVATAR = aliased(User, name="moderator"), picture("moderators_avatar")
_IS_OWNER = Moderating.is_owner.is_(True)
MODERATOR = Loader(
    Moderator, {"person": author_loader(_PERSON, _AVATAR), "owner": or_false(Moderating.is_owner)}
)
# Owners first, then by seniority.
BY_RANK = (_IS_OWNER.desc(), Moderating.created_at, Moderating.user_id)


async def moderators(db: AsyncConnection, community_id: int) -> list[Moderator]:
    """The moderators of a community, owners first, then by seniority."""
    rows = await db.execute(_moderators(), {"wanted": community_id})
    return [MODERATOR.load(row) for row in rows]


async def is_moderator(db: AsyncConnection, account_id: int, community_id: int) -> bool:
    """Whether an account moderates a community."""
    return bool(await db.scalar(select(moderates_in(account_id, community_id))))


def shown_moderators() -> FromClause:
    """Those who moderate, as `MODERATOR` reads them; to be joined with their community on `are_shown`."""
    return join(
        Moderating, _PERSON, and_(_PERSON.id == Moderating.user_id, _PERSON.deleted.is_not(True))
    ).outerjoin(_AVATAR, _AVATAR.id == _PERSON.avatar_id)


def are_shown() -> ColumnElement[bool]:
    """SQL: somebody moderates the community, which does not keep to itself who that is."""
    return and_(
        Moderating.community_id == Community.id, moderates(Moderating), Community.private_mods.is_not(True)
    )


@lru_cache
def _moderators() -> Select[Any]:
    return (
        select(*MODERATOR.columns)
        .select_from(join(Community, shown_moderators(), are_shown()))
        .where(Community.id == WANTED)
        .order_by(*BY_RANK)
    )
