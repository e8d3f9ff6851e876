"""A clock that jumps: nothing is deleted for it, and what it dated ahead is looked at when it is back."""

import inspect
from datetime import datetime, timedelta

import pytest
from arq.cron import cron
from sqlalchemy import text

from service.forum.accounts import operations
from service.lifecycle import Resources
from service.storage import outbox
from service.storage.clock import BELIEVED_AFTER, SteadyClock, utcnow
from service.storage.steadiness import look_at_clock
from service.storage.tables import ClockReading, DisabledAccount, LoginSession
from service.storage.transaction import Database
from tests.forum.making import add, member
from tests.storage.test_outbox import Happened
from tests.working import trust_the_clock
from workers import upkeep
from workers.clock import bring_forward, forget_times
from workers.events import run_event

MONTH = 31 * 86_400.0


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.wall, self.run = 1_000_000.0, 50.0

    def go(self, seconds: float, jump: float = 0.0) -> None:
        self.wall += seconds + jump
        self.run += seconds


def steady(hands: Hands) -> SteadyClock:
    return SteadyClock(lambda: hands.wall, lambda: hands.run)


@pytest.mark.parametrize("jump", [MONTH, -MONTH, 3600.0])
def test_a_jump_is_not_followed_until_it_lasts(jump: float) -> None:
    hands = Hands()
    clock = steady(hands)
    hands.go(10)
    assert clock.now() == 1_000_010
    hands.go(1, jump)
    assert clock.now() == 1_000_011
    hands.go(3, -jump)
    assert clock.now() == 1_000_014, "it was back after three seconds"
    hands.go(1, jump)
    assert clock.now() == 1_000_015
    hands.go(BELIEVED_AFTER + 1)
    assert clock.now() == hands.wall, "this one lasts"


def test_a_clock_that_is_put_right_a_little_is_followed() -> None:
    hands = Hands()
    clock = steady(hands)
    for _ in range(100):
        hands.go(10, 0.5)
        assert clock.now() == hands.wall


async def _read(database: Database, seen: str, since: str) -> None:
    now = "timezone('utc', now())"
    async with database.engine.begin() as db:
        await db.execute(
            text(
                f"INSERT INTO pieloop.clock_reading VALUES (1, {now} + interval '{seen}', {now} + interval '{since}')"
                " ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at, steady_since = EXCLUDED.steady_since"
            )
        )


@pytest.mark.parametrize(
    ("seen", "since", "trusted"),
    [
        ("-1 minute", "-1 hour", True),
        ("-1 minute", "-1 minute", False),
        ("-31 days", "-60 days", False),
        ("31 days", "-1 hour", False),
    ],
)
async def test_a_clock_is_trusted_that_was_seen_to_go_right(
    database: Database, seen: str, since: str, trusted: bool
) -> None:
    assert not await database.write(look_at_clock), "one that was never seen is not"
    await _read(database, seen, since)
    assert await database.write(look_at_clock) == trusted
    assert await database.write(look_at_clock) == trusted, "looking twice changes nothing"


async def test_a_database_that_says_another_time_than_we_is_not_trusted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _read(database, "-1 minute", "-1 hour")
    monkeypatch.setattr("service.storage.steadiness.utcnow", lambda: utcnow() - timedelta(days=31))
    assert not await database.write(look_at_clock)


async def test_nothing_is_deleted_or_ends_while_the_clock_is_not_trusted(
    database: Database, resources: Resources
) -> None:
    ana = await member(database, "ana")
    past = utcnow() - timedelta(days=1)
    await add(
        database,
        LoginSession(token_hash=b"0" * 32, user_id=ana.id, expires_at=past),
        DisabledAccount(user_id=ana.id, was_verified=True, expires_at=past),
    )
    jobs = [
        job
        for name, job in vars(upkeep).items()
        if inspect.iscoroutinefunction(job) and job.__module__ == upkeep.__name__ and not name.startswith("_")
    ]
    assert len(jobs) >= 6
    for job in jobs:
        assert await job({"resources": resources}) == 0, job
    async with database.read() as db:
        assert await db.scalar(text("SELECT count(*) FROM pieloop.session")) == 1
        assert await db.scalar(text("SELECT count(*) FROM pieloop.disabled_account")) == 1
    await trust_the_clock(resources)
    assert await upkeep.forget_expired_sessions({"resources": resources}) == 1
    assert await upkeep.enable_expired_accounts({"resources": resources}) == 1


async def test_signing_in_deletes_no_session_by_its_date(database: Database) -> None:
    ana = await member(database, "ana")
    await add(
        database, LoginSession(token_hash=b"0" * 32, user_id=ana.id, expires_at=utcnow() - timedelta(days=1))
    )
    await database.write(operations.start_session, ana.id, b"1" * 32, checked_hash="scrypt:none")
    async with database.read() as db:
        assert await db.scalar(text("SELECT count(*) FROM pieloop.session")) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("available_at = available_at + interval '31 days'", True),
        ("available_at = available_at + interval '1 hour'", True),
        ("attempts = 1, available_at = available_at + interval '50 seconds'", False),
        ("attempts = 1, available_at = available_at + interval '1 hour'", True),
        ("attempts = 8, available_at = available_at + interval '1 hour'", False),
        ("attempts = 20, available_at = available_at + interval '23 hours'", False),
        ("attempts = 20, available_at = available_at + interval '31 days'", True),
        ("claimed_until = available_at + interval '50 seconds'", False),
        ("claimed_until = available_at + interval '31 days'", True),
    ],
)
async def test_what_is_dated_ahead_by_mistake_is_due(database: Database, change: str, expected: bool) -> None:
    await database.write(outbox.record, Happened())
    async with database.engine.begin() as db:
        event_id = await db.scalar(text(f"UPDATE pieloop.outbox SET {change} RETURNING id"))
    async with database.read() as db:
        assert bool(await outbox.due(db, 10, 60)) == expected
    if "claimed" in change:
        assert bool(await database.write(outbox.claim, event_id, 60)) == expected


async def test_a_job_that_waits_for_next_month_is_done_now(resources: Resources) -> None:
    later = datetime.now().astimezone() + timedelta(days=31)
    await resources.redis.enqueue_job(run_event.__name__, 1, _job_id="late", _defer_until=later)
    await resources.redis.enqueue_job(run_event.__name__, 2, _job_id="now")
    assert await bring_forward(resources) == 1
    assert await bring_forward(resources) == 0


def test_regular_jobs_find_their_next_time_anew() -> None:
    jobs = [cron(upkeep.sweep_store, hour=4), cron(upkeep.expire_copies, minute=27)]
    for job in jobs:
        job.calculate_next(datetime(2099, 1, 1))
    forget_times(jobs)
    assert [job.next_run for job in jobs] == [None, None]


async def test_the_reading_is_one_row(database: Database) -> None:
    for _ in range(3):
        await database.write(look_at_clock)
    row = await database.write(lambda session: session.get(ClockReading, 1))
    assert row is not None
    assert row.steady_since <= row.seen_at
