"""What is read of a community with its texts, its figures, and what it is to the viewer."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import VIEWER_ID, Scope, picture
from service.forum.attachments.columns import address_read
from service.forum.communities.columns import community_loader
from service.forum.communities.roles import is_banned_in, moderates
from service.forum.communities.shapes import CommunityDetail, CommunityMine
from service.forum.flairs.queries import flair_rows, flairs_of_community
from service.forum.notifications.rules import COMMUNITY as NOTIFY_COMMUNITY
from service.storage.rows import Loader, Read, or_empty, or_false, or_long_ago, or_zero
from service.storage.tables import (
    Community,
    CommunityBlock,
    CommunityJoinRequest,
    CommunityMember,
    NotificationSubscription,
)

_ICON, _BANNER = picture("icon"), picture("banner")
MINE = aliased(CommunityMember, name="mine")
IS_MINE = and_(MINE.community_id == Community.id, MINE.user_id == VIEWER_ID)
IS_MEMBER = and_(MINE.user_id.is_not(None), MINE.is_banned.is_not(True))

_IS_PENDING = exists().where(
    CommunityJoinRequest.community_id == Community.id, CommunityJoinRequest.user_id == VIEWER_ID
)
_TO_MEMBER: dict[str, Any] = {
    "member": IS_MEMBER,
    "pending": and_(MINE.user_id.is_(None), _IS_PENDING),
    "moderator": moderates(MINE),
    "owner": and_(IS_MEMBER, MINE.is_owner.is_(True)),
    "banned": or_(or_false(MINE.is_banned), is_banned_in(VIEWER_ID, Community.id)),
    "blocked": exists().where(
        CommunityBlock.community_id == Community.id, CommunityBlock.user_id == VIEWER_ID
    ),
    "notify": exists().where(
        NotificationSubscription.user_id == VIEWER_ID,
        NotificationSubscription.type == NOTIFY_COMMUNITY,
        NotificationSubscription.entity_id == Community.id,
    ),
}
# Constants for somebody anonymous, so that nothing is looked up.
_TO_ANYBODY = {name: false() for name in _TO_MEMBER}


@cache
def detail_loader(scope: Scope) -> Loader[CommunityDetail]:
    """A community with all that its page says, as it is to such a viewer."""
    return Loader(
        CommunityDetail,
        {
            "community": community_loader(_ICON),
            "profile_id": or_empty(Community.ap_profile_id),
            "banner_url": address_read(_BANNER),
            "subscribers": or_zero(Community.subscriptions_count),
            "total_subscribers": func.greatest(
                or_zero(Community.total_subscriptions_count), or_zero(Community.subscriptions_count)
            ),
            "comment_count": or_zero(Community.post_reply_count),
            "active_day": or_zero(Community.active_daily),
            "active_week": or_zero(Community.active_weekly),
            "active_month": or_zero(Community.active_monthly),
            "active_half_year": or_zero(Community.active_6monthly),
            "last_active": or_long_ago(Community.last_active, Community.created_at),
            "flairs": Read(flairs_of_community(Community.id), flair_rows, ()),
            "mine": Loader(CommunityMine, _TO_ANYBODY if scope == "anybody" else _TO_MEMBER),
        },
        Community,
    )


@lru_cache
def details(scope: Scope) -> Select[Any]:
    """What `detail_loader` reads, of all communities."""
    return (
        select(*detail_loader(scope).columns)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(_BANNER, _BANNER.id == Community.image_id)
        .outerjoin(MINE, IS_MINE)
    )
