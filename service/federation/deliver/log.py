"""Appends to the log of what is sent. One row for each activity, whatever the number of servers that get it.

The ids are in the order of the commits, because whoever appends holds one lock from just before the first id until the
end of its transaction: so a reader that has seen 12 will never find an 11 later.
"""

from collections.abc import Sequence

from sqlalchemy import Boolean, Integer, LargeBinary, String, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver.outgoing import Outgoing
from service.federation.intake.envelope import key_of
from service.federation.origin import host_of
from service.storage.tables import Instance

CHANNEL = "pieloop_sent"
LOCK = 0x70_69_65_73  # PostgreSQL's advisory lock of those who append; any number that nobody else uses

APPEND = text("""
    WITH come AS (
        SELECT * FROM unnest(
            :keys, :kinds, :signer_kinds, :signer_ids, :author_ids, :lanes, :bodies, :communities, :everybody
        ) WITH ORDINALITY AS come(
            key, kind, signer_kind, signer_id, author_id, lane, body, community_id, to_everybody, place
        )
    ), address AS (
        SELECT * FROM unnest(:address_keys, :instances, :inboxes) AS address(key, instance_id, inbox)
    ), met AS (
        INSERT INTO pieloop.peer (instance_id, cursor)
        SELECT id, (SELECT coalesce(max(id), 0) FROM pieloop.sent_activity) FROM public.instance
        WHERE id IN (SELECT instance_id FROM address)
           OR (id <> 1 AND inbox IS NOT NULL AND gone_forever IS NOT TRUE AND true = ANY(:everybody))
        ON CONFLICT DO NOTHING
    ), sent AS (
        INSERT INTO pieloop.sent_activity
            (key, kind, signer_kind, signer_id, author_id, lane, body, community_id, to_everybody)
        SELECT key, kind, signer_kind, signer_id, author_id, lane, body, community_id, to_everybody
        FROM come ORDER BY place
        ON CONFLICT (key) DO NOTHING RETURNING id, key
    ), seen AS (
        INSERT INTO pieloop.seen (key) SELECT key FROM sent ORDER BY key ON CONFLICT DO NOTHING
    ), addressed AS (
        INSERT INTO pieloop.addressed (instance_id, activity_id, inbox)
        SELECT DISTINCT instance_id, sent.id, inbox FROM address JOIN sent USING (key)
    )
    SELECT pg_notify(:channel, '')
""").bindparams(
    *(bindparam(name, type_=ARRAY(LargeBinary)) for name in ("keys", "bodies", "address_keys")),
    *(bindparam(name, type_=ARRAY(String)) for name in ("kinds", "signer_kinds", "lanes", "inboxes")),
    *(
        bindparam(name, type_=ARRAY(Integer))
        for name in ("signer_ids", "author_ids", "communities", "instances")
    ),
    bindparam("everybody", type_=ARRAY(Boolean)),
    bindparam("channel", value=CHANNEL),
)


async def append(session: AsyncSession, activities: Sequence[Outgoing]) -> None:
    """Append activities in their order, and wake the couriers when the caller's transaction commits.

    Let it be the last thing of a transaction: all others who append wait from here until its end. What is there already
    is left out. Their ids count as seen, so that none of them has an effect when it comes back.

    Parameters:
        session: of a write.
        activities: what is to be sent; those that go nowhere are left out.
    """
    activities = [one for one in activities if one.community_id or one.to_everybody or one.inboxes]
    if not activities:
        return
    addresses = [(key_of(one.id), inbox) for one in activities for inbox in one.inboxes]
    instances = await _instances(session, {inbox for _, inbox in addresses})
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    known = [(key, instances[inbox], inbox) for key, inbox in addresses if inbox in instances]
    await session.execute(
        APPEND,
        {
            "keys": [key_of(one.id) for one in activities],
            "kinds": [one.kind for one in activities],
            "signer_kinds": [one.signer.kind for one in activities],
            "signer_ids": [one.signer.id for one in activities],
            "author_ids": [one.author_id for one in activities],
            "lanes": [one.lane for one in activities],
            "bodies": [one.body for one in activities],
            "communities": [one.community_id for one in activities],
            "everybody": [one.to_everybody for one in activities],
            "address_keys": [key for key, _, _ in known],
            "instances": [instance_id for _, instance_id, _ in known],
            "inboxes": [inbox for _, _, inbox in known],
        },
    )


async def _instances(session: AsyncSession, inboxes: set[str]) -> dict[str, int]:
    """Return the server of each inbox, entering those that we did not know; what is no address is left out."""
    hosts = {inbox: host for inbox in inboxes if (host := host_of(inbox))}
    if not hosts:
        return {}
    known = await _by_domain(session, set(hosts.values()))
    if missing := set(hosts.values()) - known.keys():
        rows = [{"domain": host, "software": ""} for host in sorted(missing)]
        await session.execute(insert(Instance).values(rows).on_conflict_do_nothing())
        known |= await _by_domain(session, missing)
    return {inbox: known[host] for inbox, host in hosts.items() if host in known}


async def _by_domain(session: AsyncSession, domains: set[str]) -> dict[str, int]:
    rows = await session.execute(select(Instance.domain, Instance.id).where(Instance.domain.in_(domains)))
    return {domain: instance_id for domain, instance_id in rows if domain}
