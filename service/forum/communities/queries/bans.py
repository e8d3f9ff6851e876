"""Who is banned from a community."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    null,
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
from service.forum.bans import in_force
from service.forum.communities.queries.one import community_by_id
from service.forum.communities.rules import may_moderate
from service.forum.communities.shapes import BanPage, MemberBan, OwnBan
from service.forum.errors import Forbidden
from service.language import _
from service.storage.rows import Loader, if_there
from service.storage.statements import literal_limit
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityMember,
    InstanceBan,
    User,
)

_AVATAR = picture("avatar")
_BANNED_BY, _BANNED_BY_AVATAR = aliased(User, name="banned_by"), picture("banned_by_avatar")
_BAN = Loader(
    MemberBan,
    {
        "person": author_loader(User, _AVATAR, introduced=True),
        "banned_by": if_there(author_loader(_BANNED_BY, _BANNED_BY_AVATAR, introduced=True)),
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
        raise Forbidden(_("Only moderators can see this."), code="not_a_mod")
    statement = _bans().limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))
    if account_id is not None:
        statement = statement.where(CommunityBan.user_id == account_id)
    found = [_BAN.load(row) for row in await db.execute(statement, {"wanted": community_id})]
    return BanPage(detail, found[:size], len(found) > size)


async def own_ban(db: AsyncConnection, viewer: Viewer, community_id: int) -> OwnBan | None:
    """Why and until when the viewer is banned from a community; None if they are not.

    A member may be banned by a server that told no more than that, and by the home of a community of another site.
    """
    home = select(Community.instance_id).where(Community.id == community_id).scalar_subquery()
    listed = select(CommunityBan.reason, CommunityBan.ban_until).where(
        CommunityBan.user_id == viewer.id,
        CommunityBan.community_id == community_id,
        in_force(CommunityBan.ban_until),
    )
    by_home = select(null(), InstanceBan.banned_until).where(
        InstanceBan.user_id == viewer.id,
        InstanceBan.instance_id == home,
        in_force(InstanceBan.banned_until),
    )
    as_member = select(null(), null()).where(
        CommunityMember.user_id == viewer.id,
        CommunityMember.community_id == community_id,
        CommunityMember.is_banned.is_(True),
    )
    for statement in (listed, by_home, as_member):
        row = (await db.execute(statement.limit(1))).first()
        if row is not None:
            return OwnBan(row[0] or "", row[1])
    return None


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
