"""What the shared tables know of other servers, and are to know: pyfedi and administrators read it there."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.deliver.line import Record
from service.federation.deliver.rows import Row

DESCRIBED = text("""
    SELECT id, domain,
        coalesce(
            shared_inbox, inbox,
            (SELECT ap_inbox_url FROM public."user" WHERE instance_id = instance.id AND ap_inbox_url <> '' LIMIT 1),
            'https://' || domain || '/inbox'
        ) AS inbox,
        lower(coalesce(software, '')) AS software
    FROM public.instance WHERE id = ANY(:ids) AND domain IS NOT NULL
""")
LAST_SEEN = text("""
    SELECT id, extract(epoch FROM last_seen AT TIME ZONE 'utc')::float8 AS seen
    FROM public.instance WHERE id = ANY(:ids) AND last_seen IS NOT NULL
""")
MIRROR = text("""
    UPDATE public.instance SET
        failures = new.failures, dormant = new.dormant, gone_forever = new.gone,
        start_trying_again = to_timestamp(new.retry_at) AT TIME ZONE 'utc',
        last_successful_send = to_timestamp(new.last_success_at) AT TIME ZONE 'utc',
        most_recent_attempt = timezone('utc', now())
    FROM unnest(
        CAST(:ids AS int[]), CAST(:failures AS int[]), CAST(:dormant AS bool[]), CAST(:gone AS bool[]),
        CAST(:retry_at AS float8[]), CAST(:last_success_at AS float8[])
    ) AS new(id, failures, dormant, gone, retry_at, last_success_at)
    WHERE instance.id = new.id
""")
FORGET_FOLLOWER = text("""
    DELETE FROM public.user_follower WHERE is_inward AND remote_user_id IN (
        SELECT id FROM public."user" WHERE ap_inbox_url = :inbox AND instance_id <> 1
    )
""")
# For a day, as PieFed does: the answer does not say for how long, and nobody tells when it is lifted. What a Block has
# said lasts as long as that said.
NOTE_BAN = text("""
    INSERT INTO public.instance_ban AS known (user_id, instance_id, banned_until)
    VALUES (:person, :instance, timezone('utc', now()) + interval '1 day')
    ON CONFLICT (user_id, instance_id) DO UPDATE SET banned_until = excluded.banned_until
    WHERE known.banned_until < excluded.banned_until
""")


class About(msgspec.Struct, frozen=True):
    """A server.

    Attributes:
        inbox: of all of it, as far as it has one.
        software: what it runs, as its nodeinfo says, in lower case; "" where nobody knows.
    """

    id: int
    domain: str
    inbox: str
    software: str


async def described(db: AsyncConnection, ids: Sequence[int]) -> list[About]:
    """Return what is known of servers."""
    return [About(*row) for row in await db.execute(DESCRIBED, {"ids": list(ids)})]


async def last_seen(db: AsyncConnection, ids: Sequence[int]) -> dict[int, float]:
    """Return when something last came from servers, in seconds since 1970."""
    if not ids:
        return {}
    return {row.id: row.seen for row in await db.execute(LAST_SEEN, {"ids": list(ids)})}


async def mirror(session: AsyncSession, records: Sequence[Record]) -> None:
    """Write into the shared table how sending to servers goes.

    Parameters:
        session: of a write.
        records: of those with which something happened.
    """
    if not records:
        return
    await session.execute(
        MIRROR,
        {
            "ids": [one.instance_id for one in records],
            "failures": [one.failures for one in records],
            "dormant": [one.state == "dormant" for one in records],
            "gone": [one.state == "gone" for one in records],
            "retry_at": [one.retry_at for one in records],
            "last_success_at": [one.last_success_at for one in records],
        },
    )


async def forget_inbox(session: AsyncSession, inbox: str) -> None:
    """Remove a follower whose inbox is not there any more."""
    await session.execute(FORGET_FOLLOWER, {"inbox": inbox})


async def note_ban(session: AsyncSession, row: Row, instance_id: int) -> None:
    """Remember for a day that a server bans whoever signed an activity, or wrote what a community announced."""
    person = row.signer.id if row.signer.kind == "person" else row.author_id
    if person is not None:
        await session.execute(NOTE_BAN, {"person": person, "instance": instance_id})
