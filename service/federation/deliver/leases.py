"""Which process sends to which server, and how far each has got: the table `pieloop.peer`.

A process owns servers for half a minute at a time. One that dies loses them to the others; one that was held up finds
at its next save that they are not its own any more. All times are the database's own.
"""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver.line import Line, Record

OWNED_FOR = 30.0  # seconds

NOW = "timezone('utc', now())"
LEASE = f"{NOW} + make_interval(secs => :seconds)"

ALIVE = text(f"""
    INSERT INTO pieloop.courier (owner, alive_until) VALUES (:owner, {LEASE})
    ON CONFLICT (owner) DO UPDATE SET alive_until = excluded.alive_until
""")  # noqa: S608 - only our own words
BURY = text(f"DELETE FROM pieloop.courier WHERE alive_until < {NOW}")  # noqa: S608
RENEW = text(f"""
    WITH wishes AS MATERIALIZED (
        SELECT instance_id, wish FROM pieloop.peer WHERE owner = :owner AND owned_until >= {NOW}
    )
    UPDATE pieloop.peer SET owned_until = {LEASE}, wish = NULL
    FROM wishes WHERE peer.instance_id = wishes.instance_id AND peer.owner = :owner AND peer.owned_until >= {NOW}
    RETURNING peer.instance_id, wishes.wish
""")  # noqa: S608
SHARE = text("""
    SELECT ceil(count(*)::numeric / greatest(1, (SELECT count(*) FROM pieloop.courier)))::int FROM pieloop.peer
""")
MEET = text("""
    INSERT INTO pieloop.peer (instance_id, cursor, state)
    SELECT instance.id, (SELECT coalesce(max(id), 0) FROM pieloop.sent_activity),
           CASE WHEN gone_forever THEN 'gone' WHEN dormant THEN 'dormant' ELSE 'awake' END
    FROM public.instance
    WHERE id <> 1 AND NOT EXISTS (SELECT FROM pieloop.peer WHERE peer.instance_id = instance.id)
      AND EXISTS (
        SELECT FROM public."user" person
        JOIN public.community_member member ON member.user_id = person.id
        JOIN public.community place ON place.id = member.community_id AND place.instance_id = 1
        WHERE person.instance_id = instance.id
      )
    ON CONFLICT DO NOTHING
""")
TAKE = text(f"""
    UPDATE pieloop.peer SET owner = :owner, owned_until = {LEASE}
    WHERE instance_id IN (
        SELECT instance_id FROM pieloop.peer WHERE owner IS NULL OR owned_until < {NOW}
        ORDER BY instance_id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING instance_id, cursor, done_above, state, failures, last_error, speaks,
        extract(epoch FROM failing_since AT TIME ZONE 'utc')::float8 AS failing_since,
        extract(epoch FROM retry_at AT TIME ZONE 'utc')::float8 AS retry_at,
        extract(epoch FROM last_success_at AT TIME ZONE 'utc')::float8 AS last_success_at
""")  # noqa: S608
RELEASE = text(
    "UPDATE pieloop.peer SET owner = NULL, owned_until = NULL WHERE owner = :owner AND instance_id = ANY(:ids)"
)
LEAVE = text("DELETE FROM pieloop.courier WHERE owner = :owner")
SAVE = text("""
    UPDATE pieloop.peer SET
        cursor = new.cursor, done_above = new.done_above::bigint[], state = new.state, failures = new.failures,
        failing_since = to_timestamp(new.failing_since) AT TIME ZONE 'utc',
        retry_at = to_timestamp(new.retry_at) AT TIME ZONE 'utc',
        last_success_at = to_timestamp(new.last_success_at) AT TIME ZONE 'utc',
        last_error = new.last_error, speaks = new.speaks
    FROM unnest(
        CAST(:ids AS int[]), CAST(:cursors AS bigint[]), CAST(:done_above AS text[]), CAST(:states AS text[]),
        CAST(:failures AS int[]), CAST(:failing_since AS float8[]), CAST(:retry_at AS float8[]),
        CAST(:last_success_at AS float8[]), CAST(:last_errors AS text[]), CAST(:speaks AS text[])
    ) AS new(id, cursor, done_above, state, failures, failing_since, retry_at, last_success_at, last_error, speaks)
    WHERE peer.instance_id = new.id AND peer.owner = :owner
    RETURNING peer.instance_id
""")
SET_ASIDE = text("""
    INSERT INTO pieloop.undelivered (instance_id, activity_id, inbox, attempts, retry_at, last_error)
    SELECT instance_id, activity_id, inbox, 1, timezone('utc', now()) + interval '1 hour', error
    FROM unnest(CAST(:instances AS int[]), CAST(:activities AS bigint[]), CAST(:inboxes AS text[]),
                CAST(:errors AS text[])) AS item(instance_id, activity_id, inbox, error)
    ON CONFLICT DO NOTHING
""")


