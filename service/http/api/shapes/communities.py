"""A community as the API shows it."""

from service.forum.communities.queries import CommunityDetail, Moderator
from service.forum.posts.shapes import CommunityRow
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.values import Shape, address, moment, subscription, without_missing


def community_beside(origin: str, row: CommunityRow) -> Shape:
    """Return a Community, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the community's short row.
    """
    return {
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
        "deleted": False,
        "removed": row.deleted,
        "banned": row.deleted,
        "hidden": row.hidden,
        "icon": address(origin, row.icon_url),
    }


def community_shape(origin: str, row: CommunityDetail) -> Shape:
    """Return a Community with its texts, as it stands on its own page."""
    return without_missing(
        community_beside(origin, row.community)
        | {"banner": address(origin, row.banner_url), "posting_warning": row.posting_warning or None},
        description=row.description or None,
    )


def community_view(origin: str, row: CommunityDetail) -> Shape:
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
        "flair_list": [],
    }


def community_counts(row: CommunityDetail) -> Shape:
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


def moderator_view(origin: str, community: CommunityRow, moderator: Moderator) -> Shape:
    """Return a CommunityModeratorView."""
    return {
        "community": community_beside(origin, community),
        "moderator": author_shape(origin, moderator.person),
    }
