"""A community as the API shows it."""

from datetime import datetime
from typing import NotRequired, TypedDict

from service.forum.communities.shapes import CommunityDetail, CommunityRow, MemberBan, Moderator
from service.http.api.shapes.flairs import CommunityFlair, flair_shape
from service.http.api.shapes.people import Person, author_shape, introduction
from service.http.api.shapes.values import (
    Subscription,
    address,
    in_words,
    moment,
    subscription,
    without_missing,
)


class Community(TypedDict):
    """A community; its texts come on its own page only."""

    id: int
    name: str
    title: str
    actor_id: str
    ap_domain: str
    local: bool
    instance_id: int
    nsfw: bool
    ai_generated: bool
    question_answer: bool
    restricted_to_mods: bool
    published: str
    deleted: bool
    removed: bool
    banned: bool
    hidden: bool
    icon: NotRequired[str | None]
    updated: NotRequired[str]
    banner: NotRequired[str | None]
    posting_warning: NotRequired[str | None]
    description: NotRequired[str]


class CommunityAggregates(TypedDict):
    """How much happens in a community."""

    id: int
    post_count: int
    post_reply_count: int
    subscriptions_count: int
    total_subscriptions_count: int
    active_daily: int
    active_weekly: int
    active_monthly: int
    active_6monthly: int
    published: str


class CommunityView(TypedDict):
    """A community with what it is to the viewer."""

    community: Community
    counts: CommunityAggregates
    activity_alert: bool
    blocked: bool
    subscribed: Subscription
    flair_list: list[CommunityFlair]


class CommunityModeratorView(TypedDict):
    """Who moderates what."""

    community: Community
    moderator: Person


class CommunityResponse(TypedDict):
    """A community, and the languages that are spoken in it."""

    community_view: CommunityView
    discussion_languages: list[int]


class GetCommunityResponse(CommunityResponse):
    """A community, the languages that are spoken in it, and its moderators."""

    moderators: list[CommunityModeratorView]


class CommunityModerationBanItem(TypedDict):
    """Who is or was banned from what, why and until when."""

    banned_user: Person
    community: Community
    reason: str
    expired: bool
    expired_at: NotRequired[str | None]
    expires_at: NotRequired[str | None]
    banned_by: NotRequired[Person]


def community_beside(origin: str, row: CommunityRow) -> Community:
    """Return a Community, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the community's short row.
    """
    shape: Community = {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "actor_id": row.actor_id,
        "ap_domain": row.domain or "",
        "local": row.local,
        "instance_id": row.instance_id,
        "nsfw": row.nsfw,
        "ai_generated": row.ai_generated,
        "question_answer": row.question_answer,
        "restricted_to_mods": row.restricted_to_mods,
        "published": moment(row.created_at),
        "deleted": row.deleted,
        "removed": False,
        "banned": row.deleted,
        "hidden": row.hidden,
        # Nobody writes down when a community was changed; PieFed says the same.
        "updated": moment(row.created_at),
    }
    return without_missing(shape, icon=address(origin, row.icon_url))


community_in_words = in_words(community_beside, 256)


def community_shape(origin: str, row: CommunityDetail) -> Community:
    """Return a Community with its texts, as it stands on its own page."""
    shape: Community = {
        **community_beside(origin, row.community),
        "posting_warning": row.posting_warning,
    }
    return without_missing(shape, banner=address(origin, row.banner_url), description=row.description or None)


def community_view(origin: str, row: CommunityDetail) -> CommunityView:
    """Return a CommunityView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the community with what it is to the viewer.
    """
    return {
        "community": community_shape(origin, row),
        "counts": community_counts(row),
        "activity_alert": row.mine.notify,
        "blocked": row.mine.blocked,
        "subscribed": subscription(row.mine.member, row.mine.pending),
        "flair_list": [flair_shape(flair) for flair in row.flairs],
    }


def community_counts(row: CommunityDetail) -> CommunityAggregates:
    """Return CommunityAggregates."""
    return {
        "id": row.community.id,
        "post_count": row.post_count,
        "post_reply_count": row.comment_count,
        "subscriptions_count": row.subscribers,
        "total_subscriptions_count": row.total_subscribers,
        "active_daily": row.active_day,
        "active_weekly": row.active_week,
        "active_monthly": row.active_month,
        "active_6monthly": row.active_half_year,
        "published": moment(row.community.created_at),
    }


def moderator_view(origin: str, community: CommunityRow, moderator: Moderator) -> CommunityModeratorView:
    """Return a CommunityModeratorView."""
    return {
        "community": community_beside(origin, community),
        "moderator": author_shape(origin, moderator.person),
    }


def ban_item(
    origin: str, community: CommunityDetail, ban: MemberBan, now: datetime
) -> CommunityModerationBanItem:
    """Return a CommunityModerationBanItem.

    Parameters:
        origin: the site's own, put before relative addresses.
        community: what the person is banned from.
        ban: who, by whom, why and until when.
        now: naive UTC; tells a ban in force from one that has run out.
    """
    expired = ban.until is not None and ban.until <= now
    end = moment(ban.until) if ban.until else None
    shape: CommunityModerationBanItem = {
        "banned_user": introduction(origin, ban.person),
        "community": community_shape(origin, community),
        "reason": ban.reason,
        "expired": expired,
    }
    return without_missing(
        shape,
        expired_at=end if expired else None,
        expires_at=None if expired else end,
        banned_by=introduction(origin, ban.banned_by) if ban.banned_by else None,
    )
