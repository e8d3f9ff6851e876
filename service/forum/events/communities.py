"""Communities, their members and their moderators."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


class CommunityCreated(Event, frozen=True, kw_only=True):
    """A local community was made."""

    community_id: int


class CommunityEdited(Event, frozen=True, kw_only=True):
    """The description, rules, settings or flairs of a community changed.

    Attributes:
        withdrawn: From other servers, for which it was there before; False: it is there for them now.
    """

    topics = (FEDERATION,)
    community_id: int
    by_id: int
    withdrawn: bool | None = None


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


class AuthorWarned(Event, frozen=True, kw_only=True):
    """A moderator warned the author of a post or comment."""

    topics = ("notify",)
    account_id: int
    by_id: int
    post_id: int
    comment_id: int | None
    community_id: int
    reason: str


class MembershipRefused(Event, frozen=True, kw_only=True):
    """A community of another server did not let an account in, or put it out again."""

    topics = ("notify",)
    community_id: int
    account_id: int


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


class MemberInvited(Event, frozen=True, kw_only=True):
    """Somebody was invited into a community."""

    topics = ("notify",)
    invitation_id: int


class ModeratorChanged(Event, frozen=True, kw_only=True):
    """An account became a moderator of a community, or stopped being one (`added` is false)."""

    topics = ("notify", FEDERATION)
    community_id: int
    account_id: int
    by_id: int
    added: bool