class Lease(msgspec.Struct, frozen=True):
    """What a process owns after a renewal.

    Attributes:
        kept: servers that are still its own.
        taken: those that are its own from now on.
        wishes: what administrators wish of those it has: `retry` or `forget`.
        share: how many it is to have in all.
    """

    kept: frozenset[int]
    taken: list[Record]
    wishes: dict[int, str]
    share: int


async def renew(session: AsyncSession, owner: str, seconds: float = OWNED_FOR) -> Lease:
    """Keep what a process owns, and take of what nobody owns up to its share.

    Parameters:
        session: of a write.
        owner: the process.
        seconds: for how long.
    """
    lease = {"owner": owner, "seconds": seconds}
    await session.execute(BURY)
    await session.execute(ALIVE, lease)
    await session.execute(MEET)
    renewed = [(row.instance_id, row.wish) for row in await session.execute(RENEW, lease)]
    kept = frozenset(instance_id for instance_id, _ in renewed)
    share = int((await session.execute(SHARE)).scalar_one())
    most = max(0, share - len(kept))
    taken = await session.execute(TAKE, lease | {"most": most}) if most else ()
    wishes = {instance_id: wish for instance_id, wish in renewed if wish}
    return Lease(kept, [Record(**row._mapping) for row in taken], wishes, share)


async def release(session: AsyncSession, owner: str, ids: list[int], *, leaves: bool = False) -> None:
    """Give servers back, for others to take.

    Parameters:
        session: of a write.
        owner: the process.
        ids: the servers.
        leaves: the process ends.
    """
    await session.execute(RELEASE, {"owner": owner, "ids": ids})
    if leaves:
        await session.execute(LEAVE, {"owner": owner})


async def save(session: AsyncSession, owner: str, lines: list[Line], head: int) -> set[int]:
    """Write down how far lines have got, and what they have set aside; return those that are still the owner's.

    Parameters:
        session: of a write.
        owner: the process.
        lines: what changed.
        head: up to where it has read the log.
    """
    records = [line.to_be_saved(head) for line in lines]
    saved = set((await session.execute(SAVE, {"owner": owner} | _columns(records))).scalars())
    aside = [(line, item) for line in lines if line.id in saved for item in line.aside]
    if aside:
        values = {
            "instances": [line.id for line, _ in aside],
            "activities": [item.activity_id for _, item in aside],
            "inboxes": [item.inbox for _, item in aside],
            "errors": [line.record.last_error for line, _ in aside],
        }
        await session.execute(SET_ASIDE, values)
    return saved


def _columns(records: list[Record]) -> dict[str, object]:
    return {
        "ids": [one.instance_id for one in records],
        "cursors": [one.cursor for one in records],
        "done_above": [f"{{{','.join(map(str, one.done_above))}}}" for one in records],
        "states": [one.state for one in records],
        "failures": [min(one.failures, 32_000) for one in records],
        "failing_since": [one.failing_since for one in records],
        "retry_at": [one.retry_at for one in records],
        "last_success_at": [one.last_success_at for one in records],
        "last_errors": [one.last_error[:1000] if one.last_error else None for one in records],
        "speaks": [one.speaks for one in records],
    }
