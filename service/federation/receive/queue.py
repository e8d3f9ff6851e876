"""The rows of what was received: taken by batches, deleted with their effect, put off, given up.

All times are the database's. A row is deleted in the transaction of its effect, and whoever finds it deleted has no
effect: so a worker may be killed anywhere, or two may have taken the same row.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, SmallInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

PARK_AFTER = 10  # attempts
FIRST_DELAY, LONGEST_DELAY = 30.0, 6 * 3600.0  # seconds
LONGEST_ERROR = 1000
MOST_BYTES = 4 * 1024 * 1024  # of the rows that are taken at once; the last may go beyond
AT_ONE_GO = 10_000  # rows


class Row(msgspec.Struct, frozen=True):
    """An activity as it was let in."""

    seq: int
    key: bytes
    lane: int
    kind: str
    host: str
    body: bytes
    attempts: int
    received_at: datetime


class Backlog(msgspec.Struct, frozen=True):
    """What lies in the table: rows that wait, rows given up, and the age of the oldest waiting one in seconds."""

    pending: int
    parked: int
    oldest: float


class Parked(msgspec.Struct, frozen=True):
    """Rows given up, of one kind and host and with one error."""

    kind: str
    host: str
    error: str
    count: int


_SEQS = bindparam("seqs", type_=ARRAY(BigInteger))
_NOW = "timezone('utc', clock_timestamp())"

_TAKE = text(f"""
    SELECT seq, key, lane, kind, host, body, attempts, received_at FROM (
        SELECT *, sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS before FROM (
            SELECT seq, key, lane, kind, host, body, attempts, received_at FROM pieloop.received
            WHERE parked_at IS NULL AND available_at <= {_NOW} AND lane = ANY(:lanes) AND seq <> ALL(:aside)
            ORDER BY seq LIMIT :most
        ) AS next
    ) AS measured
    WHERE before < {MOST_BYTES} ORDER BY seq
""").bindparams(bindparam("lanes", type_=ARRAY(SmallInteger)), bindparam("aside", type_=ARRAY(BigInteger)))
_DONE = text("DELETE FROM pieloop.received WHERE seq = ANY(:seqs) RETURNING seq").bindparams(_SEQS)
_HEARD = text(f"UPDATE public.instance SET last_seen = {_NOW} WHERE domain = ANY(:hosts)")
_PUT_OFF = text(f"""
    UPDATE pieloop.received SET available_at = {_NOW} + make_interval(secs => :seconds)
    WHERE seq = ANY(:seqs)
""").bindparams(_SEQS)
_FAIL = text(f"""
    UPDATE pieloop.received SET
        attempts = attempts + 1,
        last_error = :error,
        parked_at = CASE WHEN attempts + 1 >= {PARK_AFTER} THEN {_NOW} END,
        available_at = {_NOW} + make_interval(secs => least(:longest, :first * power(2, attempts)))
    WHERE seq = :seq
    RETURNING extract(epoch FROM available_at - {_NOW})::float, parked_at IS NOT NULL
""")
_BACKLOG = text(f"""
    SELECT count(*) FILTER (WHERE parked_at IS NULL), count(*) FILTER (WHERE parked_at IS NOT NULL),
        coalesce(extract(epoch FROM {_NOW} - min(received_at) FILTER (WHERE parked_at IS NULL)), 0)::float
    FROM pieloop.received
""")
_PARKED = text("""
    SELECT kind, host, coalesce(last_error, ''), count(*) FROM pieloop.received WHERE parked_at IS NOT NULL
    GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 LIMIT :most
""")
_RETRY = text(f"""
    UPDATE pieloop.received SET parked_at = NULL, attempts = 0, available_at = {_NOW}
    WHERE parked_at IS NOT NULL AND (CAST(:host AS text) IS NULL OR host = :host)
""")
_FORGET = text("""
    DELETE FROM pieloop.received
    WHERE parked_at IS NOT NULL AND (CAST(:host AS text) IS NULL OR host = :host)
""")

_FORGET_SEEN = text("""
    DELETE FROM pieloop.seen WHERE key IN (
        SELECT key FROM pieloop.seen WHERE day < current_date - CAST(:days AS int) LIMIT :most
    )
""")
_FORGET_BURIED = text(f"""
    DELETE FROM pieloop.tombstone WHERE key IN (
        SELECT key FROM pieloop.tombstone WHERE until < {_NOW} LIMIT :most
    )
""")


async def take(
    db: AsyncConnection, lanes: Collection[int], most: int, aside: Collection[int] = ()
) -> list[Row]:
    """Return the next rows of some lanes, in their order.

    Parameters:
        lanes: those that this process owns.
        most: how many at most.
        aside: rows that something is being fetched for.
    """
    rows = await db.execute(_TAKE, {"lanes": list(lanes), "most": most, "aside": list(aside)})
    return [Row(*row) for row in rows]


async def heard_from(session: AsyncSession, hosts: Collection[str]) -> None:
    """Write down that servers have spoken: who sends to them tries those again that had fallen silent.

    Parameters:
        hosts: in lower case.
    """
    await session.execute(_HEARD, {"hosts": sorted(hosts)})


async def done(session: AsyncSession, seqs: Sequence[int]) -> set[int]:
    """Delete rows in the transaction of their effect; return those that were still there."""
    return set(await session.scalars(_DONE, {"seqs": list(seqs)}))


async def put_off(session: AsyncSession, seqs: Sequence[int], seconds: float) -> None:
    """Let rows wait for what they depend on; that is no failure of theirs."""
    await session.execute(_PUT_OFF, {"seqs": list(seqs), "seconds": seconds})


async def fail(session: AsyncSession, seq: int, error: str) -> tuple[float, bool]:
    """Let a row be tried again later, or give it up after the tenth attempt.

    Returns:
        The seconds until then, and whether it was given up.
    """
    values = {"seq": seq, "error": error[:LONGEST_ERROR], "first": FIRST_DELAY, "longest": LONGEST_DELAY}
    found = (await session.execute(_FAIL, values)).one_or_none()
    return (found[0], found[1]) if found else (0.0, False)


async def backlog(db: AsyncConnection) -> Backlog:
    """Count what lies in the table."""
    return Backlog(*(await db.execute(_BACKLOG)).one())


async def parked(db: AsyncConnection, most: int) -> list[Parked]:
    """Return what was given up, the most frequent first; at most so many groups."""
    return [Parked(*row) for row in await db.execute(_PARKED, {"most": most})]


async def retry(session: AsyncSession, host: str | None = None) -> int:
    """Take up again what was given up, of one host or of all; return how many there were."""
    return _count(await session.execute(_RETRY, {"host": host}))


async def forget(session: AsyncSession, host: str | None = None) -> int:
    """Delete what was given up, of one host or of all; return how many there were."""
    return _count(await session.execute(_FORGET, {"host": host}))


async def forget_seen(session: AsyncSession, days: int) -> int:
    """Forget what was here longer ago than so many days, and deletions whose time is over; a part at each call.

    Returns:
        How many rows there were; 0 when nothing is left to forget.
    """
    seen = _count(await session.execute(_FORGET_SEEN, {"days": days, "most": AT_ONE_GO}))
    return seen + _count(await session.execute(_FORGET_BURIED, {"most": AT_ONE_GO}))


def _count(result: object) -> int:
    count: int = getattr(result, "rowcount", 0)
    return max(count, 0)
