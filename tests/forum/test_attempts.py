"""Wrong passwords: whoever tries has to wait longer each time, and the owner does not."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from werkzeug.security import generate_password_hash

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.attempts import Device, count_of_strangers
from service.forum.accounts.tokens import Claims
from service.forum.accounts.viewer import Viewer
from service.forum.errors import BadCredentials, TooMany
from service.storage.clock import utcnow
from service.storage.tables import OutboxEvent, SignInAttempts
from service.storage.transaction import Database
from tests.forum.making import administrator, member, viewer_of

PASSWORD = "correct horse battery"
QUICK = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
HOME = "203.0.113.9"


@pytest.fixture
async def ana(database: Database) -> Viewer:
    return await member(database, "Ana", email="ana@mail.example", password_hash=QUICK)


async def attempt(
    database: Database,
    name: str = "ana",
    *,
    password: str = "wrong password",
    address: str = "",
    device: Device | None = None,
) -> int:
    """Try to sign in; return 0 if the password was judged wrong, else the seconds to wait; -1 is being let in."""
    try:
        await authentication.sign_in(database, name, password, address=address, device=device)
    except BadCredentials:
        return 0
    except TooMany as refusal:
        return refusal.retry_after or 1
    return -1


async def let_time_pass(database: Database, by: str = "1 hour") -> None:
    async with database.engine.begin() as db:
        await db.execute(
            text(
                f"UPDATE pieloop.sign_in_attempts SET next_at = next_at - interval '{by}',"
                f" last_at = last_at - interval '{by}', letter_at = letter_at - interval '{by}'"
            )
        )


async def besiege(database: Database, ana: Viewer) -> None:
    """Leave things as if strangers had tried until the next one has to wait for a minute."""
    now = utcnow()
    row = SignInAttempts(
        key=count_of_strangers(ana.id).key, failures=12, last_at=now, next_at=now + timedelta(seconds=64)
    )
    await database.write(lambda session: session.merge(row))


@pytest.mark.parametrize(
    "names", [("ana", "ANA", " Ana ", "ana@mail.example", "Ana@Mail.example"), ("nobody",)]
)
async def test_strangers_share_one_count(database: Database, ana: Viewer, names: tuple[str, ...]) -> None:
    seen = [
        await attempt(database, names[number % len(names)], address=f"198.51.100.{number % 9}")
        for number in range(40)
    ]
    assert 5 <= seen.count(0) <= 12, "a few are judged, and then one when its time has come"
    assert seen[:5] == [0] * 5


async def test_many_at_once_are_not_judged(database: Database, ana: Viewer) -> None:
    seen = await asyncio.gather(*(attempt(database, address=f"198.51.100.{number}") for number in range(30)))
    assert 1 <= seen.count(0) <= 10


async def test_several_come_in_at_once_where_they_are_known(database: Database, ana: Viewer) -> None:
    assert await attempt(database, password=PASSWORD, address=HOME) == -1
    seen = await asyncio.gather(*(attempt(database, password=PASSWORD, address=HOME) for _ in range(15)))
    assert seen == [-1] * 15


async def test_the_wait_doubles_up_to_a_quarter_of_an_hour(database: Database, ana: Viewer) -> None:
    waits: list[int] = []
    for _ in range(18):
        assert await attempt(database) == 0
        waits.append(await attempt(database) if len(waits) >= 5 else 0)
        await let_time_pass(database)
    assert waits == [0, 0, 0, 0, 0, *(min(2**power, 900) for power in range(13))]


async def test_the_owner_is_not_delayed_by_what_strangers_try(database: Database, ana: Viewer) -> None:
    assert await attempt(database, password=PASSWORD, address=HOME) == -1
    await besiege(database, ana)
    mine, other = Device(ana.id, "mine"), Device(ana.id + 1, "other")
    assert await attempt(database, password=PASSWORD, address="198.51.100.2") > 0
    assert await attempt(database, password=PASSWORD, address="198.51.100.2", device=other) > 0
    assert await attempt(database, password=PASSWORD, address="198.51.100.2", device=mine) == -1
    assert await attempt(database, password=PASSWORD, address=HOME) == -1
    for place in ({"address": HOME}, {"device": mine}):
        seen = [await attempt(database, **place) for _ in range(24)]
        assert seen[-1] > 0, "a place that is known does not guess without end either"


async def test_who_waits_gets_in_and_begins_anew(database: Database, ana: Viewer) -> None:
    await besiege(database, ana)
    assert await attempt(database, password=PASSWORD) > 0
    await let_time_pass(database)
    assert await attempt(database, password=PASSWORD) == -1
    assert [await attempt(database, address="198.51.100.1") for _ in range(5)] == [0] * 5
    await let_time_pass(database, "25 hours")
    assert [await attempt(database) for _ in range(5)] == [0] * 5, "after a day nobody remembers"


async def test_a_household_is_known_by_its_network(database: Database, ana: Viewer) -> None:
    assert await attempt(database, password=PASSWORD, address="2001:db8:1:2::1") == -1
    await besiege(database, ana)
    assert await attempt(database, password=PASSWORD, address="2001:db8:1:2:ffff::7") == -1
    assert await attempt(database, password=PASSWORD, address="2001:db8:1:3::7") > 0


async def test_the_owner_is_written_to_once_a_day(database: Database, ana: Viewer) -> None:
    async def letters() -> int:
        async with database.read() as db:
            mine = OutboxEvent.payload["occasion"].astext == "attempts"
            return await db.scalar(select(func.count()).select_from(OutboxEvent).where(mine)) or 0

    for number in range(9):
        await attempt(database)
        await let_time_pass(database)
        assert await letters() == 0, number
    for _ in range(4):
        await attempt(database)
        await let_time_pass(database)
    assert await letters() == 1
    await let_time_pass(database, "20 hours")
    await attempt(database)
    assert await letters() == 2


async def test_a_wait_that_a_wrong_clock_wrote_down_is_none(database: Database, ana: Viewer) -> None:
    await besiege(database, ana)
    await let_time_pass(database, "-31 days")
    assert await attempt(database, password=PASSWORD) == -1


async def test_old_passwords_are_not_guessed_by_who_is_signed_in(database: Database, ana: Viewer) -> None:
    for _ in range(6):
        with pytest.raises(BadCredentials):
            await authentication.change_password(database, ana, "wrong password", "another horse battery")
    with pytest.raises(TooMany):
        await authentication.change_password(database, ana, PASSWORD, "another horse battery")
    assert await attempt(database, password=PASSWORD) == -1, "that is counted apart"


async def test_what_is_old_is_forgotten(database: Database, ana: Viewer) -> None:
    await attempt(database)
    await database.write(operations.forget_old_attempts)
    await let_time_pass(database, "25 hours")
    await database.write(operations.forget_old_attempts)
    async with database.read() as db:
        assert not await db.scalar(text("SELECT count(*) FROM pieloop.sign_in_attempts"))


async def test_tokens_without_a_session_end_with_all_others(database: Database, ana: Viewer) -> None:
    admin = await administrator(database)
    issued = int((utcnow() - timedelta(seconds=5)).timestamp())

    async def works(at: int = issued) -> bool:
        async with database.read() as db:
            return await queries.viewer_of_token(db, Claims(ana.id, at)) is not None

    await database.write(_as_of_last_year)
    assert await works()
    await database.write(operations.revoke_all_sessions, ana.id, but=b"0" * 32)
    assert not await works(), "signed out everywhere"
    later = int((utcnow() + timedelta(seconds=5)).timestamp())
    assert await works(later)
    await database.write(operations.ban, admin, ana.id)
    await database.write(operations.unban, admin, ana.id)
    assert not await works(), "a ban ends them for good"
    await viewer_of(database, ana.id)


async def _as_of_last_year(session: object) -> None:
    await session.execute(  # type: ignore[attr-defined]
        text("UPDATE \"user\" SET password_updated_at = password_updated_at - interval '1 year'")
    )
