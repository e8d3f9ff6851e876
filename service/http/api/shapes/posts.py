"""A post as the API shows it."""

from operator import attrgetter
from typing import Any, NotRequired, TypedDict

from msgspec import structs

from service.forum.posts.choices import PollMode, PostType
from service.forum.posts.shapes import NOT_MINE, EventRow, PollRow, PostRow
from service.http.api import words
from service.http.api.shapes.communities import Community, community_beside, community_in_words
from service.http.api.shapes.flairs import CommunityFlair, flair_shape
from service.http.api.shapes.people import Person, author_in_words, author_shape
from service.http.api.shapes.reactions import Reactions, reactions_shape
from service.http.api.shapes.values import (
    Subscription,
    address,
    in_words,
    moment,
    subscription,
    without_missing,
)


class WidthHeight(TypedDict):
    """The size of an image in pixels."""

    width: int
    height: int


class MiniCrossPosts(TypedDict):
    """Another post of the same address."""

    post_id: int
    reply_count: int
    community_name: str


class PollChoice(TypedDict):
    """One choice of a poll."""

    id: int
    choice_text: str
    sort_order: int
    num_votes: int


class PostPoll(TypedDict):
    """A poll, with what the viewer chose."""

    mode: words.PollMode
    local_only: bool
    choices: list[PollChoice]
    my_votes: NotRequired[list[int]]
    end_poll: NotRequired[str]
    latest_vote: NotRequired[str]


class PostEvent(TypedDict):
    """An event that a post announces."""

    start: str
    end: str
    timezone: str
    max_attendees: int
    participant_count: int
    full: bool
    online: bool
    join_mode: str
    anonymous_participation: bool
    online_link: NotRequired[str]
    external_participation_url: NotRequired[str]
    buy_tickets_link: NotRequired[str]
    event_fee_currency: NotRequired[str]
    event_fee_amount: NotRequired[float]
    location: NotRequired[dict[str, Any]]


class Post(TypedDict):
    """A post: its own fields."""

    id: int
    title: str
    user_id: int
    community_id: int
    ap_id: str
    local: bool
    language_id: int
    published: str
    deleted: bool
    removed: bool
    locked: bool
    nsfw: bool
    ai_generated: bool
    sticky: bool
    instance_sticky: bool
    post_type: words.PostType
    cross_posts: list[MiniCrossPosts]
    tags: str
    flair: str
    emoji_reactions: list[Reactions] | None
    image_details: NotRequired[WidthHeight]
    body: NotRequired[str]
    url: NotRequired[str]
    updated: NotRequired[str]
    edited_at: NotRequired[str]
    alt_text: NotRequired[str]
    thumbnail_url: NotRequired[str]
    small_thumbnail_url: NotRequired[str]
    poll: NotRequired[PostPoll]
    event: NotRequired[PostEvent]


class PostAggregates(TypedDict):
    """How a post fares."""

    post_id: int
    comments: int
    upvotes: int
    downvotes: int
    score: int
    published: str
    newest_comment_time: str
    cross_posts: int


class PostView(TypedDict):
    """A post with what stands beside it, and with what it is to the viewer."""

    post: Post
    creator: Person
    community: Community
    counts: PostAggregates
    banned_from_community: bool
    creator_banned_from_community: bool
    creator_is_admin: bool
    creator_is_moderator: bool
    hidden: bool
    filtered: NotRequired[bool]
    blurred: NotRequired[bool]
    read: bool
    saved: bool
    subscribed: Subscription
    unread_comments: int
    activity_alert: bool
    my_vote: int
    can_auth_user_moderate: bool
    flair_list: list[CommunityFlair]


def listed_post_view(origin: str, row: PostRow) -> PostView:
    """Return a PostView as lists have it; apps know when it was edited by another name there. As `post_view`."""
    creator = author_in_words(origin, row.author, note=row.mine.author_note)
    view = _view(row, _listed(origin, row), creator, community_in_words(origin, row.community))
    # What the viewer's filters hide is in no list; what they fold away is blurred.
    view["filtered"], view["blurred"] = False, row.mine.blurred
    return view


def one_post_view(origin: str, row: PostRow) -> PostView:
    """Return a PostView as an answer about one post has it: with when it was edited. As `post_view`."""
    view = post_view(origin, row)
    if row.edited_at:
        view["post"]["updated"] = moment(row.edited_at)
    return view


def post_view(origin: str, row: PostRow) -> PostView:
    """Return a PostView as it stands beside other things.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the post with its overlay for the viewer.
    """
    creator = author_shape(origin, row.author, note=row.mine.author_note)
    return _view(row, post_shape(origin, row), creator, community_beside(origin, row.community))


