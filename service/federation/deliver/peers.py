"""What the shared tables know of other servers, and are to know: pyfedi and administrators read it there."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.deliver.line import Record
from service.federation.deliver.rows import Row

# Software of which every server has an inbox for all of its people.
SHARED = (
    "lemmy",
    "piefed",
    "mbin",
    "kbin",
    "mastodon",
    "pleroma",
    "akkoma",
    "misskey",
    "sharkey",
    "friendica",
)

DESCRIBED = text("""
    SELECT id, domain,
        coalesce(
            shared_inbox, inbox,
            (SELECT ap_inbox_url FROM public."user" WHERE instance_id = instance.id AND ap_inbox_url <> '' LIMIT 1),
            'https://' || domain || '/inbox'
        ) AS inbox,
        lower(coalesce(software, '')) AS software,
        lower(coalesce(software, '')) <> ALL(:shared) AND EXISTS (
            SELECT FROM public."user" person JOIN public.community_member member ON member.user_id = person.id
            WHERE person.instance_id = instance.id AND person.ap_inbox_url <> coalesce(shared_inbox, inbox, '')
        ) AS personal
    FROM public.instance WHERE id = ANY(:ids) AND domain IS NOT NULL
""").bindparams(bindparam("shared", list(SHARED)))
INBOXES = text("""
    SELECT community_id, (array_agg(inbox ORDER BY members DESC, inbox))[1:100] FROM (
        SELECT member.community_id, person.ap_inbox_url AS inbox, count(*) AS members
        FROM public."user" person JOIN public.community_member member ON member.user_id = person.id
        WHERE person.instance_id = :instance AND member.community_id = ANY(:communities) AND person.ap_inbox_url <> ''
          AND member.is_banned IS NOT TRUE AND person.deleted IS NOT TRUE
        GROUP BY member.community_id, person.ap_inbox_url
    ) found GROUP BY community_id
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
    WITH gone AS (
        SELECT id FROM public."user" WHERE ap_inbox_url = :inbox AND instance_id <> 1
    ), unfollowed AS (
        DELETE FROM public.user_follower WHERE is_inward AND remote_user_id IN (SELECT id FROM gone)
    ), unfollowed_alone AS (
        UPDATE public.user_follower SET is_inward = false
        WHERE is_inward IS NULL AND remote_user_id IN (SELECT id FROM gone)
    ), unfed AS (
        DELETE FROM public.feed_member WHERE user_id IN (SELECT id FROM gone)
    ), left_ AS (
        DELETE FROM public.community_member
        WHERE user_id IN (SELECT id FROM gone) AND is_banned IS NOT TRUE AND is_moderator IS NOT TRUE
          AND community_id IN (SELECT id FROM public.community WHERE instance_id = 1)
        RETURNING community_id
    )
    UPDATE public.community SET
        subscriptions_count = greatest(coalesce(subscriptions_count, 0) - fewer.members, 0),
        total_subscriptions_count = greatest(coalesce(total_subscriptions_count, 0) - fewer.members, 0)
    FROM (SELECT community_id, count(*) AS members FROM left_ GROUP BY community_id) fewer
    WHERE community.id = fewer.community_id
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
        personal: people of it who are in communities here have inboxes of their own.
    """

    id: int
    domain: str
    inbox: str
    software: str
    personal: bool = False


async def described(db: AsyncConnection, ids: Sequence[int]) -> list[About]:
    """Return what is known of servers."""
    return [About(*row) for row in await db.execute(DESCRIBED, {"ids": list(ids)})]


async def inboxes_in(
    db: AsyncConnection, instance_id: int, communities: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """Return the inboxes of a server's people who are in communities, at most 100 for each community."""
    if not communities:
        return {}
    values = {"instance": instance_id, "communities": list(communities)}
    return {row[0]: tuple(row[1]) for row in await db.execute(INBOXES, values)}


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
    """End what somebody follows here whose inbox is not there any more: people, feeds and communities."""
    await session.execute(FORGET_FOLLOWER, {"inbox": inbox})


async def note_ban(session: AsyncSession, row: Row, instance_id: int) -> None:
    """Remember for a day that a server bans whoever signed an activity, or wrote what a community announced."""
    person = row.signer.id if row.signer.kind == "person" else row.author_id
    if person is not None:
        await session.execute(NOTE_BAN, {"person": person, "instance": instance_id})
