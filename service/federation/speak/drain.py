"""From the outbox to the log: events of the topic "federation" in the order of their ids, up to a hundred at once.

Rendering and appending are one transaction, in which the events are deleted: a worker may die anywhere. One drain works
at a time, since an edit must not be said before what it edits; whoever comes second finds the lock taken.
"""

from collections.abc import MutableMapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing
from service.federation.speak.known import Wanted, read_known
from service.federation.speak.table import SAYINGS
from service.federation.speak.voice import Voice
from service.forum.events import Event, event_of
from service.storage.clock import database_now
from service.storage.outbox import ERROR_LENGTH, FEDERATION, PARK_AFTER, delay_after
from service.storage.statements import literal_limit
from service.storage.tables import OutboxEvent
from service.storage.tables.delivery import Said

log = structlog.get_logger()

AT_ONCE = 100
LOCK = 0x64_72_61_69  # PostgreSQL's advisory lock of the drain

SAID = text("SELECT about, activity_id FROM pieloop.said WHERE about = ANY(:about)")
REMEMBER = text("""
    INSERT INTO pieloop.said (about, activity_id)
    SELECT * FROM unnest(CAST(:about AS text[]), CAST(:ids AS text[]))
    ON CONFLICT (about) DO UPDATE SET activity_id = excluded.activity_id, said_at = excluded.said_at
""")


class Drained(msgspec.Struct, frozen=True):
    """What a run of the drain did.

    Attributes:
        events: taken out of the outbox.
        activities: appended to the log.
        failed: events that could not be said, and are tried again later.
    """

    events: int = 0
    activities: int = 0
    failed: int = 0


class _Pending(msgspec.Struct, frozen=True):
    row: Any
    event: Event
    wants: Wanted


async def drain(session: AsyncSession, domain: str, *, speaks: bool = True) -> Drained:
    """Say what waits to be said.

    Parameters:
        session: of a write.
        domain: the site's.
        speaks: without it, what waits is thrown away: the site keeps to itself.
    """
    if not await session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
        return Drained()
    rows = await _waiting(session)
    if not rows:
        return Drained()
    if not speaks:
        await _delete(session, rows)
        return Drained(events=len(rows))
    pending, failed = _read(rows)
    outgoing, done = await _say(session, pending, domain, failed)
    for row, error in failed:
        await _put_off(session, row, error)
    await _delete(session, done)
    await append(session, outgoing)
    return Drained(events=len(done), activities=len(outgoing), failed=len(failed))


async def _waiting(session: AsyncSession) -> Sequence[Any]:
    rows = await session.execute(
        select(OutboxEvent.id, OutboxEvent.kind, OutboxEvent.payload, OutboxEvent.attempts)
        .where(
            OutboxEvent.topic == FEDERATION,
            OutboxEvent.parked_at.is_(None),
            OutboxEvent.available_at <= database_now(),
        )
        .order_by(OutboxEvent.id)
        .limit(literal_limit(AT_ONCE))
    )
    return rows.all()


def _read(rows: Sequence[Any]) -> tuple[list[_Pending], list[tuple[Any, str]]]:
    pending: list[_Pending] = []
    failed: list[tuple[Any, str]] = []
    for row in rows:
        try:
            event = event_of(row.kind, row.payload)
            pending.append(_Pending(row, event, SAYINGS[type(event)].wants(event)))
        except (KeyError, msgspec.ValidationError) as error:
            failed.append((row, f"{type(error).__name__}: {error}"))
    return pending, failed


async def _say(
    session: AsyncSession, pending: Sequence[_Pending], domain: str, failed: list[tuple[Any, str]]
) -> tuple[list[Outgoing], list[Any]]:
    want = Wanted()
    for one in pending:
        want |= one.wants
    db = await session.connection()
    known = await read_known(db, want, domain)
    before = _Said(session)
    outgoing: list[Outgoing] = []
    done = []
    for one in pending:
        try:
            said = await before.saying(one.event, Voice(domain, known, before.now))
        except Exception as error:
            log.warning("event_not_said", id=one.row.id, kind=one.row.kind, exc_info=error)
            failed.append((one.row, f"{type(error).__name__}: {error}"))
            continue
        outgoing += said
        done.append(one.row)
    await before.remember()
    return outgoing, done


class _Said:
    """The ids of what may be taken back: read where something is taken back, written once at the end.

    What an event takes back is known only by rendering it, so an event whose ids are not known yet is rendered twice.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.now: MutableMapping[str, str | None] = {}

    async def saying(self, event: Event, voice: Voice) -> list[Outgoing]:
        before = dict(self.now)
        said = list(SAYINGS[type(event)].says(voice, event))
        missed = [name for name, value in self.now.items() if value is None and name not in before]
        if not missed:
            return said
        found = await self._session.execute(SAID, {"about": missed})
        if not (ids := {row.about: row.activity_id for row in found}):
            return said
        self.now.clear()
        self.now.update(before | ids)
        return list(SAYINGS[type(event)].says(voice, event))

    async def remember(self) -> None:
        kept = {name: value for name, value in self.now.items() if value is not None}
        gone = [name for name, value in self.now.items() if value is None]
        if kept:
            await self._session.execute(REMEMBER, {"about": list(kept), "ids": list(kept.values())})
        if gone:
            await self._session.execute(delete(Said).where(Said.about.in_(gone)))


async def _put_off(session: AsyncSession, row: Any, error: str) -> None:
    now = database_now()
    attempts = row.attempts + 1
    await session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == row.id)
        .values(
            attempts=attempts,
            available_at=now + timedelta(seconds=delay_after(attempts)),
            parked_at=now if attempts >= PARK_AFTER else None,
            last_error=error[:ERROR_LENGTH],
        )
    )


async def _delete(session: AsyncSession, rows: Sequence[Any]) -> None:
    await session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_([row.id for row in rows])))
