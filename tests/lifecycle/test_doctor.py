"""`pieloop doctor`: well on a site that is, and for each kind of trouble a line that names it and exit code 1."""

import asyncio
import os
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.doctor import federation
from service.doctor.content import look_at_content
from service.doctor.database import TRY_AGAIN
from service.doctor.run import run
from service.http.application import Application
from service.lifecycle import Resources, open_resources
from service.storage import outbox
from service.storage.transaction import Database
from service.telemetry.presence import ENTRY, NAMES, Report
from tests.databases import connect
from tests.forum import making
from tests.serving import held_by, program, settings_of
from tests.workers.events import recorded


def examined(config: Config) -> dict[str, Any]:
    """Examine as `pieloop doctor --json` does."""
    words, well = run(config, as_json=True)
    found: dict[str, Any] = msgspec.json.decode(words)
    assert found["well"] is well
    return found


async def trouble(config: Config) -> dict[str, str]:
    """Return what is not well, by subject; for each there is something to do."""
    found = await asyncio.to_thread(examined, config)
    wrong = {one["subject"]: one["words"] for one in found["findings"] if not one["well"]}
    assert [one["subject"] for one in found["findings"] if one["mend"] and not one["well"]] == list(wrong)
    assert found["well"] is (not wrong)
    return wrong


@pytest.fixture
async def site(app: Application, resources: Resources) -> Application:
    """A site that runs: one web process and one worker, both in this process."""
    return app


async def test_a_site_that_is_well(
    config: Config, site: Application, resources: Resources, tmp_path: Path
) -> None:
    async with resources.database.read():
        await publish(resources)
        found = await asyncio.to_thread(examined, config)
    assert found["well"] is True, found
    assert [one["subject"] for one in found["findings"]] == [
        *("postgresql", "pools", "backends", "replication", "schema", "outbox", "search", "servers"),
        *("federation", "received", "clock"),
        *("redis", "queue", "disk", "secret", "actors", "nsfw", "images", "web", "worker"),
    ]
    budget = found["budget"]
    assert (budget["needed"], budget["available"]) == (8 + 4 + 5 + 1 + 5, 300 - budget["reserved"])
    web, worker = found["processes"]
    assert (web["role"], web["pool"]["size"], web["pool"]["lent"]) == ("web", 8, 0)
    assert (worker["role"], worker["pool"]["size"], worker["pool"]["lent"]) == ("worker", 4, 1)
    assert {one["pid"] for one in found["processes"]} == {os.getpid()}
    assert [one["backends"] for one in found["processes"]] == [1, 1]
    environ = settings_of(config)
    with program("-m", "service", "doctor", environ=environ, cwd=tmp_path) as doctor:
        assert await asyncio.to_thread(doctor.ended) == 0, doctor.said()
    lines = doctor.said().splitlines()
    assert lines[-1] == "No problems found."
    assert lines[1] == (
        "ok  pools       web 1 x (8 + 0) = 8, workers 1 x (4 + 0) = 4, listening 5, migration 1, administrator 5: "
        "23 of 297 (max_connections 300 - 3 reserved)"
    )
    assert f"pieloop.worker.{os.getpid()}@" in doctor.said()


async def test_the_seeds_arithmetic(config: Config, site: Application) -> None:
    """4 processes with 10 + 30 connections each are 160, not 50."""
    seeds = changed(changed(config, "http", processes=4), "database", pool_size=10, max_overflow=30)
    found = await asyncio.to_thread(examined, seeds)
    assert found["budget"]["web"] == 160
    pools = next(one for one in found["findings"] if one["subject"] == "pools")
    assert pools["words"].startswith("web 4 x (10 + 30) = 160, ")


