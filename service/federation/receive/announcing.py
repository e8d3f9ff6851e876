"""A community of ours tells its followers what came in for it: the activity as it came, wrapped."""

from collections.abc import Sequence

import msgspec
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.queries.people import places
from service.federation.receive.act import Act
from service.federation.receive.known import Group, Thing
from service.federation.receive.plan import VOTES
from service.federation.vocabulary import as_document, document_from
from service.federation.write.activities import announce
from service.federation.write.documents import encoded, new_id
from service.federation.write.rows import PlaceRow


class Announcement(msgspec.Struct, frozen=True):
    """What is to be announced by which of our communities."""

    act: Act
    place: Group


async def wrapped(session: AsyncSession, announcements: list[Announcement], domain: str) -> list[Outgoing]:
    """Return what is to be appended to the log.

    Parameters:
        announcements: of a batch, in their order.
        domain: this site's.
    """
    if not announcements:
        return []
    rows = await places(await session.connection(), {one.place.id for one in announcements}, domain)
    return [
        _outgoing(one.act, one.place, rows[one.place.id], domain)
        for one in announcements
        if one.place.id in rows
    ]


async def wrapped_for(
    session: AsyncSession, act: Act, place: Group, inboxes: Sequence[str]
) -> list[Outgoing]:
    """Return what a community of ours tells some servers alone; nothing where there are none.

    Parameters:
        inboxes: theirs.
    """
    if not inboxes:
        return []
    rows = await places(await session.connection(), {place.id}, act.domain)
    told = [_outgoing(act, place, row, act.domain) for row in rows.values()]
    return [structs.replace(one, community_id=None, inboxes=tuple(inboxes)) for one in told]


def _outgoing(act: Act, place: Group, row: PlaceRow, domain: str) -> Outgoing:
    identity = new_id(domain, "Announce")
    document = announce(identity, row, document_from(act.step.row.body))
    return Outgoing(
        id=identity,
        kind=f"Announce/{kind_of_inner(act)}",
        body=encoded(document),
        signer=Signer("community", place.id),
        lane=lane_of(act, place),
        community_id=place.id,
    )


def kind_of_inner(act: Act) -> str:
    """Return the type of an activity, with that of what it undoes."""
    activity = act.step.activity
    if activity.kind != "Undo":
        return activity.kind
    inner = as_document(activity.object)
    return f"Undo/{act.step.inner.kind}" if inner is not None and act.step.inner is not None else "Undo"


def lane_of(act: Act, place: Group) -> str:
    """Return what an activity is about, as the log orders it."""
    found = act.made or act.object
    if not isinstance(found, Thing):
        return lanes.of_community(place.id)
    lane = lanes.of_post(found.post_id)
    if found.kind == "comment":
        lane = lanes.of_comment(found.post_id, found.path)
    if act.activity.kind in VOTES and act.actor is not None:
        return lanes.of_vote(lane, act.actor.id)
    return lane
