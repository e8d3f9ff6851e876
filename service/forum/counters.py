"""Figures that are kept beside what they count: found where they have drifted, and counted anew, a few rows at a time.

Another program on the same database, which reads a figure and writes what it made of it, makes them drift. What is
counted anew is locked before, so that whoever adds meanwhile adds to the new figure. The site goes on.
"""

from collections.abc import AsyncIterator

import msgspec
from sqlalchemy import Integer, TextClause, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.notifications.reading import recount_for
from service.forum.notifications.relevance import is_relevant
from service.storage.tables import Notification, User
from service.storage.transaction import Database

WINDOW = 5000  # ids that are looked at in one statement
BATCH = 100  # rows that are held in one transaction

# What was deleted is not counted; t is the row with the figure.
_BELOW = "SELECT count(*) FROM post_reply c WHERE c.deleted IS NOT TRUE AND "
_POSTS = "SELECT count(*) FROM post c WHERE c.deleted IS NOT TRUE AND "
# Votes are deleted by pyfedi after some months, and those on another server's things are not all known here.
_VOTED = "t.posted_at > timezone('utc', now()) - interval '25 days' AND coalesce(t.instance_id, 1) = 1"


class Counter(msgspec.Struct, frozen=True):
    """A figure.

    Attributes:
        counted: SQL of what it should be, for a row t.
        where: SQL: of which rows it can be told.
    """

    table: str
    column: str
    counted: str
    where: str = "true"

    @property
    def name(self) -> str:
        """How it is called: its table and column."""
        return f"{self.table}.{self.column}"

    @property
    def drifted(self) -> str:
        """SQL: whether the figure of a row t is another one."""
        return f"{self.where} AND coalesce(t.{self.column}, 0) <> ({self.counted})"


COUNTERS = (
    Counter("post", "reply_count", f"{_BELOW} c.post_id = t.id", "t.archived IS NULL"),
    Counter(
        "post",
        "up_votes",
        "SELECT count(*) FROM post_vote v WHERE v.post_id = t.id AND v.effect >= 0",
        _VOTED,
    ),
    Counter(
        "post",
        "down_votes",
        "SELECT count(*) FROM post_vote v WHERE v.post_id = t.id AND v.effect < 0",
        _VOTED,
    ),
    Counter(
        "post_reply",
        "up_votes",
        "SELECT count(*) FROM post_reply_vote v WHERE v.post_reply_id = t.id AND v.effect >= 0",
        _VOTED,
    ),
    Counter(
        "post_reply",
        "down_votes",
        "SELECT count(*) FROM post_reply_vote v WHERE v.post_reply_id = t.id AND v.effect < 0",
        _VOTED,
    ),
    Counter(
        "post_reply", "child_count", f"{_BELOW} c.path @> ARRAY[t.id] AND c.id <> t.id", "t.path IS NOT NULL"
    ),
    Counter("community", "post_count", f"{_POSTS} c.community_id = t.id"),
    Counter("community", "post_reply_count", f"{_BELOW} c.community_id = t.id"),
    Counter(
        "community",
        "subscriptions_count",
        'SELECT count(*) FROM community_member m JOIN "user" u ON u.id = m.user_id'
        " WHERE m.community_id = t.id AND m.is_banned IS NOT TRUE AND u.bot IS NOT TRUE",
    ),
    Counter('"user"', "post_count", f"{_POSTS} c.user_id = t.id"),
    Counter('"user"', "post_reply_count", f"{_BELOW} c.user_id = t.id"),
    Counter("domain", "post_count", "SELECT count(*) FROM post c WHERE c.domain_id = t.id"),
    Counter("tag", "post_count", "SELECT count(*) FROM post_tag c WHERE c.tag_id = t.id"),
    Counter(
        "feed",
        "subscriptions_count",
        "SELECT count(*) FROM feed_member m WHERE m.feed_id = t.id AND m.is_banned IS NOT TRUE",
        "t.ap_id IS NULL",
    ),
    Counter("feed", "num_communities", "SELECT count(*) FROM feed_item i WHERE i.feed_id = t.id"),
    Counter(
        "poll_choice",
        "num_votes",
        "SELECT count(*) FROM poll_choice_vote v WHERE v.choice_id = t.id",
        "EXISTS (SELECT FROM post p WHERE p.id = t.post_id AND coalesce(p.instance_id, 1) = 1)",
    ),
)
UNREAD = "user.unread_notifications"


async def drifted(database: Database) -> AsyncIterator[tuple[Counter, list[int]]]:
    """Yield each counter with the ids of some rows where it has drifted; nothing is held meanwhile.

    Raises:
        StorageError: the database cannot be reached.
    """
    for counter in COUNTERS:
        finding, last = _finding(counter), text(f"SELECT max(id) FROM {counter.table}")  # noqa: S608
        async with database.read() as db:
            end = (await db.execute(last)).scalar() or 0
        for after in range(0, end, WINDOW):
            async with database.read() as db:
                ids = list(await db.scalars(finding, {"after": after, "upto": after + WINDOW}))
            if ids:
                yield counter, ids


async def mend(database: Database, counter: Counter, ids: list[int]) -> None:
    """Count anew, some rows in each transaction; raises as `drifted`."""
    for start in range(0, len(ids), BATCH):
        await database.write(_recount, counter, ids[start : start + BATCH])


async def drifted_unread(db: AsyncConnection) -> list[int]:
    """Return the accounts of this site whose figure of unread notifications is another one."""
    mine = Notification.user_id == User.id, Notification.read.is_(False), is_relevant()
    counted = select(func.count(Notification.id)).where(*mine).correlate(User).scalar_subquery()
    found = select(User.id).where(
        User.is_local, User.deleted.is_not(True), func.coalesce(User.unread_notifications, 0) != counted
    )
    return list(await db.scalars(found.order_by(User.id)))


async def mend_unread(database: Database, ids: list[int]) -> None:
    """Count anew what accounts have not read, one in each transaction; raises as `drifted`."""
    for account_id in ids:
        await database.write(recount_for, account_id)


async def _recount(session: AsyncSession, counter: Counter, ids: list[int]) -> None:
    named = "WHERE t.id = ANY(:ids)"
    held = f"SELECT t.id FROM {counter.table} t {named} ORDER BY t.id FOR NO KEY UPDATE"  # noqa: S608
    counted = f"UPDATE {counter.table} t SET {counter.column} = ({counter.counted}) {named}"  # noqa: S608
    for statement in (held, f"{counted} AND {counter.drifted}"):
        await session.execute(_of_ids(statement), {"ids": ids})


def _finding(counter: Counter) -> TextClause:
    within = f"SELECT t.id FROM {counter.table} t WHERE t.id > :after AND t.id <= :upto"  # noqa: S608
    return text(f"{within} AND {counter.drifted} ORDER BY t.id")


def _of_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(Integer)))
