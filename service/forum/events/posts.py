"""Posts, and the votes on them and in their polls."""

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


class PostPublished(Event, frozen=True, kw_only=True):
    """A post appeared."""

    topics = ("notify", FEDERATION)
    post_id: int


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
        is_part: Of a ban or deletion that says it all.
    """

    topics = ("notify", FEDERATION)
    post_id: int
    by_id: int
    deleted: bool
    removed: bool = False
    reason: str = ""
    is_part: bool = False


class PostModerated(Event, frozen=True, kw_only=True):
    """A moderator locked, unlocked, pinned or unpinned a post; `action` is the word of the mod log."""

    topics = (FEDERATION,)
    post_id: int
    by_id: int
    action: str
    reason: str = ""


class PostMoved(Event, frozen=True, kw_only=True):
    """A post went from one community to another."""

    topics = (FEDERATION,)
    post_id: int
    by_id: int
    origin_id: int


class PostVoted(Event, frozen=True, kw_only=True):
    """An account voted on a post: 1 up, -1 down, 0 took its vote back; `before` is what it had been."""

    topics = (FEDERATION,)
    post_id: int
    account_id: int
    effect: int
    before: int
    emoji: str | None = None


class PollVoted(Event, frozen=True, kw_only=True):
    """An account chose in a poll, once for all."""

    topics = (FEDERATION,)
    post_id: int
    account_id: int
    choice_ids: list[int]
