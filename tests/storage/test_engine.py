"""What every connection brings along: its limits, on the server as well as on our side."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from service.config import Config
from service.storage.engine import HAS_TRANSACTION_TIMEOUT, answers, connect_arguments, create_engine
from tests.databases import connect

# The messages Parse ("SELECT 1", no name, no parameters) and Flush, without the Sync that ends a statement.
HALF_A_STATEMENT = b"P" + (16).to_bytes(4) + b"\0SELECT 1\0\0\0" + b"H" + (4).to_bytes(4)


async def test_the_server_ends_a_transaction_whose_client_vanished_within_a_statement(config: Config) -> None:
    impatient = msgspec.structs.replace(config.http, request_deadline=0.5)
    engine = create_engine(msgspec.structs.replace(config, http=impatient), "web")
    watcher = await connect(config.database.url)
    try:
        async with engine.connect() as db:
            driver: Any = (await db.get_raw_connection()).driver_connection
            if driver.get_server_version().major < HAS_TRANSACTION_TIMEOUT:
                pytest.skip("this PostgreSQL has no transaction_timeout")
            await db.execute(text("SELECT 1"))
            pid = driver.get_server_pid()
            driver._transport.write(HALF_A_STATEMENT)
            async with asyncio.timeout(20):
                while await watcher.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):
                    await asyncio.sleep(0.05)
            await db.invalidate()
    finally:
        await watcher.close()
        await engine.dispose()


class Connection:
    """Stands for a connection whose server answers when it is told to."""

    def __init__(self) -> None:
        self.answer = asyncio.Event()

    async def fetchrow(self, _: str) -> None:
        await self.answer.wait()


@pytest.mark.parametrize("steps", range(6))
async def test_a_cancellation_that_comes_with_the_answer_to_a_ping_is_heard(steps: int) -> None:
    connection = Connection()

    async def use() -> None:
        assert await answers(connection)
        await asyncio.Event().wait()

    using = asyncio.create_task(use())
    await asyncio.sleep(0)
    connection.answer.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    using.cancel()
    done, _ = await asyncio.wait([using], timeout=5)
    assert done
    assert using.cancelled()


async def test_only_a_connection_that_lay_idle_is_asked_for_a_sign_of_life(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    engine = create_engine(config, "web")

    async def asked_at_the_next_loan() -> list[str]:
        asked.clear()
        async with engine.connect():
            await asyncio.sleep(0)  # the driver tells its listeners in the loop's next turn
            return list(asked)

    try:
        async with engine.connect() as db:
            driver: Any = (await db.get_raw_connection()).driver_connection
            driver.add_query_logger(lambda record: asked.append(record.query))
        assert await asked_at_the_next_loan() == []
        monkeypatch.setattr("service.storage.engine.IDLE", 0)
        assert await asked_at_the_next_loan() == [";"]
    finally:
        await engine.dispose()


async def test_what_the_server_has_ended_is_never_lent_again(config: Config) -> None:
    engine, watcher = create_engine(config, "web"), await connect(config.database.url)
    try:
        async with engine.connect() as one, engine.connect() as other:
            drivers: list[Any] = [(await db.get_raw_connection()).driver_connection for db in (one, other)]
        for driver in drivers:
            await watcher.execute("SELECT pg_terminate_backend($1)", driver.get_server_pid())
        async with asyncio.timeout(20):
            while not all(driver.is_closed() for driver in drivers):
                await asyncio.sleep(0)
        async with engine.connect() as one, engine.connect() as other:
            for db in (one, other):
                assert await db.scalar(text("SELECT 1")) == 1
    finally:
        await watcher.close()
        await engine.dispose()


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_nobody_waits_longer_for_a_transaction_than_for_its_request_or_job(
    config: Config, role: str
) -> None:
    seconds = {"web": config.http.request_deadline, "worker": config.worker.job_timeout}[role]
    engine = create_engine(config, role)
    try:
        async with engine.connect() as db:
            rows = (await db.execute(text("SELECT name, setting FROM pg_settings"))).all()
    finally:
        await engine.dispose()
    limits = {row.name: row.setting for row in rows}
    assert limits.get("transaction_timeout") in {None, f"{seconds * 1000:.0f}"}
    statement, lock = config.database.statement_timeout, config.database.lock_timeout
    assert limits["statement_timeout"] == f"{statement * 1000:.0f}"
    assert limits["idle_in_transaction_session_timeout"] == f"{statement * 1000:.0f}"
    assert limits["lock_timeout"] == f"{lock * 1000:.0f}"


def test_a_client_that_is_gone_is_noticed_within_a_minute(config: Config) -> None:
    for role in ("web", "worker", "migrate", "doctor"):
        settings = connect_arguments(config, role)["server_settings"]
        assert int(settings["tcp_keepalives_idle"]) + int(settings["tcp_keepalives_interval"]) <= 60
