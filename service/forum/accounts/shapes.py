"""A person as readers see one, and what a member has set: frozen, without a database."""

from datetime import date, datetime

import msgspec

from service.forum.accounts.choices import AIVisibility, FilterAction, MessageAcceptance, Visibility
from service.forum.comments.choices import CommentSort
from service.forum.feeds.choices import Listing, Sort


class ExtraField(msgspec.Struct, frozen=True, gc=False):
    """A labelled line on a profile."""

    id: int
    label: str
    text: str


class AuthorRow(msgspec.Struct, frozen=True, gc=False):
    """The person beside a post or comment.

    Attributes:
        name: The bare name, without a domain.
        title: The display name; None when none was chosen.
        actor_id: The public address of the person; '' where an old row has none.
        domain: The host the account lives on; None for old local rows.
        flair: The words beside the name in the community in question; None without one.
        about, about_html: What they say of themselves; '' where only a name is wanted.
    """

    id: int
    name: str
    title: str | None
    avatar_url: str | None
    actor_id: str
    local: bool
    domain: str | None
    instance_id: int
    bot: bool
    deleted: bool
    banned: bool
    is_admin: bool
    created_at: datetime
    extra_fields: tuple[ExtraField, ...]
    flair: str | None
    about: str
    about_html: str


class Profile(msgspec.Struct, frozen=True):
    """A person's page.

    Attributes:
        person: The person as beside a post, with what they say of themselves.
        cover_url: The wide picture; None without one.
        profile_id: The unique identifier (lower case for local accounts); `person.actor_id` is the address as written.
        blocked: The viewer blocked this person.
        note: What the viewer wrote down about this person.
        watched: The viewer is told of this person's posts.
        followed, follow_pending: The viewer follows this person, or asked to and waits.
        indexable: The person lets search engines find what they write, and this page.
    """

    person: AuthorRow
    cover_url: str | None
    profile_id: str
    post_count: int
    comment_count: int
    reputation: float
    last_seen: datetime | None
    matrix: str | None
    is_staff: bool
    blocked: bool
    note: str | None
    watched: bool
    followed: bool
    follow_pending: bool
    indexable: bool

    @property
    def about(self) -> str:
        """What they say of themselves."""
        return self.person.about

    @property
    def about_html(self) -> str:
        """The same as HTML."""
        return self.person.about_html

    @property
    def extra_fields(self) -> tuple[ExtraField, ...]:
        """The labelled lines of the page."""
        return self.person.extra_fields


class People(msgspec.Struct, frozen=True):
    """A page of people.

    Attributes:
        has_more: Whether there is a following page.
    """

    people: list[Profile]
    has_more: bool


class Settings(msgspec.Struct, frozen=True):
    """All that a local account can set about itself; the values are those of the columns of the same name."""

    title: str
    about: str
    email: str
    bot: bool
    searchable: bool
    indexable: bool
    newsletter: bool
    email_unread: bool
    hide_nsfw: Visibility
    hide_nsfl: Visibility
    hide_gen_ai: AIVisibility
    ignore_bots: Visibility
    hide_read_posts: bool
    hide_low_quality: bool
    default_sort: Sort
    default_filter: Listing
    default_comment_sort: CommentSort
    theme: str
    timezone: str
    interface_language: str
    read_language_ids: tuple[int, ...]
    reply_collapse_threshold: int
    reply_hide_threshold: int
    accept_private_messages: MessageAcceptance
    vote_privately: bool
    feed_auto_follow: bool
    feed_auto_leave: bool
    community_keyword_filter: str
    manually_approves_followers: bool


class SessionRow(msgspec.Struct, frozen=True):
    """A browser that is signed in.

    Attributes:
        key: Names the session, for `operations.revoke_session`; it is no secret.
        current: It is the one that asks.
    """

    key: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    current: bool


class Waiting(msgspec.Struct, frozen=True):
    """What somebody asked for about their account, and waits for.

    Attributes:
        email: The address that the account is to have; '' for no other one.
        old_agreed, new_agreed: Which of the addresses agreed to that.
        leaves_at: When the account is deleted; None if it is not to be.
    """

    email: str = ""
    old_agreed: bool = False
    new_agreed: bool = False
    leaves_at: datetime | None = None


class FilterRow(msgspec.Struct, frozen=True):
    """A keyword filter; the values are those of the columns of the same name."""

    id: int
    title: str
    keywords: str
    hide_type: FilterAction
    filter_home: bool
    filter_posts: bool
    filter_replies: bool
    expire_after: date | None
