"""What happened, in the words that later steps consume.

An operation records an event in its own transaction; the outbox keeps one row for each of the event's topics,
and a worker takes them up. Events carry ids (or paths in the store) only: the consumer reads the state as it is then.

Topics: "media" fetches and processes pictures and link previews and deletes files, "moderate" takes down what is too
much for one transaction, "notify" tells people, "mail" sends letters, "federation" tells other servers. An event without
a topic has nobody yet who takes it up, and leaves no row.

What the state does not tell any more when the consumer comes is in the event: what a vote was before, why something was
removed.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from service.storage.outbox import FEDERATION


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events: its kind is the name of the class."""

    topics: ClassVar[tuple[str, ...]] = ()

    @property
    def kind(self) -> str:
        """The word under which the outbox stores this event."""
        return type(self).__name__

    def payload(self) -> dict[str, object]:
        """The fields as JSON-ready values."""
        payload: dict[str, object] = msgspec.to_builtins(self)
        return payload


def event_of(kind: str, payload: dict[str, Any]) -> Event:
    """Return the event that the outbox has kept; KeyError for a kind that there is not."""
    return msgspec.convert(payload, {event.__name__: event for event in Event.__subclasses__()}[kind])


class AccountRegistered(Event, frozen=True, kw_only=True):
    """A local account was made and may sign in."""

    account_id: int


class AccountApplied(Event, frozen=True, kw_only=True):
    """Somebody applied for an account and waits for a decision."""

    topics = ("notify",)
    account_id: int
    application_id: int


class ProfileChanged(Event, frozen=True, kw_only=True):
    """What others see of a local account changed."""

    topics = (FEDERATION,)
    account_id: int


class AccountDeleted(Event, frozen=True, kw_only=True):
    """An account was deleted, by its owner or by an administrator, who may have no account here.

    Its row stays, with the key that signs the news of it.
    """

    topics = (FEDERATION,)
    account_id: int
    deleted_by: int | None
    removes_content: bool = False


class AccountBanned(Event, frozen=True, kw_only=True):
    """An account was banned from the site, or the ban was lifted (`banned` is false).

    Attributes:
        by_id: None for somebody without an account here.
        until: Naive UTC; None for ever.
        removes_content: All that it wrote is taken down, or comes back.
    """

    topics = (FEDERATION,)
    account_id: int
    by_id: int | None
    banned: bool
    reason: str = ""
    until: datetime | None = None
    removes_content: bool = False


class ContentPurgeRequested(Event, frozen=True, kw_only=True):
    """All that an account wrote is to be taken down, or the rest of it."""

    topics = ("moderate",)
    account_id: int
    by_id: int
    reason: str


class EmailRequested(Event, frozen=True, kw_only=True):
    """A letter is to be sent to an account; `address` is given where the account has lost its own by then."""

    topics = ("mail",)
    occasion: str
    account_id: int
    address: str = ""
    reason: str = ""


class PasswordForgotten(Event, frozen=True, kw_only=True):
    """Somebody asks for a letter with a link for a new password, if an account here has this e-mail address."""

    topics = ("mail",)
    email: str


class ConfirmationForgotten(Event, frozen=True, kw_only=True):
    """Somebody asks again for the letter that confirms this e-mail address, if an account here is to be confirmed."""

    topics = ("mail",)
    email: str


class PersonFollowed(Event, frozen=True, kw_only=True):
    """An account follows somebody, or asks to, or no longer does (`followed` is false).

    Attributes:
        request_id: Of the row that waits for the answer, where one does.
    """

    topics = (FEDERATION,)
    account_id: int
    followed_id: int
    followed: bool
    request_id: int | None = None


class FollowAnswered(Event, frozen=True, kw_only=True):
    """A community, feed or person of this site let in somebody of another, refused them, or put them out again.

    Attributes:
        followed: What they asked.
        follow: The identifier of the activity by which they asked.
    """

    topics = (FEDERATION,)
    followed: Literal["community", "feed", "person"]
    followed_id: int
    account_id: int
    follow: str
    accepted: bool


class CommunityCreated(Event, frozen=True, kw_only=True):
    """A local community was made."""

    community_id: int


class CommunityEdited(Event, frozen=True, kw_only=True):
    """The description, rules, settings or flairs of a community changed."""

    topics = (FEDERATION,)
    community_id: int
    by_id: int


class CommunityDeleted(Event, frozen=True, kw_only=True):
    """A community was deleted, or restored (`deleted` is false).

    Attributes:
        removed: By the site's staff rather than by its owner.
    """

    topics = ("notify", FEDERATION)
    community_id: int
    by_id: int
    deleted: bool
    removed: bool = False
    reason: str = ""


class MembershipChanged(Event, frozen=True, kw_only=True):
    """An account asked to join a community, joined it, or left it, which takes back what it asked.

    Attributes:
        request: The identifier of the request that waits for the answer.
    """

    topics = (FEDERATION,)
    community_id: int
    account_id: int
    step: Literal["asked", "joined", "left"]
    request: UUID | None = None


class MemberBanned(Event, frozen=True, kw_only=True):
    """An account was banned from a community, or the ban was lifted (`banned` is false); as `AccountBanned`."""

    topics = ("notify", FEDERATION)
    community_id: int
    account_id: int
    by_id: int
    banned: bool
    reason: str = ""
    until: datetime | None = None
    removes_content: bool = False


class ModeratorChanged(Event, frozen=True, kw_only=True):
    """An account became a moderator of a community, or stopped being one (`added` is false)."""

    topics = ("notify", FEDERATION)
    community_id: int
    account_id: int
    by_id: int
    added: bool


class FeedCreated(Event, frozen=True, kw_only=True):
    """A feed that groups communities was made here."""

    feed_id: int


