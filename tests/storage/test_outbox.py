"""The outbox: recorded with the change, claimed by one, deleted with the effect."""

import asyncio
from typing import ClassVar

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage import outbox
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database, NestedWrite


class Happened(msgspec.Struct, frozen=True):
    """An event of the test's own."""

    topics: ClassVar[tuple[str, ...]] = ("media",)
    number: int = 1

    @property
    def kind(self) -> str:
        """Its word."""
        return "Happened"

    def payload(self) -> dict[str, object]:
        """Its fields."""
        return {"number": self.number}


async def due(database: Database) -> list[outbox.Due]:
    async with database.read() as db:
        return list(await outbox.due(db, 100, 60))


async def test_an_event_is_due_once_its_transaction_committed(database: Database) -> None:
    await database.write(outbox.record, Happened())
    assert [event.attempts for event in await due(database)] == [0]


async def test_a_rolled_back_change_leaves_no_event(database: Database) -> None:
    async def fail(session: AsyncSession) -> None:
        await outbox.record(session, Happened())
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await due(database) == []


async def test_of_many_claims_one_wins(database: Database) -> None:
    await database.write(outbox.record, Happened())
    (event,) = await due(database)
    claims = await asyncio.gather(*(database.write(outbox.claim, event.id, 60) for _ in range(8)))
    assert len([claimed for claimed in claims if claimed]) == 1
    assert await due(database) == []


async def test_a_claim_runs_out(database: Database) -> None:
    await database.write(outbox.record, Happened())
    (event,) = await due(database)
    await database.write(outbox.claim, event.id, -1)
    (again,) = await due(database)
    assert again.attempts == 1


async def test_a_failed_event_waits_and_is_parked_after_ten(database: Database) -> None:
    await database.write(outbox.record, Happened())
    (event,) = await due(database)
    for _ in range(outbox.PARK_AFTER):
        claimed = await database.write(outbox.claim, event.id, 60)
        assert claimed
        await database.write(outbox.fail, claimed, "no luck" * outbox.ERROR_LENGTH)
        assert await due(database) == []
        await database.write(make_available)
    async with database.read() as db:
        assert (await outbox.backlog(db)).parked == 1
        error = (await db.execute(select(OutboxEvent.last_error))).scalar_one() or ""
        assert error == ("no luck" * outbox.ERROR_LENGTH)[: outbox.ERROR_LENGTH]
    assert await due(database) == []
    assert await database.write(outbox.claim, event.id, 60) is None


async def make_available(session: AsyncSession) -> None:
    await session.execute(update(OutboxEvent).values(available_at=OutboxEvent.created_at))


async def test_done_tells_who_came_second(database: Database) -> None:
    await database.write(outbox.record, Happened())
    (event,) = await due(database)
    assert await database.write(outbox.done, event.id)
    assert not await database.write(outbox.done, event.id)


async def test_a_released_event_has_not_been_tried(database: Database) -> None:
    await database.write(outbox.record, Happened())
    (event,) = await due(database)
    claimed = await database.write(outbox.claim, event.id, 60)
    assert claimed
    await database.write(outbox.release, claimed)
    assert await due(database) == [event]


async def test_write_inside_write_is_refused(database: Database) -> None:
    async def outer(_: AsyncSession) -> None:
        await database.write(outbox.record, Happened())

    with pytest.raises(NestedWrite):
        await database.write(outer)


def test_delays_double_up_to_a_day() -> None:
    assert [outbox.delay_after(n) for n in (1, 2, 3, 20)] == [60, 120, 240, 86_400]
