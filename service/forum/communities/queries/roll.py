"""Who belongs to a community, for those who moderate it."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import WANTED, author_loader, picture
from service.forum.accounts.viewer import Viewer
from service.forum.communities.queries.one import community_by_id
from service.forum.communities.roles import has_office
from service.forum.communities.rules import may_moderate
from service.forum.communities.shapes import Member
from service.forum.errors import Forbidden
from service.forum.paging import Page, page_of, window
from service.language import _
from service.storage.rows import Loader
from service.storage.tables import CommunityMember, User

_AVATAR = picture("avatar")
_MEMBER = Loader(
    Member,
    {
        "person": author_loader(User, _AVATAR),
        "moderator": has_office(),
        "since": CommunityMember.created_at,
    },
)


async def members(
    db: AsyncConnection, viewer: Viewer, community_id: int, *, page: int = 1, size: int = 20
) -> Page[Member]:
    """The members of a community, whoever joined last first.

    Parameters:
        page: from 1.
        size: members a page.

    Raises:
        NotFound: there is no such community.
        Forbidden: the viewer does not moderate it.
    """
    detail = await community_by_id(db, viewer, community_id)
    if not may_moderate(viewer, is_moderator=detail.mine.moderator):
        raise Forbidden(_("Only moderators can see this."), code="not_a_mod")
    rows = await db.execute(window(_members(), page, size), {"wanted": community_id})
    return page_of([_MEMBER.load(row) for row in rows], size)


@lru_cache
def _members() -> Select[Any]:
    return (
        select(*_MEMBER.columns)
        .join(CommunityMember, CommunityMember.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(
            CommunityMember.community_id == WANTED,
            CommunityMember.is_banned.is_not(True),
            User.deleted.is_not(True),
        )
        .order_by(CommunityMember.created_at.desc().nulls_last(), User.id.desc())
    )