class FeedEdited(Event, frozen=True, kw_only=True):
    """The texts or settings of a feed changed."""

    topics = (FEDERATION,)
    feed_id: int
    by_id: int


class FeedItemChanged(Event, frozen=True, kw_only=True):
    """A community came into a feed, or went out of it (`added` is false)."""

    topics = (FEDERATION,)
    feed_id: int
    community_id: int
    by_id: int
    added: bool


class FeedDeleted(Event, frozen=True, kw_only=True):
    """A feed was deleted, or restored (`deleted` is false)."""

    topics = (FEDERATION,)
    feed_id: int
    by_id: int
    deleted: bool


class FeedFollowed(Event, frozen=True, kw_only=True):
    """An account asked to follow a feed, follows it, or does so no longer; as `MembershipChanged`."""

    topics = (FEDERATION,)
    feed_id: int
    account_id: int
    step: Literal["asked", "joined", "left"]
    request: UUID | None = None


class PostPublished(Event, frozen=True, kw_only=True):
    """A post appeared."""

    topics = ("notify", FEDERATION)
    post_id: int


class PreviewRequested(Event, frozen=True, kw_only=True):
    """A post links to a page or picture that is to be fetched for its preview."""

    topics = ("media",)
    post_id: int


class UploadReceived(Event, frozen=True, kw_only=True):
    """An upload lies in the store as it was sent, and is to be made into a picture."""

    topics = ("media",)
    file_id: int


class ImagesUnused(Event, frozen=True, kw_only=True):
    """Files of the store lost a use, and perhaps their last one."""

    topics = ("media",)
    paths: list[str]


class PostEdited(Event, frozen=True, kw_only=True):
    """The text, title, link or flairs of a post changed.

    Attributes:
        by_id: Who changed it; None stands for its author.
    """

    topics = ("notify", FEDERATION)
    post_id: int
    by_id: int | None = None


class PostDeleted(Event, frozen=True, kw_only=True):
    """A post was deleted by its author or removed by a moderator, or came back (`deleted` is false).

    Attributes:
        removed: By a moderator rather than by its author.
    """

    topics = ("notify", FEDERATION)
    post_id: int
    by_id: int
    deleted: bool
    removed: bool = False
    reason: str = ""


class PostModerated(Event, frozen=True, kw_only=True):
    """A moderator locked, unlocked, pinned or unpinned a post; `action` is the word of the mod log."""

    topics = (FEDERATION,)
    post_id: int
    by_id: int
    action: str
    reason: str = ""


class CommentPublished(Event, frozen=True, kw_only=True):
    """A comment appeared."""

    topics = ("notify", FEDERATION)
    comment_id: int


class CommentEdited(Event, frozen=True, kw_only=True):
    """The text of a comment changed."""

    topics = ("notify", FEDERATION)
    comment_id: int


class CommentDeleted(Event, frozen=True, kw_only=True):
    """A comment was deleted by its author or removed by a moderator, or came back; as `PostDeleted`."""

    topics = ("notify", FEDERATION)
    comment_id: int
    by_id: int
    deleted: bool
    removed: bool = False
    reason: str = ""


class CommentModerated(Event, frozen=True, kw_only=True):
    """A moderator locked or unlocked a comment and all below it; `action` is the word of the mod log."""

    topics = (FEDERATION,)
    comment_id: int
    by_id: int
    action: str
    reason: str = ""


class CommentDistinguished(Event, frozen=True, kw_only=True):
    """A comment of a moderator's speaks for all of them, or no longer (`distinguished` is false)."""

    topics = (FEDERATION,)
    comment_id: int
    by_id: int
    distinguished: bool


class AnswerMarked(Event, frozen=True, kw_only=True):
    """A comment was marked as an answer to the question of its post, or no longer (`answer` is false)."""

    topics = (FEDERATION,)
    comment_id: int
    by_id: int
    answer: bool


class PostVoted(Event, frozen=True, kw_only=True):
    """An account voted on a post: 1 up, -1 down, 0 took its vote back; `before` is what it had been."""

    topics = (FEDERATION,)
    post_id: int
    account_id: int
    effect: int
    before: int


class PollVoted(Event, frozen=True, kw_only=True):
    """An account chose in a poll, once for all."""

    topics = (FEDERATION,)
    post_id: int
    account_id: int
    choice_ids: list[int]


class CommentVoted(Event, frozen=True, kw_only=True):
    """An account voted on a comment; as `PostVoted`."""

    topics = (FEDERATION,)
    comment_id: int
    account_id: int
    effect: int
    before: int


class MessageSent(Event, frozen=True, kw_only=True):
    """Somebody wrote to somebody else."""

    topics = ("notify", FEDERATION)
    message_id: int


class MessageEdited(Event, frozen=True, kw_only=True):
    """The text of a private message changed."""

    topics = (FEDERATION,)
    message_id: int


class MessageDeleted(Event, frozen=True, kw_only=True):
    """A private message was taken back by its sender, or came back (`deleted` is false)."""

    topics = (FEDERATION,)
    message_id: int
    deleted: bool


class ReportFiled(Event, frozen=True, kw_only=True):
    """Somebody asks moderators to look at something."""

    topics = ("notify", FEDERATION)
    report_id: int


class ReportResolved(Event, frozen=True, kw_only=True):
    """A report was dealt with, or is to be dealt with again (`resolved` is false)."""

    topics = (FEDERATION,)
    report_id: int
    by_id: int
    resolved: bool


# What earlier versions called the kinds that may still wait in the outbox.
FORMER_KINDS = {
    "ContentUnwanted": ContentPurgeRequested.__name__,
    "LetterWanted": EmailRequested.__name__,
    "PreviewWanted": PreviewRequested.__name__,
}
