"""Takes over what pyfedi had still to send: its `send_queue` and `activity_batch` become rows of the log.

Done at every start of a worker, since pyfedi may have run in between; the rows are deleted in the same transaction,
with the copies of private keys that they hold.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver.forms import BATCH
from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing, Signer, kind_of
from service.federation.vocabulary import Document, as_id
from service.federation.write.documents import PUBLIC, encoded, new_id
from service.storage.statements import literal_limit
from service.storage.tables import ActivityBatch, Community, Instance, SendQueue

log = structlog.get_logger()

AT_ONCE = 500
MOST_VOTES = 100  # in one Announce

OWNERS = text("""
    SELECT lower(ap_profile_id), kind, id FROM (
        SELECT ap_profile_id, 'person' AS kind, id, private_key FROM public."user"
        UNION ALL SELECT ap_profile_id, 'community', id, private_key FROM public.community
        UNION ALL SELECT ap_profile_id, 'feed', id, private_key FROM public.feed
    ) actor
    WHERE ap_profile_id = ANY(:actors) AND private_key <> ''
""")


async def take_over(session: AsyncSession, domain: str) -> int:
    """Take over some of what pyfedi had still to send; return how many rows, 0 when nothing is left.

    Parameters:
        session: of a write.
        domain: this site's.
    """
    queued = (
        await session.scalars(
            select(SendQueue)
            .order_by(SendQueue.id)
            .limit(literal_limit(AT_ONCE))
            .with_for_update(skip_locked=True)
        )
    ).all()
    votes = (
        await session.scalars(
            select(ActivityBatch)
            .order_by(ActivityBatch.id)
            .limit(literal_limit(AT_ONCE))
            .with_for_update(skip_locked=True)
        )
    ).all()
    outgoing = [*await _queued(session, queued), *await _batched(session, votes, domain)]
    await session.execute(delete(SendQueue).where(SendQueue.id.in_([row.id for row in queued])))
    await session.execute(delete(ActivityBatch).where(ActivityBatch.id.in_([row.id for row in votes])))
    await append(session, outgoing)
    return len(queued) + len(votes)


async def _queued(session: AsyncSession, rows: Sequence[SendQueue]) -> list[Outgoing]:
    owners = await _owners(session, {_actor(row) for row in rows})
    deliveries: dict[str, Outgoing] = {}
    for row in rows:
        document, signer = _document(row.payload), owners.get(_actor(row))
        if document is None or signer is None or not row.destination:
            log.warning("not_taken_over", id=row.id, destination=row.destination_domain)
            continue
        identity = as_id(document) or f"queue:{row.id}"
        known = deliveries.get(identity)
        deliveries[identity] = Outgoing(
            # The same activity may be in the log already, for others: this is a row of its own.
            id=known.id if known else f"{identity}#queued-{row.id}",
            kind=kind_of(document) or "?",
            body=(row.payload or "").encode(),
            signer=signer,
            lane=_lane(document),
            inboxes=(*(known.inboxes if known else ()), row.destination),
        )
    return list(deliveries.values())


async def _batched(session: AsyncSession, rows: Sequence[ActivityBatch], domain: str) -> list[Outgoing]:
    """Announce the votes that wait for a server, many at once, as pyfedi would have done."""
    together: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        if row.instance_id and row.community_id and row.payload:
            together.setdefault((row.instance_id, row.community_id), []).append(row.payload)
    found = await session.execute(
        select(Instance.id, Instance.inbox).where(Instance.id.in_([one for one, _ in together]))
    )
    inboxes = {row.id: row.inbox for row in found}
    groups = {
        one.id: one
        for one in await session.scalars(
            select(Community).where(Community.id.in_([one for _, one in together]))
        )
    }
    return [
        _announce(groups[place], inbox, votes[at : at + MOST_VOTES], domain)
        for (instance, place), votes in together.items()
        if (inbox := inboxes.get(instance)) and place in groups
        for at in range(0, len(votes), MOST_VOTES)
    ]


def _announce(group: Community, inbox: str, votes: Sequence[Any], domain: str) -> Outgoing:
    identity = new_id(domain, "Announce")
    document = {
        "type": "Announce",
        "id": identity,
        "actor": group.ap_public_url or group.ap_profile_id,
        "to": [PUBLIC],
        "cc": [group.ap_followers_url or f"{group.ap_profile_id}/followers"],
        "object": list(votes),
    }
    return Outgoing(
        id=identity,
        kind=BATCH,
        body=encoded(document),
        signer=Signer("community", group.id),
        lane=f"c{group.id}/{identity[-15:]}",
        inboxes=(inbox,),
    )


async def _owners(session: AsyncSession, actors: set[str]) -> dict[str, Signer]:
    rows = await session.execute(OWNERS, {"actors": sorted(actors)})
    return {url: Signer(kind, owner_id) for url, kind, owner_id in rows}


def _actor(row: SendQueue) -> str:
    return (row.actor or "").partition("#")[0].lower()


def _document(payload: str | None) -> Document | None:
    try:
        document = json.loads(payload or "")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _lane(document: Document) -> str:
    """Return a lane of what an old activity is about: what is about one thing stays in order."""
    thing: object = document
    while isinstance(thing, dict) and "object" in thing:
        thing = thing["object"]
    return f"q{hashlib.sha256(str(as_id(thing)).encode()).hexdigest()[:16]}"
