"""What counters count: rows that are there at the same moment."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.forum.effects import TABLES, Row, Rows

NUMBER = {table.fullname: number for number, table in enumerate(TABLES)}


def miscounted(rows: list[Rows]) -> set[str]:
    """Return each counter that is another number than there are rows, with both numbers."""

    def of(table: str) -> Iterable[Row]:
        return rows[NUMBER[table]].values()

    found: set[str] = set()
    for name, (table, column, counted) in COUNTERS.items():
        counts = counted(of)
        for row in of(table):
            if (row[column] or 0) != counts[row["id"]] and not _waits(row):
                found.add(f"{name} of {row['id']} is {row[column]}, not {counts[row['id']]}")
    return found


def _waits(row: Row) -> bool:
    """Whether it is a post that is not out: it has its author's vote already, which nobody has cast."""
    return row.get("status") is not None and row["status"] <= 0


Of = Callable[[str], Iterable[Row]]


def _of(table: str, key: str, *conditions: Callable[[Row], Any]) -> Callable[[Of], Counter[Any]]:
    def count(of: Of) -> Counter[Any]:
        return Counter(row[key] for row in of(table) if all(condition(row) for condition in conditions))

    return count


def _descendants(of: Of) -> Counter[Any]:
    return Counter(above for row in of("post_reply") if _there(row) for above in row["path"][1:-1])


def _there(row: Row) -> bool:
    return not row["deleted"]


def _is_out(row: Row) -> bool:
    return not _waits(row)


def _let_in(row: Row) -> bool:
    return not row["is_banned"]


COUNTERS: dict[str, tuple[str, str, Callable[[Of], Counter[Any]]]] = {
    "members": ("community", "subscriptions_count", _of("community_member", "community_id", _let_in)),
    "members in all": (
        "community",
        "total_subscriptions_count",
        _of("community_member", "community_id", _let_in),
    ),
    "posts of a community": (
        "community",
        "post_count",
        _of("post", "community_id", _there, _is_out),
    ),
    "comments of a community": ("community", "post_reply_count", _of("post_reply", "community_id", _there)),
    "comments of a post": ("post", "reply_count", _of("post_reply", "post_id", _there)),
    "upvotes of a post": ("post", "up_votes", _of("post_vote", "post_id", lambda row: row["effect"] > 0)),
    "downvotes of a post": ("post", "down_votes", _of("post_vote", "post_id", lambda row: row["effect"] < 0)),
    "upvotes of a comment": (
        "post_reply",
        "up_votes",
        _of("post_reply_vote", "post_reply_id", lambda row: row["effect"] > 0),
    ),
    "downvotes of a comment": (
        "post_reply",
        "down_votes",
        _of("post_reply_vote", "post_reply_id", lambda row: row["effect"] < 0),
    ),
    "posts of an account": ("user", "post_count", _of("post", "user_id", _there, _is_out)),
    "comments of an account": ("user", "post_reply_count", _of("post_reply", "user_id", _there)),
    "what stands below a comment": ("post_reply", "child_count", _descendants),
    "unread": ("user", "unread_notifications", _of("notification", "user_id", lambda row: not row["read"])),
    "choices": ("poll_choice", "num_votes", _of("poll_choice_vote", "choice_id")),
    "members of a feed": ("feed", "subscriptions_count", _of("feed_member", "feed_id", _let_in)),
    "communities of a feed": ("feed", "num_communities", _of("feed_item", "feed_id")),
}