async def test_trouble_is_exit_code_1_for_people_and_programs(
    config: Config, site: Application, tmp_path: Path
) -> None:
    environ = settings_of(config, PIELOOP_REDIS_URL="redis://127.0.0.1:1/0")
    with (
        program("-m", "service", "doctor", environ=environ, cwd=tmp_path) as doctor,
        program("-m", "service", "doctor", "--json", environ=environ, cwd=tmp_path) as for_programs,
    ):
        assert await asyncio.to_thread(doctor.ended) == 1
        assert await asyncio.to_thread(for_programs.ended) == 1
    assert "!!  redis       not responding: " in doctor.said()
    assert "                -> systemctl status redis" in doctor.said()
    assert doctor.said().splitlines()[-1] == "1 thing is wrong: see the lines that start with !!."
    assert msgspec.json.decode(for_programs.said())["well"] is False


async def test_nothing_runs(config: Config) -> None:
    assert await trouble(config) == {"web": "0 of 1 report", "worker": "0 of 1 report"}


async def test_more_run_than_the_budget_counts(config: Config, site: Application) -> None:
    reporter = held_by(site).reporter
    second = msgspec.structs.replace(
        reporter.report(), name="pieloop.web.1@elsewhere", host="elsewhere", pid=1
    )
    await keep(config, second)
    assert await trouble(config) == {"web": "2 of 1 report"}
    # One of this machine that is dead has only left its report behind.
    await keep(config, msgspec.structs.replace(second, host=reporter.report().host, pid=2**22 + 1))
    assert await trouble(config) == {}


async def test_a_process_stands_still(config: Config, site: Application, database: Database) -> None:
    """It has connections and reports no more."""
    redis = held_by(site).redis
    await database.ping()
    await redis.delete(ENTRY + held_by(site).reporter.name)
    wrong = await trouble(config)
    assert wrong["web"] == "0 of 1 report"
    assert wrong["process"].endswith("connections but isn't reporting: its event loop may be blocked")


async def test_a_pool_is_lent_out_and_somebody_waits(config: Config, app: Application) -> None:
    small = changed(config, "worker", pool_size=1)
    async with open_resources(small, "worker") as worker, worker.database.read():
        waiting = asyncio.create_task(worker.database.ping())
        await asyncio.sleep(0)
        await publish(worker)
        wrong = await trouble(small)
        assert wrong["pool"].endswith("is using all 1 connections; waiting requests: 1")
        waiting.cancel()


async def test_a_connection_is_lent_for_too_long(
    config: Config, site: Application, resources: Resources
) -> None:
    report = resources.reporter.report()
    await keep(
        config,
        msgspec.structs.replace(report, pool=msgspec.structs.replace(report.pool, longest=12.3, lent=1)),
    )
    assert (await trouble(config))["pool"] == f"{report.name} has been using one connection for 12 s"


async def test_a_process_was_out_of_step(config: Config, site: Application, resources: Resources) -> None:
    with pytest.raises(ResourceClosedError):
        async with resources.database.read() as db:
            (await db.execute(text("SET search_path = public"))).all()
    await publish(resources)
    wrong = await trouble(config)
    assert wrong.keys() == {"protocol"}
    assert wrong["protocol"].endswith(
        "has been out of sync with PostgreSQL since it started: result_closed 1"
    )


async def publish(resources: Resources) -> None:
    """Report now, as the process does every few seconds."""
    await keep(resources.config, resources.reporter.report())


async def keep(config: Config, report: Report) -> None:
    redis = Redis.from_url(config.redis.url)
    await redis.set(ENTRY + report.name, msgspec.json.encode(report), ex=30)
    await redis.sadd(NAMES, report.name)
    await redis.aclose()


def changed(config: Config, section: str, **values: Any) -> Config:
    one = msgspec.structs.replace(getattr(config, section), **values)
    return msgspec.structs.replace(config, **{section: one})


async def test_postgresql_is_away(config: Config, site: Application) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    wrong = await trouble(changed(config, "database", url=nowhere, direct_url=nowhere))
    assert wrong == {"postgresql": "The database cannot be reached."}
    wrong = await trouble(changed(config, "database", url="", direct_url=""))
    assert wrong["postgresql"].startswith("No database is configured")


async def test_the_database_is_not_there(config: Config, site: Application) -> None:
    url = config.database.url.replace("test_", "never_made_")
    wrong = await trouble(changed(config, "database", url=url, direct_url=url))
    assert wrong.keys() == {"postgresql"}
    assert "PostgreSQL refuses the connection: " in wrong["postgresql"]
    assert wrong["postgresql"].endswith(" does not exist.")


