"""A post as the API shows it."""

import msgspec

from service.forum.posts import shapes as rows
from service.forum.posts.shapes import OccasionRow, PollRow, PostRow
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.flairs import flair_shape
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.values import Shape, address, moment, subscription, without_missing

POST_TYPES = {
    rows.TYPE_LINK: "Link",
    rows.TYPE_TEXT: "Discussion",
    rows.TYPE_IMAGE: "Image",
    rows.TYPE_VIDEO: "Video",
    rows.TYPE_POLL: "Poll",
    rows.TYPE_EVENT: "Event",
}


def post_view(origin: str, row: PostRow) -> Shape:
    """Return a PostView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the post with its overlay for the viewer.
    """
    mine = row.mine
    return {
        "post": post_shape(origin, row),
        "creator": author_shape(origin, row.author),
        "community": community_beside(origin, row.community),
        "counts": post_counts(row),
        "banned_from_community": mine.banned,
        "creator_banned_from_community": row.author_banned_from_community,
        "creator_is_admin": row.author.is_admin,
        "creator_is_moderator": row.author_is_moderator,
        "hidden": mine.hidden,
        "read": mine.read,
        "saved": mine.saved,
        "subscribed": subscription(mine.subscribed, mine.subscription_pending),
        "unread_comments": 0 if mine.read else row.reply_count,
        "activity_alert": mine.notify,
        "my_vote": mine.vote,
        "can_auth_user_moderate": mine.moderates,
        "flair_list": [flair_shape(flair) for flair in row.flairs],
    }


def post_shape(origin: str, row: PostRow) -> Shape:
    """Return a Post: its own fields without what stands beside it."""
    image = row.image
    shape: Shape = {
        "id": row.id,
        "title": row.title,
        "user_id": row.author.id,
        "community_id": row.community.id,
        "ap_id": row.ap_id,
        "local": row.local,
        "language_id": row.language_id,
        "published": moment(row.posted_at),
        "deleted": row.deleted,
        "removed": row.removed,
        "locked": row.locked,
        "nsfw": row.nsfw,
        "ai_generated": row.ai_generated,
        "sticky": row.sticky,
        "instance_sticky": row.instance_sticky,
        "post_type": POST_TYPES.get(row.type, "Discussion"),
        "cross_posts": [],
        "tags": None,
        "flair": ", ".join(flair.title for flair in row.flairs) or None,
    }
    if image and image.width and image.height:
        shape["image_details"] = {"width": image.width, "height": image.height}
    return without_missing(
        shape,
        body=None if row.deleted or row.removed else row.body or None,
        url=row.url or (address(origin, image.url) if image and row.type == rows.TYPE_IMAGE else None),
        updated=moment(row.edited_at) if row.edited_at else None,
        alt_text=image.alt_text if image else None,
        thumbnail_url=address(origin, image.medium_url) if image else None,
        poll=poll_shape(row, row.poll) if row.poll else None,
        event=event_shape(row.occasion) if row.occasion else None,
        small_thumbnail_url=address(origin, image.thumbnail_url) if image else None,
    )


def poll_shape(row: PostRow, poll: PollRow) -> Shape:
    """Return a PostPoll, with what the viewer chose."""
    return without_missing(
        {
            "mode": poll.mode,
            "local_only": poll.local_only,
            "choices": [
                {
                    "id": choice.id,
                    "choice_text": choice.text,
                    "sort_order": choice.sort_order,
                    "num_votes": choice.votes,
                }
                for choice in poll.choices
            ],
            "my_votes": list(row.mine.choices),
        },
        end_poll=moment(poll.end) if poll.end else None,
        latest_vote=moment(poll.latest_vote) if poll.latest_vote else None,
    )


def event_shape(row: OccasionRow) -> Shape:
    """Return a PostEvent."""
    return msgspec.structs.asdict(row) | {"start": moment(row.start), "end": moment(row.end)}


def post_counts(row: PostRow) -> Shape:
    """Return PostAggregates."""
    return {
        "post_id": row.id,
        "comments": row.reply_count,
        "upvotes": row.up_votes,
        "downvotes": row.down_votes,
        "score": row.score,
        "published": moment(row.posted_at),
        "newest_comment_time": moment(row.last_active),
        "cross_posts": len(row.cross_post_ids),
    }
