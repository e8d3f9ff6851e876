"""What happened, in the words that later steps consume.

An operation records an event in its own transaction; the outbox keeps one row for each of the event's topics,
and a worker takes them up. Events carry ids (or paths in the store) only: the consumer reads the state as it is then.

Topics: "media" fetches and processes pictures and link previews and deletes files, "moderate" takes down what is too
much for one transaction, "notify" tells people, "mail" sends letters, "federation" tells other servers, "history" reads
what their communities have. An event without a topic has nobody yet who takes it up, and leaves no row.

What the state does not tell any more when the consumer comes is in the event: what a vote was before, why something was
removed.
"""

from typing import Any

import msgspec

from service.forum.events.accounts import (
    AccountApplied,
    AccountBanned,
    AccountDeleted,
    AccountRegistered,
    BannedElsewhere,
    FollowAnswered,
    FollowAsked,
    PersonFollowed,
    ProfileChanged,
    QuoteRevoked,
)
from service.forum.events.base import Event
from service.forum.events.chores import (
    FORMER_KINDS,
    ActorMoved,
    BranchPurgeRequested,
    ConfirmationForgotten,
    ContentPurgeRequested,
    DiscussionFound,
    EmailRequested,
    FeedFound,
    HistoryRequested,
    ImagesUnused,
    InvitationWanted,
    KeysWanted,
    NewsletterWanted,
    PasswordForgotten,
    PreviewRequested,
    UploadReceived,
    Wish,
    WishImported,
    WithdrawalDecided,
)
from service.forum.events.comments import (
    AnswerMarked,
    CommentDeleted,
    CommentDistinguished,
    CommentEdited,
    CommentModerated,
    CommentPublished,
    CommentVoted,
)
from service.forum.events.communities import (
    AuthorWarned,
    CommunityCreated,
    CommunityDeleted,
    CommunityEdited,
    MemberBanned,
    MemberInvited,
    MembershipChanged,
    MembershipRefused,
    ModeratorChanged,
)
from service.forum.events.feeds import FeedCreated, FeedDeleted, FeedEdited, FeedFollowed, FeedItemChanged
from service.forum.events.messages import (
    MessageDeleted,
    MessageEdited,
    MessageSent,
    ReportFiled,
    ReportHandedUp,
    ReportResolved,
)
from service.forum.events.posts import (
    PollVoted,
    PostDeleted,
    PostEdited,
    PostModerated,
    PostMoved,
    PostPublished,
    PostVoted,
)
from service.forum.events.topics import TopicSuggested

__all__ = [
    "FORMER_KINDS",
    "AccountApplied",
    "AccountBanned",
    "AccountDeleted",
    "AccountRegistered",
    "ActorMoved",
    "AnswerMarked",
    "AuthorWarned",
    "BannedElsewhere",
    "BranchPurgeRequested",
    "CommentDeleted",
    "CommentDistinguished",
    "CommentEdited",
    "CommentModerated",
    "CommentPublished",
    "CommentVoted",
    "CommunityCreated",
    "CommunityDeleted",
    "CommunityEdited",
    "ConfirmationForgotten",
    "ContentPurgeRequested",
    "DiscussionFound",
    "EmailRequested",
    "Event",
    "FeedCreated",
    "FeedDeleted",
    "FeedEdited",
    "FeedFollowed",
    "FeedFound",
    "FeedItemChanged",
    "FollowAnswered",
    "FollowAsked",
    "HistoryRequested",
    "ImagesUnused",
    "InvitationWanted",
    "KeysWanted",
    "MemberBanned",
    "MemberInvited",
    "MembershipChanged",
    "MembershipRefused",
    "MessageDeleted",
    "MessageEdited",
    "MessageSent",
    "ModeratorChanged",
    "NewsletterWanted",
    "PasswordForgotten",
    "PersonFollowed",
    "PollVoted",
    "PostDeleted",
    "PostEdited",
    "PostModerated",
    "PostMoved",
    "PostPublished",
    "PostVoted",
    "PreviewRequested",
    "ProfileChanged",
    "QuoteRevoked",
    "ReportFiled",
    "ReportHandedUp",
    "ReportResolved",
    "TopicSuggested",
    "UploadReceived",
    "Wish",
    "WishImported",
    "WithdrawalDecided",
    "event_of",
]


def event_of(kind: str, payload: dict[str, Any]) -> Event:
    """Return the event that the outbox has kept; KeyError for a kind that there is not."""
    return msgspec.convert(payload, {event.__name__: event for event in Event.__subclasses__()}[kind])
