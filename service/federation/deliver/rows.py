"""Reads the log: what is new, what one server has not had, and who follows a community."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.deliver.outgoing import Signer


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the log; see Outgoing.

    Attributes:
        inboxes: those that it goes to beside the followers of its community, by server.
        said_at: when it was appended, in seconds since 1970.
    """

    id: int
    kind: str
    signer: Signer
    author_id: int | None
    lane: str
    body: bytes
    community_id: int | None
    to_everybody: bool
    said_at: float
    inboxes: Mapping[int, tuple[str, ...]] = {}

    @property
    def size(self) -> int:
        """How much memory it takes, roughly, in bytes."""
        return len(self.body) + 500


ROWS = """
    SELECT id, kind, signer_kind, signer_id, author_id, lane, body, community_id, to_everybody,
           extract(epoch FROM created_at AT TIME ZONE 'utc')::float8 AS said_at
    FROM pieloop.sent_activity
"""
NEW = text(f"{ROWS} WHERE id > :after ORDER BY id LIMIT :most")
NAMED = text(f"{ROWS} WHERE id = ANY(:ids) ORDER BY id")
ADDRESSED = text("""
    SELECT activity_id, instance_id, array_agg(inbox ORDER BY inbox) FROM pieloop.addressed
    WHERE activity_id = ANY(:ids) GROUP BY activity_id, instance_id
""")
HEAD = text("SELECT coalesce(max(id), 0) FROM pieloop.sent_activity")
FOLLOWERS = text("""
    SELECT DISTINCT person.instance_id
    FROM public.community_member member JOIN public."user" person ON person.id = member.user_id
    WHERE member.community_id = :community AND person.instance_id <> 1 AND member.is_banned IS NOT TRUE
      AND person.deleted IS NOT TRUE
""")
# Each community of the server's has its own look into the index, which ends after so many rows.
SLICE = text("""
    WITH mine AS (
        SELECT DISTINCT member.community_id
        FROM public."user" person JOIN public.community_member member ON member.user_id = person.id
        WHERE person.instance_id = :instance AND member.is_banned IS NOT TRUE AND person.deleted IS NOT TRUE
    )
    SELECT id FROM (
        (SELECT row.id FROM mine CROSS JOIN LATERAL (
            SELECT sent.id FROM pieloop.sent_activity sent
            WHERE sent.community_id = mine.community_id AND sent.id > :after AND sent.id <= :upto
            ORDER BY sent.id LIMIT :most
        ) row ORDER BY row.id LIMIT :most)
        UNION
        (SELECT id FROM pieloop.sent_activity
         WHERE to_everybody AND id > :after AND id <= :upto ORDER BY id LIMIT :most)
        UNION
        (SELECT activity_id FROM pieloop.addressed
         WHERE instance_id = :instance AND activity_id > :after AND activity_id <= :upto
         ORDER BY activity_id LIMIT :most)
    ) found ORDER BY id LIMIT :most
""")


async def head(db: AsyncConnection) -> int:
    """Return the id of the last activity; 0 for none."""
    return int((await db.execute(HEAD)).scalar_one())


async def new_rows(db: AsyncConnection, after: int, most: int) -> list[Row]:
    """Return what was appended behind an id, the oldest first.

    Parameters:
        db: a connection.
        after: the last one that was read.
        most: how many at most.
    """
    return await _with_inboxes(db, (await db.execute(NEW, {"after": after, "most": most})).all())


async def rows_of(db: AsyncConnection, ids: Collection[int]) -> list[Row]:
    """Return rows by their ids; those that are gone are missing."""
    return await _with_inboxes(db, (await db.execute(NAMED, {"ids": list(ids)})).all())


async def slice_for(db: AsyncConnection, instance_id: int, *, after: int, upto: int, most: int) -> list[int]:
    """Return the ids of what one server is to get.

    Parameters:
        db: a connection.
        instance_id: the server.
        after, upto: ids between which it is looked for, the last one included.
        most: how many at most.
    """
    values = {"instance": instance_id, "after": after, "upto": upto, "most": most}
    return list((await db.execute(SLICE, values)).scalars())


async def followers_of(db: AsyncConnection, community_id: int) -> frozenset[int]:
    """Return the servers on which a community has members."""
    return frozenset((await db.execute(FOLLOWERS, {"community": community_id})).scalars())


async def _with_inboxes(db: AsyncConnection, found: Sequence[Any]) -> list[Row]:
    ids = [row.id for row in found]
    inboxes: dict[int, dict[int, tuple[str, ...]]] = {}
    for activity_id, instance_id, there in await db.execute(ADDRESSED, {"ids": ids}) if ids else ():
        inboxes.setdefault(activity_id, {})[instance_id] = tuple(there)
    return [_row(row, inboxes.get(row.id, {})) for row in found]


def _row(row: Any, inboxes: Mapping[int, tuple[str, ...]]) -> Row:
    return Row(
        id=row.id,
        kind=row.kind,
        signer=Signer(row.signer_kind, row.signer_id),
        author_id=row.author_id,
        lane=row.lane,
        body=row.body,
        community_id=row.community_id,
        to_everybody=row.to_everybody,
        said_at=row.said_at,
        inboxes=inboxes,
    )
