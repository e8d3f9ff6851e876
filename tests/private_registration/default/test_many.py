"""Mass operations: a result for each account, bounded batches, and no harm in repeating them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import bulk, operations
from service.http.application import Application
from service.storage.tables import AuditEntry, User
from tests.forum import making
from tests.private_registration.caller import Caller
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

KEY = "leavers"


@pytest.fixture
async def members(app: Application) -> list[int]:
    """Fewer than two batches of members."""
    database = held_by(app).database
    return [(await making.member(database, f"member{number}")).id for number in range(bulk.BATCH + 5)]


async def order(caller: Caller, ids: list[int], operation: str = "ban", key: str = "", **more: Any) -> Any:
    body = {"operation": operation, "user_ids": ids} | more
    return await caller.call("POST", "/users/bulk", body, Idempotency_Key=key)


async def banned(app: Application) -> int:
    async with held_by(app).database.read() as db:
        found: int = (
            await db.execute(select(func.count()).select_from(User).where(User.banned.is_(True)))
        ).scalar_one()
        return found


async def test_each_account_has_its_result(app: Application, caller: Caller, members: list[int]) -> None:
    boss = await making.administrator(held_by(app).database)
    await order(caller, members[:1])
    found = await order(caller, [*members, boss.id, 999_999, members[1]], reason="spam")
    assert (found["total_requested"], found["successful"], found["failed"]) == (
        len(members) + 3,
        len(members) - 1,
        3,
    )
    assert found["success"] is False
    errors = {one["user_id"]: one["error"] for one in found["results"] if not one["success"]}
    assert errors == {members[0]: "already_banned", boss.id: "forbidden", 999_999: "not_found"}
    assert await banned(app) == len(members)
    entries = await caller.audit(operation="user_ban")
    assert sorted({entry["result"] for entry in entries}) == [
        "already_banned",
        "done",
        "forbidden",
        "not_found",
    ]


async def test_repeated_with_its_key_it_does_nothing_again(
    app: Application, caller: Caller, members: list[int]
) -> None:
    first = await order(caller, members, key=KEY)
    assert first["successful"] == len(members)
    assert await order(caller, members, key=KEY) == first
    async with held_by(app).database.read() as db:
        assert await db.scalar(select(func.count()).select_from(AuditEntry)) == len(members)
    refused = await caller.call(
        "POST", "/users/bulk", {"operation": "unban", "user_ids": members}, status=400, Idempotency_Key=KEY
    )
    assert refused["error"] == "key_reused"


async def test_what_was_cut_off_goes_on(
    app: Application, caller: Caller, members: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = operations.perform
    done = 0

    async def broken(session: AsyncSession, *rest: Any) -> None:
        nonlocal done
        done += 1
        if done == bulk.BATCH + 2:
            raise OSError("the connection broke")
        await real(session, *rest)

    monkeypatch.setattr("service.forum.accounts.bulk.perform", broken)
    body = {"operation": "ban", "user_ids": members}
    answer = await caller.send("POST", "/users/bulk", body, Idempotency_Key=KEY)
    assert answer.status_code in {500, 503}
    assert await banned(app) == bulk.BATCH, "the first batch is done, and nothing of the second"
    monkeypatch.setattr("service.forum.accounts.bulk.perform", real)
    found = await order(caller, members, key=KEY)
    assert (found["successful"], found["failed"]) == (len(members), 0)
    assert await banned(app) == len(members)


async def test_the_same_order_twice_at_once(app: Application, caller: Caller, members: list[int]) -> None:
    async def until_told() -> Any:
        body = {"operation": "ban", "user_ids": members}
        while (
            answer := await caller.send("POST", "/users/bulk", body, Idempotency_Key=KEY)
        ).status_code == 503:
            pass  # on a machine that is busy one may wait for the other longer than lock_timeout
        assert answer.status_code == 200
        return await answer.get_json()

    answers = await asyncio.gather(*(until_told() for _ in range(3)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["successful"] == len(members)
    async with held_by(app).database.read() as db:
        assert await db.scalar(select(func.count()).select_from(AuditEntry)) == len(members)


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "ban", "user_ids": []},
        {"operation": "ban", "user_ids": list(range(1, 102))},
        {"operation": "promote", "user_ids": [1]},
        {"operation": "ban", "user_ids": [0]},
        {"operation": "ban", "user_ids": ["1"]},
        {"operation": "ban", "user_ids": [2**31]},
        {"operation": "ban", "user_ids": [1], "reason": "x" * 501},
        {"operation": "ban"},
    ],
)
async def test_an_order_that_is_none(caller: Caller, body: dict[str, Any]) -> None:
    assert (await caller.call("POST", "/users/bulk", body, status=400))["error"] == "validation_failed"


async def test_a_key_that_is_none(caller: Caller, ana: int) -> None:
    body = {"operation": "ban", "user_ids": [ana]}
    refused = await caller.call("POST", "/users/bulk", body, status=400, Idempotency_Key="k" * 256)
    assert refused["details"]["field_errors"].keys() == {"Idempotency-Key"}
