"""A person as the API shows one."""

from service.forum.accounts.queries import Profile, Settings
from service.forum.accounts.rules import HIDE
from service.forum.posts.shapes import AuthorRow
from service.http.api.shapes.values import Shape, address, moment, without_missing

VISIBILITY = ("Show", "Hide", "Blur", "Transparent")
AI_VISIBILITY = ("Show", "Hide", "Label", "Transparent")
PRIVATE_MESSAGES = ("None", "Local", "Trusted", "All")


def author_shape(origin: str, row: AuthorRow) -> Shape:
    """Return a Person, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the author.
    """
    return {
        "id": row.id,
        "user_name": row.name,
        "title": row.title,
        "actor_id": row.actor_id,
        "local": row.local,
        "instance_id": row.instance_id,
        "bot": row.bot,
        "banned": row.banned,
        "deleted": row.deleted,
        "avatar": address(origin, row.avatar_url),
        "published": moment(row.created_at),
    }


def person_shape(origin: str, row: Profile) -> Shape:
    """Return a Person with what their own page tells."""
    fields = [{"id": field.id, "label": field.label, "text": field.text} for field in row.extra_fields]
    return without_missing(
        author_shape(origin, row.person) | {"banner": address(origin, row.cover_url), "extra_fields": fields},
        about=row.about or None,
        about_html=row.about_html or None,
        note=row.note,
    )


def person_view(origin: str, row: Profile) -> Shape:
    """Return a PersonView."""
    return {
        "person": person_shape(origin, row),
        "counts": person_counts(row),
        "is_admin": row.person.is_admin,
        "activity_alert": row.watched,
    }


def administrator_view(origin: str, row: AuthorRow) -> Shape:
    """Return a PersonView of an administrator, whose counts nobody asks for in a list of administrators."""
    return {
        "person": author_shape(origin, row),
        "counts": {"person_id": row.id, "post_count": 0, "comment_count": 0},
        "is_admin": True,
        "activity_alert": False,
    }


def person_counts(row: Profile) -> Shape:
    """Return PersonAggregates."""
    return {"person_id": row.person.id, "post_count": row.post_count, "comment_count": row.comment_count}


def local_user_view(origin: str, row: Profile, settings: Settings) -> Shape:
    """Return a LocalUserView: the signed-in person and what they have set."""
    return {
        "person": person_shape(origin, row),
        "counts": person_counts(row),
        "local_user": local_user_shape(settings),
    }


def local_user_shape(settings: Settings) -> Shape:
    """Return a LocalUser."""
    return {
        "accept_private_messages": PRIVATE_MESSAGES[settings.accept_private_messages],
        "bot_visibility": VISIBILITY[settings.ignore_bots],
        "ai_visibility": AI_VISIBILITY[settings.hide_gen_ai],
        "nsfw_visibility": VISIBILITY[settings.hide_nsfw],
        "nsfl_visibility": VISIBILITY[settings.hide_nsfl],
        "show_bot_accounts": settings.ignore_bots != HIDE,
        "show_nsfw": settings.hide_nsfw != HIDE,
        "show_nsfl": settings.hide_nsfl != HIDE,
        "show_read_posts": not settings.hide_read_posts,
        "show_scores": True,
        "community_keyword_filter": [
            word.strip() for word in settings.community_keyword_filter.split(",") if word.strip()
        ],
        "default_comment_sort_type": settings.default_comment_sort.capitalize() or "Hot",
        "default_listing_type": settings.default_filter.capitalize() or "Popular",
        "default_sort_type": DEFAULT_SORTS.get(settings.default_sort, "Hot"),
        "email_unread": settings.email_unread,
        "federate_votes": not settings.vote_privately,
        "feed_auto_follow": settings.feed_auto_follow,
        "feed_auto_leave": settings.feed_auto_leave,
        "hide_low_quality": settings.hide_low_quality,
        "indexable": settings.indexable,
        "newsletter": settings.newsletter,
        "reply_collapse_threshold": settings.reply_collapse_threshold,
        "reply_hide_threshold": settings.reply_hide_threshold,
        "searchable": settings.searchable,
        "manually_approves_followers": settings.manually_approves_followers,
    }


DEFAULT_SORTS = {
    "hot": "Hot",
    "top": "TopDay",
    "new": "New",
    "active": "Active",
    "old": "Old",
    "scaled": "Scaled",
    "top_all": "TopAll",
    "top_1w": "TopWeek",
    "top_1m": "TopMonth",
    "top_1y": "TopYear",
}