async def test_redis_is_away(config: Config, site: Application) -> None:
    assert (await trouble(changed(config, "redis", url="redis://127.0.0.1:1/0"))).keys() == {"redis"}
    assert (await trouble(changed(config, "redis", url=""))) == {
        "redis": "no URL is configured: set redis.url"
    }


async def test_pools_do_not_fit(config: Config) -> None:
    wrong = await trouble(changed(config, "http", processes=40))
    assert wrong["pools"].startswith("web 40 x (8 + 0) = 320, ")


async def test_the_schema_is_missing(config: Config, site: Application, empty_database_url: str) -> None:
    wrong = await trouble(changed(config, "database", url=empty_database_url, direct_url=empty_database_url))
    assert wrong == {"schema": "The database is empty: run `pieloop migrate`."}


async def test_a_transaction_is_left_open(config: Config, site: Application) -> None:
    connection = await connect(config.database.url)
    await connection.execute("BEGIN; SELECT 1")
    owner = await connect(config.database.url)
    while not await owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state = 'idle in transaction' AND now() - state_change > interval '1.1 s'"
    ):
        await asyncio.sleep(0.05)
    wrong = await trouble(config)
    await owner.close()
    await connection.close()
    assert wrong.keys() == {"backends"}
    assert re.search(
        r", 1 idle in a transaction, the oldest for 1 s \(no name, backend \d+\)$", wrong["backends"]
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE pieloop.outbox SET parked_at = created_at, last_error = E'Refused: no such host\nmore'",
            "0 waiting (oldest 0 s), 2 failed permanently; PreviewRequested (2): Refused: no such host",
        ),
        (
            "UPDATE pieloop.outbox SET created_at = created_at - interval '1 hour'",
            "2 waiting (oldest 36",
        ),
    ],
)
async def test_the_outbox_is_stuck(
    config: Config, site: Application, resources: Resources, statement: str, words: str
) -> None:
    await recorded(resources.database)
    await recorded(resources.database)
    connection = await connect(config.database.url)
    await connection.execute(statement)
    wrong = await trouble(config)
    assert wrong.keys() == {"outbox"}
    assert wrong["outbox"].startswith(words)
    await connection.execute(TRY_AGAIN)
    assert len(await due_now(resources)) == 2
    await connection.close()


async def test_servers_that_do_not_get_what_is_said_are_seen(
    config: Config, site: Application, resources: Resources
) -> None:
    connection = await connect(config.database.url)
    await connection.execute("INSERT INTO pieloop.peer (instance_id) VALUES (7)")
    await connection.execute(
        "INSERT INTO pieloop.sent_activity (key, kind, signer_kind, signer_id, lane, body, created_at)"
        " VALUES ('k', 'Like', 'person', 1, 'p1', '{}', timezone('utc', now()) - interval '1 hour')"
    )
    wrong = await trouble(config)
    await connection.close()
    assert wrong.keys() == {"servers"}
    assert "the slowest is 36" in wrong["servers"]


RECEIVED = """
    INSERT INTO pieloop.received (key, lane, kind, host, body, {}) VALUES ('a', 1, 'Like', 'far.example', '', {})
"""
# What is done to a site that is well -> what is then wrong, and what is said of it.
AMONG_SERVERS = [
    (
        RECEIVED.format("received_at", "now() - interval '1 hour'"),
        {"received"},
        "1 waiting (oldest 36",
    ),
    (
        RECEIVED.format("parked_at, last_error", "now(), E'no author\\nmore'"),
        set(),
        "1 failed permanently; Like of far.example (1): no author",
    ),
    ("INSERT INTO settings VALUES ('federation_off', 'true')", set(), "off: an administrator has set"),
    (
        "UPDATE settings SET value = 'false' WHERE name = 'federation_off'",
        set(),
        "on, with all servers except 0 blocked",
    ),
    (
        "INSERT INTO settings VALUES ('use_allowlist', 'true')",
        set(),
        "on, only with the 0 servers on the allowlist",
    ),
    (
        """
        WITH new AS (INSERT INTO defederation_subscription (domain) VALUES ('far.example') RETURNING id)
        INSERT INTO pieloop.followed_list (subscription_id, problem) SELECT id, 'It answers 502.' FROM new
        """,
        {"federation"},
        "1 cannot be read (far.example: It answers 502.)",
    ),
    ("UPDATE site SET private_key = NULL", {"actors"}, "without a key or an address: 1 site; created when"),
]


