"""Comments, and the votes on them."""

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


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
    is_part: bool = False


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


class CommentVoted(Event, frozen=True, kw_only=True):
    """An account voted on a comment; as `PostVoted`."""

    topics = (FEDERATION,)
    comment_id: int
    account_id: int
    effect: int
    before: int
    emoji: str | None = None
