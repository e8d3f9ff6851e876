"""What a post looks like to a reader: frozen rows that pages and the API both render.

Made by `posts.queries` and `feeds.queries`; nothing here touches the database. Every address of an image is either
absolute (`https://…`) or relative to the site's root (`/media/…`); only a door knows the origin to put before it.
"""

from datetime import datetime
from typing import Any

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.attachments.shapes import ImageRow
from service.forum.communities.shapes import CommunityRow
from service.forum.flairs.shapes import FlairRow
from service.forum.reactions import Reaction


class ChoiceRow(msgspec.Struct, frozen=True, gc=False):
    """An answer that may be chosen in a poll, and how many chose it."""

    id: int
    text: str
    sort_order: int
    votes: int


class PollRow(msgspec.Struct, frozen=True):
    """The question part of a post.

    Attributes:
        mode: "single" or "multiple".
        end: When it closes, or closed; None in old rows without an end.
        latest_vote: None while nobody has chosen.
    """

    mode: str
    local_only: bool
    end: datetime | None
    latest_vote: datetime | None
    choices: tuple[ChoiceRow, ...]


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a post of the kind event takes place; the names are those of the table's columns.

    Attributes:
        max_attendees: 0 for any number.
        join_mode: As a rule a `JoinMode`; what comes from elsewhere may say anything.
        location: Whatever describes the place.
    """

    start: datetime
    end: datetime
    timezone: str
    max_attendees: int
    participant_count: int
    full: bool
    online: bool
    online_link: str | None
    join_mode: str
    external_participation_url: str | None
    anonymous_participation: bool
    buy_tickets_link: str | None
    event_fee_currency: str
    event_fee_amount: float
    location: dict[str, Any] | None


class CrossPost(msgspec.Struct, frozen=True, gc=False):
    """Another post of the same address.

    Attributes:
        community_title: Where it stands.
    """

    id: int
    reply_count: int
    community_title: str


class PostMine(msgspec.Struct, frozen=True, gc=False):
    """What a post is to the viewer. For an anonymous one everything is empty.

    Attributes:
        vote: 1, 0 or -1.
        unread_comments: By others, since the viewer read the post (or ever).
        unwelcome_comments: By people and servers that the viewer blocked; they are not shown.
        notify: The viewer asked to hear of new replies.
        subscribed, moderates, banned: The viewer's standing in the post's community.
        subscription_pending: The viewer asked to join and waits.
        author_blocked: The viewer blocked the author.
        author_note: What the viewer wrote down about the author; None for nothing.
        choices: What the viewer chose in its poll.
        blurred, faded: The viewer wants its picture blurred, or all of it pale.
        folded: The name of the viewer's keyword filter that folds it away; '' for none.
    """

    vote: int = 0
    saved: bool = False
    read: bool = False
    unread_comments: int = 0
    unwelcome_comments: int = 0
    hidden: bool = False
    notify: bool = False
    subscribed: bool = False
    subscription_pending: bool = False
    moderates: bool = False
    banned: bool = False
    author_blocked: bool = False
    author_note: str | None = None
    choices: tuple[int, ...] = ()
    blurred: bool = False
    faded: bool = False
    folded: str = ""


NOT_MINE = PostMine()


class PostRow(msgspec.Struct, frozen=True):
    """A post with all that stands beside it.

    Attributes:
        slug: The path of its page, with a leading slash; '' where an old row has none (then `/post/{id}`).
        type: A `PostType`.
        deleted: Taken back by its author.
        removed: Taken down by someone else. At most one of `deleted` and `removed` is true.
        locked: Takes no more comments.
        posted_at: When it was published where it comes from; `created_at`: when it arrived here.
        last_active: Of its newest comment, else of its publication.
        score: up_votes - down_votes, as the API tells it (the column `post.score` is weighted and only ranks).
        domain_name: The host of `url`; None for posts without a link.
        language_id: 0 when unknown.
        cross_post_ids: Other posts of the same address, newest first.
        cross_posts: Those of them that anybody may read, newest first.
        tags: Its hashtags as they are shown, without the sign.
        reactions: The emoji that came with its votes; None where none ever did.
        flairs: The community's labels that it carries.
        poll: Only of a poll; `event`: only of an event.
        gallery: The further pictures of a post with several, in order; None for one that is not there yet.
        author_is_moderator, author_banned_from_community: The author's standing in the post's community.
        fit: It and its community are of no kind that the site does not take.
        indexable: Its author lets search engines find it.
        mine: What it is to the viewer.
    """

    id: int
    title: str
    slug: str
    url: str | None
    body: str | None
    body_html: str | None
    type: int
    status: int
    created_at: datetime
    posted_at: datetime
    edited_at: datetime | None
    last_active: datetime
    deleted: bool
    removed: bool
    locked: bool
    nsfw: bool
    nsfl: bool
    sticky: bool
    instance_sticky: bool
    ai_generated: bool
    from_bot: bool
    microblog: bool
    ap_id: str
    local: bool
    instance_id: int
    language_id: int
    up_votes: int
    down_votes: int
    score: int
    reply_count: int
    domain_id: int | None
    domain_name: str | None
    cross_post_ids: tuple[int, ...]
    cross_posts: tuple[CrossPost, ...]
    tags: tuple[str, ...]
    reactions: tuple[Reaction, ...] | None
    flairs: tuple[FlairRow, ...]
    poll: PollRow | None
    event: EventRow | None
    image: ImageRow | None
    gallery: tuple[ImageRow | None, ...]
    author: AuthorRow
    community: CommunityRow
    author_is_moderator: bool
    author_banned_from_community: bool
    fit: bool
    indexable: bool
    mine: PostMine = NOT_MINE

    @property
    def comments(self) -> int:
        """How many comments there are for the viewer to see."""
        return max(self.reply_count - self.mine.unwelcome_comments, 0)

    @property
    def pictures(self) -> tuple[ImageRow, ...]:
        """All its pictures that can be shown, in order."""
        return tuple(image for image in (self.image, *self.gallery) if image is not None)


def tombstone_of(post: PostRow) -> PostRow:
    """Return a post that is gone without all that was in it."""
    return msgspec.structs.replace(
        post,
        title="",
        slug=f"/post/{post.id}",
        url=None,
        body=None,
        body_html=None,
        domain_id=None,
        domain_name=None,
        cross_post_ids=(),
        cross_posts=(),
        tags=(),
        reactions=None,
        flairs=(),
        poll=None,
        event=None,
        image=None,
        gallery=(),
    )


class PostPage(msgspec.Struct, frozen=True):
    """One page of a feed.

    Attributes:
        posts: In the feed's order.
        next_cursor: An opaque string for the following page; None at the end.
        has_more: Whether there is a following page (for callers that count pages).
    """

    posts: list[PostRow]
    next_cursor: str | None
    has_more: bool
