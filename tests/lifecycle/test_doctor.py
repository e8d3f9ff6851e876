"""`pieloop doctor`: well on a site that is, and for each kind of trouble a line that names it and exit code 1."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from service.config import Config
from service.doctor import run
from service.lifecycle import Resources
from tests.databases import connect
from tests.serving import program, settings_of
from tests.workers.events import recorded


def examined(config: Config) -> dict[str, Any]:
    """Examine as `pieloop doctor --json` does."""
    words, well = run(config, as_json=True)
    found: dict[str, Any] = msgspec.json.decode(words)
    assert found["well"] is well
    return found


async def trouble(config: Config) -> dict[str, str]:
    """Return what is not well, by subject."""
    found = await asyncio.to_thread(examined, config)
    wrong = {one["subject"]: one["words"] for one in found["findings"] if not one["well"]}
    assert found["well"] is not wrong
    return wrong


async def test_a_site_that_is_well(config: Config, resources: Resources, tmp_path: Path) -> None:
    async with resources.database.read():
        found = await asyncio.to_thread(examined, config)
    assert found["well"] is True
    assert [one["subject"] for one in found["findings"]] == [
        *("postgresql", "pools", "backends", "schema", "outbox", "redis", "disk")
    ]
    budget = found["budget"]
    assert (budget["needed"], budget["available"]) == (8 + 4 + 1 + 1 + 5, 300 - budget["reserved"])
    assert [(one["owner"].split(".")[:2], one["backends"]) for one in found["backends"]] == [
        (["pieloop", "worker"], 1)
    ]
    environ = settings_of(config)
    with program("-m", "service", "doctor", environ=environ, cwd=tmp_path) as doctor:
        assert await asyncio.to_thread(doctor.ended) == 0
    lines = doctor.said().splitlines()
    assert lines[-1] == "All is well."
    assert lines[1] == (
        "ok  pools       web 1 x (8 + 0) = 8, workers 1 x (4 + 0) = 4, relay 1, migration 1, administrator 5: "
        "19 of 297 (max_connections 300 - 3 reserved)"
    )


async def test_trouble_is_exit_code_1_for_people_and_programs(config: Config, tmp_path: Path) -> None:
    environ = settings_of(config, PIELOOP_REDIS_URL="redis://127.0.0.1:1/0")
    with (
        program("-m", "service", "doctor", environ=environ, cwd=tmp_path) as doctor,
        program("-m", "service", "doctor", "--json", environ=environ, cwd=tmp_path) as for_programs,
    ):
        assert await asyncio.to_thread(doctor.ended) == 1
        assert await asyncio.to_thread(for_programs.ended) == 1
    assert "!!  redis       does not answer: " in doctor.said()
    assert doctor.said().splitlines()[-1] == "Something is wrong: see the lines that begin with !!."
    assert msgspec.json.decode(for_programs.said())["well"] is False


def changed(config: Config, section: str, **values: Any) -> Config:
    one = msgspec.structs.replace(getattr(config, section), **values)
    return msgspec.structs.replace(config, **{section: one})


async def test_postgresql_is_away(config: Config) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    wrong = await trouble(changed(config, "database", url=nowhere, direct_url=nowhere))
    assert wrong == {"postgresql": "The database cannot be reached."}
    wrong = await trouble(changed(config, "database", url="", direct_url=""))
    assert wrong["postgresql"].startswith("No database is configured")


async def test_the_database_is_not_there(config: Config) -> None:
    url = config.database.url.replace("test_", "never_made_")
    wrong = await trouble(changed(config, "database", url=url, direct_url=url))
    assert wrong.keys() == {"postgresql"}
    assert "PostgreSQL refuses the connection: " in wrong["postgresql"]
    assert wrong["postgresql"].endswith(" does not exist.")


async def test_redis_is_away(config: Config) -> None:
    assert (await trouble(changed(config, "redis", url="redis://127.0.0.1:1/0"))).keys() == {"redis"}
    assert (await trouble(changed(config, "redis", url=""))) == {
        "redis": "no address is configured: set redis.url"
    }


async def test_pools_do_not_fit(config: Config) -> None:
    wrong = await trouble(changed(config, "http", processes=40))
    assert wrong["pools"].startswith("web 40 x (8 + 0) = 320, ")
    assert wrong["pools"].endswith("or lower the pools or the number of processes")


async def test_the_schema_is_missing(config: Config, empty_database_url: str) -> None:
    wrong = await trouble(changed(config, "database", url=empty_database_url, direct_url=empty_database_url))
    assert wrong == {"schema": "The database is empty: run `pieloop migrate`."}


async def test_a_transaction_is_left_open(config: Config) -> None:
    connection = await connect(config.database.url)
    await connection.execute("BEGIN; SELECT 1")
    wrong = await trouble(config)
    await connection.close()
    assert wrong == {"backends": "1 open, 1 idle in a transaction"}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE pieloop.outbox SET parked_at = created_at",
            "0 waiting (oldest 0 s), 1 given up; is a worker running?",
        ),
        (
            "UPDATE pieloop.outbox SET created_at = created_at - interval '1 hour'",
            "1 waiting (oldest 36",
        ),
    ],
)
async def test_the_outbox_is_stuck(config: Config, resources: Resources, statement: str, words: str) -> None:
    await recorded(resources.database)
    connection = await connect(config.database.url)
    await connection.execute(statement)
    await connection.close()
    wrong = await trouble(config)
    assert wrong.keys() == {"outbox"}
    assert wrong["outbox"].startswith(words)


async def test_redis_may_throw_jobs_away(config: Config, superuser_url: str) -> None:
    assert superuser_url
    redis = Redis.from_url(config.redis.url)
    try:
        await redis.config_set("maxmemory", "100mb")
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        assert (await trouble(config))["redis"].endswith("allkeys-lru")
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
        await redis.config_set("maxmemory", "0")
        await redis.aclose()


async def test_the_disk_is_full(config: Config, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        wrong = await trouble(msgspec.structs.replace(config, data_dir=disk))
        assert wrong == {"disk": f"0.0 GiB free below {disk}"}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
