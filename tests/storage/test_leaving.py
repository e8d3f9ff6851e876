"""`pieloop leave`: says what pyfedi will see, and drops our part only when told."""

from pathlib import Path

import pytest
from sqlalchemy import text

from service.config import Config
from service.errors import StartupError
from service.leaving import leave
from service.storage.migrate import migrate
from service.storage.transaction import Database
from tests.databases import connect
from tests.forum import making

DOCS = Path(__file__).parents[2] / "docs" / "deployment.md"


async def ours(config: Config) -> tuple[bool, list[str]]:
    """Whether our schema is there, and our indexes."""
    connection = await connect(config.database.url.replace("+asyncpg", ""))
    try:
        rows = await connection.fetch(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'pieloop\\_ix\\_%'"
        )
        there = await connection.fetchval("SELECT to_regnamespace('pieloop') IS NOT NULL")
        return there, sorted(row[0] for row in rows)
    finally:
        await connection.close()


async def test_the_way_back_is_prepared_and_nothing_dropped_untold(
    config: Config, database: Database
) -> None:
    ana = await making.member(database, "ana")

    async def add(session):  # type: ignore[no-untyped-def]
        await session.execute(
            text(
                "INSERT INTO pieloop.session (token_hash, user_id, expires_at) VALUES"
                " (decode(repeat('ab', 32), 'hex'), :id, timezone('utc', now()) + interval '1 day')"
            ),
            {"id": ana.id},
        )
        await session.execute(
            text("INSERT INTO pieloop.outbox (topic, kind, payload) VALUES ('mail', 'x', '{}')")
        )

    await database.write(add)
    told = await leave(config, drop=False)
    assert told[0] == "handed over: 0 activities for 0 servers"
    assert any(line.startswith("emails that haven't been sent: 1;") for line in told)
    assert any(line.startswith("browser and app sessions that end: 1;") for line in told)
    there, indexes = await ours(config)
    assert there
    assert [line.strip() for line in told if line.startswith("  ")] == [f"public.{name}" for name in indexes]

    await database.engine.dispose()
    told = await leave(config, drop=True)
    assert told[-1] == f"dropped: the schema pieloop and {len(indexes)} indexes on shared tables"
    assert await ours(config) == (False, [])
    assert (await migrate(config)).after.kind == "current"
    assert await ours(config) == (True, indexes)


async def test_nothing_is_dropped_below_a_process(config: Config, database: Database) -> None:
    async with database.read() as db:
        await db.execute(text("SELECT 1"))
        with pytest.raises(StartupError, match="Stop all of them"):
            await leave(config, drop=True)
    assert (await ours(config))[0]


async def test_every_index_of_ours_is_named_where_administrators_read(config: Config) -> None:
    words = DOCS.read_text(encoding="utf-8")
    assert [name for name in (await ours(config))[1] if name not in words] == []
