"""What people are told: replies, mentions, new posts they asked for, bans, appointments, applications.

Rows are written as PieFed writes them (type, subtype, address, targets), so that both programs and the clients read
them alike. `tell` and whatever marks something as read keep the counter on the account right; `consume` is the worker's
one call for the events of the topic "notify", in the transaction that marks the event done.
"""

from service.forum.notifications.events import consume
from service.forum.notifications.queries import (
    listing,
    newest_id,
    notification_by_id,
    since,
    totals,
    unread_count,
)
from service.forum.notifications.reading import (
    forget_author,
    mark,
    mark_all_read,
    mark_comment_read,
    mark_conversation_read,
    mark_message_read,
    recount_for,
    settle_registration,
    settle_report,
)
from service.forum.notifications.relevance import is_relevant, target
from service.forum.notifications.rules import (
    COMMUNITY,
    FEED,
    MENTIONED_IN_COMMENT,
    MENTIONS,
    POST,
    REPLIES,
    REPLY,
    REPORT,
    TOPIC,
    USER,
)
from service.forum.notifications.shapes import News, NotificationRow, UnreadCount
from service.forum.notifications.telling import tell
from service.forum.notifications.watching import (
    WATCHED,
    WATCHING,
    forget_watchers,
    unwatch,
    watch,
    watch_new,
    watched,
)

__all__ = [
    "COMMUNITY",
    "FEED",
    "MENTIONED_IN_COMMENT",
    "MENTIONS",
    "POST",
    "REPLIES",
    "REPLY",
    "REPORT",
    "TOPIC",
    "USER",
    "WATCHED",
    "WATCHING",
    "News",
    "NotificationRow",
    "UnreadCount",
    "consume",
    "forget_author",
    "forget_watchers",
    "is_relevant",
    "listing",
    "mark",
    "mark_all_read",
    "mark_comment_read",
    "mark_conversation_read",
    "mark_message_read",
    "newest_id",
    "notification_by_id",
    "recount_for",
    "settle_registration",
    "settle_report",
    "since",
    "target",
    "tell",
    "totals",
    "unread_count",
    "unwatch",
    "watch",
    "watch_new",
    "watched",
]
