"""Reports as those see them who deal with them: frozen, without a database."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.comments.shapes import CommentRow
from service.forum.communities.shapes import CommunityRow
from service.forum.messages.shapes import MessageRow
from service.forum.moderation.shapes import Past
from service.forum.posts.shapes import PostRow


class ReportRow(msgspec.Struct, frozen=True):
    """A report without what it is about.

    Attributes:
        kind: One of the numbers PERSON to CONVERSATION of the rules.
        handed_up: A moderator wants the site's administrators to deal with it.
        message_id: The message that it is about; None for other reports.
        targets: The text as it was when it was reported.
    """

    id: int
    kind: int
    reason: str
    description: str
    resolved: bool
    handed_up: bool
    created_at: datetime
    updated_at: datetime
    post_id: int | None
    comment_id: int | None
    conversation_id: int | None
    message_id: int | None
    targets: dict[str, Any]
    reporter: AuthorRow


class PostReport(msgspec.Struct, frozen=True):
    """A report of a post."""

    report: ReportRow
    post: PostRow


class CommentReport(msgspec.Struct, frozen=True):
    """A report of a comment."""

    report: ReportRow
    comment: CommentRow


class MessageReport(msgspec.Struct, frozen=True):
    """A report of a private message."""

    report: ReportRow
    message: MessageRow


class ConversationInfo(msgspec.Struct, frozen=True):
    """A conversation, who is in it, and what was said last in it, the newest first."""

    id: int
    creator_id: int
    created_at: datetime
    updated_at: datetime
    members: list[AuthorRow]
    history: list[MessageRow]


class ConversationReport(msgspec.Struct, frozen=True):
    """A report of a conversation, or of a message in it."""

    report: ReportRow
    conversation: ConversationInfo


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A report of whatever kind in the queue of those who deal with it.

    Attributes:
        suspect: Who wrote what is reported, or is reported; None for a community.
        past: What is known of them.
        community: Where it is, or which one is reported.
        post, comment, message: What is reported, as far as the viewer may read it.
        above: The comment that a reported one answers.
    """

    report: ReportRow
    suspect: AuthorRow | None
    past: Past | None
    community: CommunityRow | None
    post: PostRow | None = None
    comment: CommentRow | None = None
    message: MessageRow | None = None
    above: CommentRow | None = None

    @property
    def thing(self) -> PostRow | CommentRow | None:
        """The post or comment that is reported."""
        return self.comment or self.post


class QueueCounts(msgspec.Struct, frozen=True):
    """How much of each part of the queue there is; nobody counts further than `MOST`."""

    open: int
    handed_up: int
    held_back: int

    MOST: ClassVar[int] = 99


class ReportCounts(msgspec.Struct, frozen=True):
    """How many open reports there are for the viewer to deal with, by what they are about."""

    posts: int
    comments: int
    messages: int
