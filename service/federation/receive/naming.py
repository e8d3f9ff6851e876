"""What an Undo takes back that names it by its id alone: found among what came, or asked for.

Nobody needs to say more than an id, and some say no more. Of follows the activities are kept; the others are asked for
at their server, if it shows them.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.errors import Refused
from service.federation.intake.envelope import key_of
from service.federation.memory import Memory
from service.federation.read.activities import undone
from service.federation.receive.act import Act
from service.federation.receive.plan import Item, Step, about_of
from service.federation.vocabulary import Document, document_from
from service.storage.tables import HeardFollow

Followed = Literal["community", "feed", "person"]

MOST, KEPT_FOR = 10_000, 3600.0  # seconds


class Named:
    """Activities by their ids, as far as they are known; lives as long as the process."""

    def __init__(self) -> None:
        self._fetched: Memory[str, Document] = Memory(MOST)

    def put(self, identity: str, document: Document) -> None:
        """Remember what was asked for."""
        self._fetched.put(identity, document, KEPT_FOR)

    async def complete(self, db: AsyncConnection, items: Sequence[Item]) -> list[Item]:
        """Put into each Undo what it takes back, where that is known; what is not stays as it is."""
        wanted = {name for item in items for step in item.steps if (name := wanted_by(step))}
        if not wanted:
            return list(items)
        known = _among(items, wanted) | await _kept(db, wanted)
        known |= {name: found for name in wanted if (found := self._fetched.get(name)) is not None}
        return [_completed(item, known) for item in items]


def wanted_by(step: Step) -> str | None:
    """Return the id of what an Undo takes back; None where it is embedded, or nothing is taken back."""
    is_bare = step.activity.kind == "Undo" and step.inner is None and step.activity.object is None
    return step.activity.object_id if is_bare else None


async def keep(session: AsyncSession, act: Act, followed: Followed, followed_id: int) -> None:
    """Keep the activity by which somebody follows."""
    if act.activity.id is not None:
        row = insert(HeardFollow).values(
            key=key_of(act.activity.id),
            body=act.step.row.body,
            follower_id=act.person.id,
            followed=followed,
            followed_id=followed_id,
        )
        await session.execute(row.on_conflict_do_nothing())


async def forget(session: AsyncSession, act: Act, followed: Followed, followed_id: int) -> None:
    """Forget the activities by which somebody followed."""
    await session.execute(
        delete(HeardFollow).where(
            HeardFollow.follower_id == act.person.id,
            HeardFollow.followed == followed,
            HeardFollow.followed_id == followed_id,
        )
    )


def _among(items: Sequence[Item], wanted: set[str]) -> dict[str, Document]:
    """Return what came just now, in the same batch."""
    rows = {step.activity.id: item.row for item in items for step in item.steps if len(item.steps) == 1}
    found = {name: document_from(rows[name].body) for name in wanted if name in rows}
    return {name: document for name, document in found.items() if document.get("id") == name}


async def _kept(db: AsyncConnection, wanted: set[str]) -> dict[str, Document]:
    keys = {key_of(name): name for name in wanted}
    rows = await db.execute(select(HeardFollow.key, HeardFollow.body).where(HeardFollow.key.in_(list(keys))))
    return {keys[key]: document_from(body) for key, body in rows}


def _completed(item: Item, known: dict[str, Document]) -> Item:
    steps = tuple(_with_inner(step, known) for step in item.steps)
    return msgspec.structs.replace(item, steps=steps)


def _with_inner(step: Step, known: dict[str, Document]) -> Step:
    document = known.get(wanted_by(step) or "")
    if document is None:
        return step
    try:
        activity = msgspec.structs.replace(step.activity, object=document)
        inner = undone(activity, step.row.received_at)
    except Refused:
        return step
    return msgspec.structs.replace(step, activity=activity, inner=inner, about=about_of(activity, inner))
