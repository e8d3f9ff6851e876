"""The gate: nobody's crowd keeps others waiting, and what it bounds stays bounded."""

import asyncio
import random
import time
from collections import Counter

import pytest

from service.http.passing.overload.gate import Gate
from service.http.passing.overload.pace import FEWER, LATE, LEAST, limit_after, paced
from service.http.refusals import Overloaded, TooManyAtOnce

ANA, BEN, CAT, CROWD = "192.0.2.1", "192.0.2.2", "2001:db8::/64", "198.51.100.1"


class Visit:
    """A request that works until it is told to end."""

    def __init__(self, gate: Gate, address: str, order: list[str]) -> None:
        self._gate, self._address, self._order = gate, address, order
        self._enough = asyncio.Event()
        self.works = False
        self.task = asyncio.create_task(self._work())

    def end(self) -> None:
        self._enough.set()

    async def _work(self) -> None:
        async with self._gate.admit(self._address):
            self._order.append(self._address)
            self.works = True
            await self._enough.wait()
            self.works = False


class Visits:
    """Requests at one gate, and the order in which they were let in."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.order: list[str] = []
        self.all: list[Visit] = []

    async def come(self, *addresses: str) -> list[Visit]:
        came = [Visit(self.gate, address, self.order) for address in addresses]
        self.all += came
        await settle()
        return came

    async def end_one(self) -> None:
        """End the one that has worked longest."""
        for visit in self.all:
            if visit.works:
                visit.end()
                break
        await settle()

    async def end_all(self) -> list[BaseException | None]:
        for visit in self.all:
            visit.end()
        return await asyncio.gather(*(visit.task for visit in self.all), return_exceptions=True)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def refusals(visits: list[Visit]) -> list[type[BaseException] | None]:
    """Return why each was refused; None for those that were not, or not yet."""
    errors = [visit.task.exception() if visit.task.done() else None for visit in visits]
    return [None if error is None else type(error) for error in errors]


async def test_one_address_leaves_places_for_others() -> None:
    visits = Visits(Gate(in_work=4, waiting=100, in_work_per_address=2, waiting_per_address=50))
    await visits.come(*[CROWD] * 20)
    assert (visits.gate.working, visits.gate.waiting) == (2, 18)
    await visits.come(ANA, BEN)
    assert visits.order == [CROWD, CROWD, ANA, BEN]
    assert visits.gate.working == 4
    assert await visits.end_all() == [None] * 22


async def test_whoever_has_nothing_at_work_comes_before_a_crowd_that_waits_longer() -> None:
    visits = Visits(Gate(in_work=2, waiting=100, in_work_per_address=2, waiting_per_address=50))
    await visits.come(*[CROWD] * 20)
    await visits.come(ANA)
    await visits.end_one()
    assert visits.order == [CROWD, CROWD, ANA]
    await visits.end_all()


async def test_addresses_that_wait_for_equally_much_take_turns() -> None:
    visits = Visits(Gate(in_work=1, waiting=100, in_work_per_address=1, waiting_per_address=50))
    await visits.come(*[CROWD] * 4, *[ANA] * 3, *[BEN] * 2)
    for _ in range(9):
        await visits.end_one()
    assert visits.order == [CROWD, CROWD, ANA, BEN, CROWD, ANA, BEN, CROWD, ANA]
    assert (visits.gate.working, visits.gate.waiting) == (0, 0)


async def test_too_many_of_one_address_are_refused_and_no_others() -> None:
    visits = Visits(Gate(in_work=4, waiting=100, in_work_per_address=1, waiting_per_address=3))
    crowd = await visits.come(*[CROWD] * 6)
    assert refusals(crowd) == [None] * 4 + [TooManyAtOnce] * 2
    assert refusals(await visits.come(ANA, BEN)) == [None, None]
    await visits.end_all()


async def test_a_full_queue_has_room_for_those_who_wait_for_less() -> None:
    visits = Visits(Gate(in_work=1, waiting=4, in_work_per_address=1, waiting_per_address=4))
    crowd = await visits.come(*[CROWD] * 5)
    ana, ben = await visits.come(ANA, BEN)
    assert refusals(crowd) == [None, None, None, Overloaded, Overloaded]
    assert refusals([ana, ben]) == [None, None]
    # CROWD waits for two, ANA and BEN for one each: nobody makes room for those who would not wait for less.
    assert refusals(await visits.come(ANA, CAT, CROWD)) == [Overloaded, None, Overloaded]
    assert visits.gate.waiting == 4
    await visits.end_all()


async def test_one_that_comes_back_is_not_refused_and_comes_before_others_of_its_address() -> None:
    gate = Gate(in_work=1, waiting=1, in_work_per_address=1, waiting_per_address=1)
    visits, back = Visits(gate), asyncio.Event()
    seen: list[str] = []

    async def go_out() -> None:
        async with gate.admit(CROWD):
            async with gate.left():
                await back.wait()
            seen.extend(visits.order)

    outside = asyncio.create_task(go_out())
    await settle()
    await visits.come(CROWD, CROWD)
    back.set()
    await settle()
    assert (gate.working, gate.waiting) == (1, 2)
    await visits.end_one()
    await outside
    assert seen == [CROWD]
    assert await visits.end_all() == [None, None]


async def test_whoever_leaves_at_whatever_moment_takes_no_place_along() -> None:
    gate = Gate(in_work=3, waiting=12, in_work_per_address=2, waiting_per_address=6)
    chance = random.Random(7)
    working, most = Counter[str](), Counter[str]()

    async def work(address: str) -> None:
        working[address] += 1
        most[address] = max(most[address], working[address])
        try:
            await asyncio.sleep(0)
        finally:
            working[address] -= 1

    async def visit(address: str) -> None:
        async with gate.admit(address):
            await work(address)
            async with gate.left():
                await asyncio.sleep(0)
            await work(address)

    tasks = []
    for _ in range(400):
        tasks.append(asyncio.create_task(visit(chance.choice([ANA, BEN, CROWD]))))
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        chance.choice(tasks).cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError, Overloaded, TooManyAtOnce}
    assert (gate.working, gate.waiting) == (0, 0)
    assert max(most.values()) == 2
    async with asyncio.timeout(20), gate.admit(ANA), gate.admit(BEN), gate.admit(CAT):
        assert gate.working == 3


async def test_fewer_may_work_for_a_while_and_fewer_of_each_address() -> None:
    visits = Visits(Gate(in_work=8, waiting=100, in_work_per_address=2, waiting_per_address=50))
    visits.gate.limit = 4
    await visits.come(*[CROWD] * 3, ANA, BEN, CAT)
    assert visits.order == [CROWD, ANA, BEN, CAT]
    visits.gate.limit = 2
    await visits.end_one()
    await visits.end_one()
    assert (visits.gate.working, visits.gate.waiting) == (2, 2)
    visits.gate.limit = 8
    await settle()
    assert visits.order == [CROWD, ANA, BEN, CAT, CROWD, CROWD]
    assert await visits.end_all() == [None] * 6


@pytest.mark.parametrize(
    ("late", "limit", "working", "after"),
    [
        (0.0, 20, 20, 21),
        (0.0, 64, 3, 64),
        (LATE, 64, 50, int(50 * FEWER)),
        (LATE, 20, 50, int(20 * FEWER)),
        (1.0, 64, 0, LEAST),
        (1.0, LEAST, LEAST, LEAST),
    ],
)
def test_the_limit_follows_the_loop(late: float, limit: int, working: int, after: int) -> None:
    assert limit_after(late, limit, working, most=64) == after


@pytest.mark.parametrize("most", [1, 2])
def test_the_limit_stays_within_what_is_configured(most: int) -> None:
    assert limit_after(1.0, most, most, most) == most
    assert limit_after(0.0, most, most, most) == most


async def test_a_late_loop_has_fewer_at_work_and_recovers() -> None:
    gate = Gate(in_work=64, waiting=9, in_work_per_address=16, waiting_per_address=9)
    async with paced(gate), asyncio.timeout(10):
        while gate.limit > LEAST:
            time.sleep(2 * LATE)  # noqa: ASYNC251 - something holds the loop
            await asyncio.sleep(0)
        while gate.limit == LEAST:
            await asyncio.sleep(0.01)
    assert gate.limit > LEAST