async def run_in(database: Database, statement: str) -> None:
    await database.write(lambda session: session.execute(text(statement)))


async def test_what_is_between_this_site_and_others_is_told(
    config: Config, site: Application, database: Database
) -> None:
    for done, wrong, words in AMONG_SERVERS:
        await run_in(database, done)
        found = await asyncio.to_thread(examined, config)
        assert {one["subject"] for one in found["findings"] if not one["well"]} >= wrong, done
        assert any(words in one["words"] for one in found["findings"]), done
        await run_in(database, "DELETE FROM pieloop.followed_list")
        await run_in(database, "DELETE FROM pieloop.received")
    off = await asyncio.to_thread(examined, changed(config, "federation", enabled=False))
    assert any("federation.enabled is false" in one["words"] for one in off["findings"])


async def test_a_clock_that_is_wrong_is_seen(
    config: Config, site: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        federation, "CLOCK", text("SELECT extract(epoch FROM clock_timestamp())::float8 + 61")
    )
    assert "61.0 s behind the database's" in (await trouble(config))["clock"]


async def test_a_proxy_that_is_not_named_is_seen(config: Config, site: Application) -> None:
    client, reporter = site.test_client(), held_by(site).reporter
    for _ in range(20):
        await client.get("/", headers={"X-Forwarded-For": "203.0.113.7"})
    await keep(config, reporter.report())
    assert "through a proxy that isn't configured: 20 of 20 requests" in (await trouble(config))["proxy"]
    for _ in range(21):
        await client.get("/")
    await keep(config, reporter.report())
    assert await trouble(config) == {}


async def due_now(resources: Resources) -> Sequence[outbox.Due]:
    async with resources.database.read() as db:
        return await outbox.due(db, 10, 60)


async def test_the_queue_is_stuck(config: Config, site: Application, resources: Resources) -> None:
    await resources.redis.enqueue_job("run_event", 1, _defer_until=datetime.now(UTC) - timedelta(hours=1))
    wrong = await trouble(config)
    assert wrong.keys() == {"queue"}
    assert wrong["queue"].startswith("1 jobs, the oldest has waited 36")


async def test_redis_may_throw_jobs_away(config: Config, site: Application) -> None:
    redis = Redis.from_url(config.redis.url)
    try:
        await redis.config_set("maxmemory", "100mb")
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        assert (await trouble(config))["redis"].endswith("allkeys-lru")
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
        await redis.config_set("maxmemory", "0")
        await redis.aclose()


async def test_the_disk_is_full(config: Config, site: Application, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        wrong = await trouble(msgspec.structs.replace(config, data_dir=disk))
        assert wrong == {"disk": f"1 MiB free below {disk}"}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_what_the_site_does_not_take_is_said_to_be_hidden(config: Config, database: Database) -> None:
    ana = await making.member(database, "ana")
    for name in ("cats", "bare", "gone"):
        await making.posts(database, ana, await making.community(database, ana, name), 2)
    for change in (
        "UPDATE community SET nsfw = true WHERE name <> 'cats'",
        "UPDATE community SET banned = true WHERE name = 'gone'",
    ):
        await database.write(AsyncSession.execute, text(change))
    assert (await look_at_content(config)).mend == ""
    await database.write(AsyncSession.execute, text("UPDATE site SET enable_nsfw = false"))
    found = await look_at_content(config)
    assert found.well
    assert found.words.startswith("1 communities and 4 posts ")
    assert "/admin/site" in found.mend
