"""Another program on the same database, which writes as pyfedi does: it reads figures, and writes what it made of them.

The statements are ours; their order, and which rows each of them locks, are pyfedi's.
"""

import asyncio
import random
from typing import Any

import asyncpg


class Neighbour:
    """Some connections that comment, vote, join and tell until they are stopped.

    Parameters:
        connections: to the database, one for each that writes.
        account_id: who does all of it.
        places: posts, with the communities in which they stand.
        told: accounts that are told something.
    """

    def __init__(
        self, connections: list[Any], account_id: int, places: dict[int, int], told: list[int], seed: int = 1
    ) -> None:
        self._connections = connections
        self._account, self._places, self._told = account_id, places, told
        self._chance = random.Random(seed)
        self._voter = 10**6
        self.done = 0
        self.deadlocks = 0

    async def write_until(self, stop: asyncio.Event) -> None:
        """Write on all connections at once."""
        await asyncio.gather(*(self._write(connection, stop) for connection in self._connections))

    async def _write(self, connection: Any, stop: asyncio.Event) -> None:
        while not stop.is_set():
            act = self._chance.choice([self._comment, self._comment, self._vote, self._tell, self._edit])
            post_id = self._chance.choice([*self._places])
            try:
                async with connection.transaction():
                    await act(connection, post_id)
                self.done += 1
            except asyncpg.DeadlockDetectedError:
                self.deadlocks += 1

    async def _comment(self, db: Any, post_id: int) -> None:
        """First the account, then the site, then community and post, with figures that were read at the beginning."""
        community_id = self._places[post_id]
        answers = await db.fetchval("SELECT reply_count FROM post WHERE id = $1", post_id)
        in_place = await db.fetchval("SELECT post_reply_count FROM community WHERE id = $1", community_id)
        comment_id = await db.fetchval(
            "INSERT INTO post_reply (user_id, post_id, community_id, body, body_html, instance_id, language_id, path,"
            " depth, child_count, score, up_votes, down_votes, deleted, from_bot, created_at, posted_at, ap_id)"
            " VALUES ($1, $2, $3, 'theirs', '<p>theirs</p>', 1, 2, ARRAY[0], 0, 0, 1, 1, 0, false, false,"
            " timezone('utc', now()), timezone('utc', now()), gen_random_uuid()::text) RETURNING id",
            *(self._account, post_id, community_id),
        )
        await db.execute(
            "UPDATE post_reply SET path = ARRAY[0, $1::int], root_id = $1::int WHERE id = $1::int", comment_id
        )
        await db.execute(
            "INSERT INTO post_reply_vote (user_id, author_id, post_reply_id, effect) VALUES ($1, $1, $2, 1)",
            *(self._account, comment_id),
        )
        await db.execute(
            'UPDATE "user" SET post_reply_count = post_reply_count + 1, last_seen = now() WHERE id = $1',
            self._account,
        )
        await db.execute("UPDATE site SET last_active = now()")
        await db.execute(
            "UPDATE community SET post_reply_count = $2, last_active = now() WHERE id = $1",
            *(community_id, (in_place or 0) + 1),
        )
        await db.execute(
            "UPDATE post SET reply_count = $2, last_active = now() WHERE id = $1", post_id, (answers or 0) + 1
        )

    async def _vote(self, db: Any, post_id: int) -> None:
        """The author's reputation, then the vote, then the post, with figures that were read before."""
        row = await db.fetchrow("SELECT user_id, up_votes, score FROM post WHERE id = $1", post_id)
        self._voter += 1
        await db.execute('UPDATE "user" SET reputation = reputation + 1 WHERE id = $1', row["user_id"])
        await db.execute(
            "INSERT INTO post_vote (user_id, author_id, post_id, effect) VALUES ($1, $2, $3, 1)",
            *(self._account, row["user_id"], post_id),
        )
        await db.execute(
            "UPDATE post SET up_votes = $2, score = $3 WHERE id = $1",
            *(post_id, (row["up_votes"] or 0) + 1, (row["score"] or 0) + 1),
        )

    async def _tell(self, db: Any, post_id: int) -> None:
        """A notification, and a figure that was read before."""
        account_id = self._chance.choice(self._told)
        unread = await db.fetchval('SELECT unread_notifications FROM "user" WHERE id = $1', account_id)
        await db.execute(
            "INSERT INTO notification (title, url, read, user_id, author_id, created_at, notif_type, subtype, targets)"
            " VALUES ('Theirs', '/', false, $1, $2, timezone('utc', now()), 0, 'theirs', '{}')",
            *(account_id, self._account),
        )
        await db.execute(
            'UPDATE "user" SET unread_notifications = $2 WHERE id = $1', account_id, (unread or 0) + 1
        )

    async def _edit(self, db: Any, post_id: int) -> None:
        """The whole text of a post."""
        await db.execute("UPDATE post SET body = body || '.' WHERE id = $1", post_id)