def _view(row: PostRow, post: Post, creator: Person, community: Community) -> PostView:
    mine = row.mine
    return {
        "post": post,
        "creator": creator,
        "community": community,
        "counts": post_counts(row),
        "banned_from_community": mine.banned,
        "creator_banned_from_community": row.author_banned_from_community,
        "creator_is_admin": row.author.is_admin,
        "creator_is_moderator": row.author_is_moderator,
        "hidden": mine.hidden,
        "read": mine.read,
        "saved": mine.saved,
        "subscribed": subscription(mine.subscribed, mine.subscription_pending),
        "unread_comments": row.comments,
        "activity_alert": mine.notify,
        "my_vote": mine.vote,
        "can_auth_user_moderate": mine.moderates,
        "flair_list": [flair_shape(flair) for flair in row.flairs] if row.flairs else [],
    }


def _listed(origin: str, row: PostRow) -> Post:
    """Return a Post as lists have it, in words where it is the same for everybody."""
    if row.poll or row.event:  # of which it says what the viewer chose, or what cannot be compared
        return _listed_shape(origin, row)
    return _listed_in_words(origin, structs.replace(row, mine=NOT_MINE))


def _listed_shape(origin: str, row: PostRow) -> Post:
    shape = post_shape(origin, row)
    return without_missing(shape, edited_at=moment(row.edited_at) if row.edited_at else None)


_listed_in_words = in_words(_listed_shape, 512)


def post_shape(origin: str, row: PostRow) -> Post:
    """Return a Post: its own fields without what stands beside it; of one that was taken away not what was in it."""
    shape: Post = {
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
        "post_type": PostType.stored(row.type, PostType.TEXT).word,
        "cross_posts": [
            {"post_id": other.id, "reply_count": other.reply_count, "community_name": other.community_title}
            for other in sorted(row.cross_posts, key=attrgetter("community_title", "id"))
        ],
        "tags": ", ".join(row.tags),
        "flair": ", ".join(flair.title for flair in row.flairs),
        "emoji_reactions": reactions_shape(row.reactions),
    }
    contents = {"body": ""} if row.deleted or row.removed else _contents(origin, row)
    return without_missing(shape, **contents)


def _contents(origin: str, row: PostRow) -> dict[str, Any]:
    """Return the fields of a Post that say what is in it; those that are None are missing."""
    image = row.image
    size = {"width": image.width, "height": image.height} if image and image.width and image.height else None
    return {
        "body": row.body or None,
        "url": row.url or (address(origin, image.url) if image and row.type == PostType.IMAGE else None),
        "alt_text": image.alt_text if image else None,
        "thumbnail_url": address(origin, image.medium_url) if image else None,
        "small_thumbnail_url": address(origin, image.thumbnail_url) if image else None,
        "image_details": size,
        "poll": poll_shape(row, row.poll) if row.poll else None,
        "event": event_shape(row.event) if row.event else None,
    }


def poll_shape(row: PostRow, poll: PollRow) -> PostPoll:
    """Return a PostPoll, with what the viewer chose."""
    shape: PostPoll = {
        "mode": PollMode.stored(poll.mode, PollMode.SINGLE).word,
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
    }
    return without_missing(
        shape,
        my_votes=list(row.mine.choices) or None,
        end_poll=moment(poll.end) if poll.end else None,
        latest_vote=moment(poll.latest_vote) if poll.latest_vote else None,
    )


def event_shape(row: EventRow) -> PostEvent:
    """Return a PostEvent."""
    shape: PostEvent = {
        "start": moment(row.start),
        "end": moment(row.end),
        "timezone": row.timezone,
        "max_attendees": row.max_attendees,
        "participant_count": row.participant_count,
        "full": row.full,
        "online": row.online,
        "join_mode": row.join_mode,
        "anonymous_participation": row.anonymous_participation,
    }
    return without_missing(
        shape,
        online_link=row.online_link,
        external_participation_url=row.external_participation_url,
        buy_tickets_link=row.buy_tickets_link,
        event_fee_currency=row.event_fee_currency or None,
        event_fee_amount=row.event_fee_amount or None,
        location=row.location or None,
    )


def post_counts(row: PostRow) -> PostAggregates:
    """Return PostAggregates."""
    return {
        "post_id": row.id,
        "comments": row.comments,
        "upvotes": row.up_votes,
        "downvotes": row.down_votes,
        "score": row.score,
        "published": moment(row.posted_at),
        "newest_comment_time": moment(row.last_active),
        "cross_posts": len(row.cross_post_ids),
    }
