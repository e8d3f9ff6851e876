"""Who is banned from a community."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import (
    WANTED,
    author_loader,
    picture,
)
from service.forum.accounts.viewer import Viewer
from service.forum.communities.queries.one import community_by_id
from service.forum.communities.rules import may_moderate
from service.forum.communities.shapes import BanPage, MemberBan
from service.forum.errors import Forbidden
from service.storage.rows import Loader, if_there
from service.storage.statements import literal_limit
from service.storage.tables import (
    CommunityBan,
    User,
)

_AVATAR = picture("avatar")
_BANNED_BY, _BANNED_BY_AVATAR = aliased(User, name="banned_by"), picture("banned_by_avatar")
_BAN = Loader(
    MemberBan,
    {
        "person": author_loader(User, _AVATAR),
        "banned_by": if_there(author_loader(_BANNED_BY, _BANNED_BY_AVATAR)),
        "until": CommunityBan.ban_until,
    },
    CommunityBan,
)


async def bans(
    db: AsyncConnection,
    viewer: Viewer,
    community_id: int,
    *,
    account_id: int | None = None,
    page: int = 1,
    size: int = 20,
) -> BanPage:
    """The people banned from a community, the latest first.

    Parameters:
        account_id: this person's ban alone.
        page: from 1.
        size: bans a page.

    Raises:
        NotFound: there is no such community.
        Forbidden: the viewer does not moderate it.
    """
    detail = await community_by_id(db, viewer, community_id)
    if not may_moderate(viewer, is_moderator=detail.mine.moderator):
        raise Forbidden("Only moderators may see this.", code="not_a_mod")
    statement = _bans().limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))
    if account_id is not None:
        statement = statement.where(CommunityBan.user_id == account_id)
    found = [_BAN.load(row) for row in await db.execute(statement, {"wanted": community_id})]
    return BanPage(detail.community, found[:size], len(found) > size)


@lru_cache
def _bans() -> Select[Any]:
    return (
        select(*_BAN.columns)
        .join(CommunityBan, CommunityBan.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_BANNED_BY, _BANNED_BY.id == CommunityBan.banned_by)
        .outerjoin(_BANNED_BY_AVATAR, _BANNED_BY_AVATAR.id == _BANNED_BY.avatar_id)
        .where(CommunityBan.community_id == WANTED)
        .order_by(CommunityBan.created_at.desc(), User.id)
    )
