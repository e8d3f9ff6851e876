"""The plain commands, as an administrator or a unit file runs them: they serve, drain, and refuse in one sentence."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from service.config import Config
from service.lifecycle import Resources
from tests.databases import connect
from tests.lifecycle.drills import ROOT, eventually
from tests.locks import held
from tests.preloaded import started_from_nothing
from tests.serving import ARQ, HYPERCORN, arq, free_port, get, hypercorn, program, settings_of
from tests.workers.events import recorded, worked_off

SERVE = ("-m", "service", "serve")
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
WORK = ("-m", "service", "work")


async def test_hypercorn_serves_and_finishes_what_it_has_begun(config: Config, tmp_path: Path) -> None:
    with started_from_nothing(), hypercorn(config, tmp_path) as (server, port):
        assert (await asyncio.to_thread(get, port, "/"))[0] == 200
        assert (await asyncio.to_thread(_answer_to, port, HTTP2_PREFACE)).startswith(b"HTTP/1.1 400 ")
        async with held(config.database.url) as lock:
            answer = asyncio.create_task(asyncio.to_thread(get, port, "/api/alpha/post/list"))
            await lock.waiters()
            server.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(eventually, lambda: not _listens(port))
            assert server.process.poll() is None
            await lock.release()
            status, body = await answer
        assert (status, msgspec.json.decode(body)["posts"]) == (200, [])
        assert await asyncio.to_thread(server.ended) == 0
        assert '"level": "error"' not in server.said()
        assert "Traceback" not in server.said()


@pytest.mark.parametrize("command", [(*HYPERCORN, "service:app"), ARQ], ids=["hypercorn", "arq"])
async def test_a_process_that_waits_for_postgresql_ends_when_told_to(
    config: Config, tmp_path: Path, command: tuple[object, ...]
) -> None:
    nowhere = {
        "PIELOOP_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "PIELOOP_DATABASE_START_TIMEOUT": "60",
    }
    bind = () if command is ARQ else ("--bind", f"127.0.0.1:{free_port()}")
    environ = settings_of(config, **nowhere)
    with program(*command, *bind, environ=environ, cwd=tmp_path) as process:
        await asyncio.to_thread(eventually, lambda: '"event": "waiting_for_dependency"' in process.said())
        process.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.ended, 10) in {0, -signal.SIGTERM}


async def test_arq_works_and_says_everything_once(
    resources: Resources, config: Config, tmp_path: Path
) -> None:
    await recorded(resources.database)
    with started_from_nothing(), arq(config, tmp_path) as worker:
        await worked_off(resources.database)
        assert await asyncio.to_thread(worker.stop) == 0
    lines = worker.said().splitlines()
    assert all(line.startswith("{") for line in lines), "every line has our format"
    events = [msgspec.json.decode(line)["event"] for line in lines]
    assert len([event for event in events if event.startswith("Starting worker")]) == 1
    assert len(events) == len(set(events))


# Refusals: what is wrong, the variables that make it so, and the beginning of the sentence.

Settings = Callable[[Config, str], dict[str, object]]

REFUSALS: dict[str, tuple[Settings, str]] = {
    "an unknown key": (
        lambda config, _: {"PIELOOP_HTTP_BINDD": "x"},
        "The environment variable PIELOOP_HTTP_BINDD isn't a Pieloop setting.",
    ),
    "a wrong type": (
        lambda config, _: {"PIELOOP_DATABASE_POOL_SIZE": "many"},
        "database.pool_size (from PIELOOP_DATABASE_POOL_SIZE): ",
    ),
    "no server there": (
        lambda config, _: {
            "PIELOOP_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "PIELOOP_DATABASE_START_TIMEOUT": "0.2",
        },
        "PostgreSQL cannot be reached (waited 0 s): ",
    ),
    "nothing in the database": (
        lambda config, empty: {"PIELOOP_DATABASE_URL": empty},
        "The database is empty: run `pieloop migrate`.",
    ),
    "no Redis there": (
        lambda config, _: {
            "PIELOOP_REDIS_URL": "redis://127.0.0.1:1/0",
            "PIELOOP_DATABASE_START_TIMEOUT": "0.2",
        },
        "Redis cannot be reached",
    ),
    "pools that do not fit": (
        lambda config, _: {"PIELOOP_DATABASE_POOL_SIZE": "200", "PIELOOP_DATABASE_MAX_OVERFLOW": "100"},
        (
            "The connection pools need more connections than PostgreSQL allows: "
            "web 1 x (200 + 100) = 300, workers 1 x (4 + 0) = 4, "
            "listening 5, migration 1, administrator 5: 315 of 297 (max_connections 300 - 3 reserved)."
        ),
    ),
}


# What is drilled under `pieloop serve` and `pieloop work` too, whose processes tell the supervisor.
KEPT = {"nothing in the database", "no Redis there"}


@pytest.mark.parametrize("what", REFUSALS)
async def test_a_refusal_is_one_sentence_and_exit_code_1(
    config: Config, empty_database_url: str, tmp_path: Path, what: str
) -> None:
    settings, beginning = REFUSALS[what]
    environ = settings_of(config, **settings(config, empty_database_url))
    bind = ("--bind", f"127.0.0.1:{free_port()}")
    programs = [(*HYPERCORN, *bind, "service:app"), ARQ]
    if what in KEPT:
        environ["PIELOOP_HTTP_BIND"] = f"127.0.0.1:{free_port()}"
        programs += [SERVE, WORK]
    with ExitStack() as stack:
        running = [stack.enter_context(program(*one, environ=environ, cwd=tmp_path)) for one in programs]
        for one in running:
            assert await asyncio.to_thread(one.ended) == 1, one.said()
            said = [line for line in one.said().splitlines() if not line.startswith('{"')]
            assert len(said) == 1, one.said()
            assert said[0].startswith(beginning)


@pytest.mark.parametrize(
    ("statement", "beginning"),
    [
        (
            'ALTER TABLE post_reply DROP COLUMN body_html; ALTER TABLE "user" DROP COLUMN title',
            "This is a pyfedi database, but it's too old: ",
        ),
        (
            "UPDATE pieloop.schema_version SET version_num = '9999'",
            "The database's schema is at 9999, which this version doesn't know",
        ),
        ("DROP SCHEMA pieloop CASCADE", "The database's schema is at no Pieloop revision"),
        (
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE invoice (id int)",
            "The database contains another program's tables",
        ),
    ],
    ids=["too old", "too new", "not migrated", "another program's"],
)
async def test_a_schema_that_is_not_ours_is_refused(
    config: Config, tmp_path: Path, statement: str, beginning: str
) -> None:
    connection = await connect(config.database.url)
    await connection.execute(statement)
    await connection.close()
    bind = f"127.0.0.1:{free_port()}"
    environ = settings_of(config)
    with program(*HYPERCORN, "--bind", bind, "service:app", environ=environ, cwd=tmp_path) as server:
        assert await asyncio.to_thread(server.ended) == 1
        assert server.said().startswith(beginning)
        assert server.said().count("\n") == 1


async def test_a_program_that_is_broken_does_not_serve(config: Config, tmp_path: Path) -> None:
    """Hypercorn takes an application that fails at its start for one without a start, and would go on without it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['service.assembly'] = None\n", encoding="utf-8"
    )
    environ = settings_of(config) | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    bind = f"127.0.0.1:{free_port()}"
    command = (*HYPERCORN, "--bind", bind, "service:app")
    with started_from_nothing(), program(*command, environ=environ, cwd=tmp_path) as server:
        assert await asyncio.to_thread(server.ended) == 1
        assert server.said().count("ModuleNotFoundError: import of service.assembly halted") == 1


def _answer_to(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        answer: bytes = client.recv(65536)
        return answer


def _listens(port: int) -> bool:
    try:
        get(port, "/livez", timeout=2)
    except OSError:
        return False
    return True
