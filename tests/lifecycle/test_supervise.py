"""`pieloop serve` and `pieloop work`: what they keep, bring back, drain and give up."""

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.processes.serve import bind
from tests.lifecycle.drills import alive, eventually, line_of, python
from tests.preloaded import started_from_nothing

APP = """
import asyncio, json, os, signal
from service.errors import StartupError
from service.processes import report

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        try:
            with report.refusing():
                start()
        except ValueError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        report.ready()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/slow":
        open(f"slow.{os.getpid()}", "w").close()
        await asyncio.sleep(1.5)
    if scope["path"] == "/endless":
        open(f"slow.{os.getpid()}", "w").close()
        await asyncio.sleep(1000)
    body = json.dumps([os.getpid(), os.environ["PIELOOP_HTTP_PROCESSES"]]).encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""

FINE = "def start(): pass"
REFUSES = "def start(): raise StartupError('The database is on holiday.')"
CRASHES = "def start(): os.kill(os.getpid(), signal.SIGKILL)"
REFUSES_ONCE_IN_BETWEEN = """
def start():
    starts = len(os.listdir("starts"))
    open(f"starts/{starts}", "w").close()
    if starts == 1:
        raise StartupError("The database is on holiday.")
"""
FAILS = "def start(): raise ValueError('of the app')"

SERVE = """
import asyncio, os, sys
from service.config import load_config
from service.processes.run import supervise
from service.processes.serve import bind, listen, web_group
config = load_config()
listener = bind(config.http.bind)
listen(listener, config.http.bind)
group = web_group(config, int(sys.argv[1]), listener, os.environ, app="tiny:app")
sys.exit(asyncio.run(supervise(group)))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "hypercorn.toml").write_text("graceful_timeout = 5\nshutdown_timeout = 2\nerrorlog = ''\n")
    return tmp_path


@contextmanager
def served(place: Path, start: str = FINE, processes: int = 2) -> Iterator[tuple[subprocess.Popen[str], int]]:
    (place / "tiny.py").write_text(APP + start)
    (place / "served.py").write_text(SERVE)
    port = free_port()
    environ = {"PIELOOP_HTTP_BIND": f"127.0.0.1:{port}"}
    with python("-m", "served", processes, cwd=place, environ=environ) as parent:
        yield parent, port


def ask(port: int, path: str = "/") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        pid, processes = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return pid, processes


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def servers_seen(port: int, wanted: int) -> set[int]:
    """Ask until so many processes have answered; return them."""
    seen: set[int] = set()
    eventually(lambda: listens(port))

    def enough() -> bool:
        seen.update(pid for pid, _ in pool.map(lambda _: ask(port), range(8)))
        return len(seen) >= wanted

    with ThreadPoolExecutor(8) as pool:
        eventually(enough)
    return seen


def test_several_processes_answer_on_one_address_and_know_the_budget(place: Path) -> None:
    with started_from_nothing(), served(place) as (parent, port):
        pids = servers_seen(port, 2)
        assert len(pids) == 2
        assert parent.pid not in pids
        assert ask(port)[1] == "2"
        parent.terminate()
        assert parent.wait(20) == 0
        assert not any(alive(pid) for pid in pids)


def test_killed_process_is_replaced(place: Path) -> None:
    with served(place) as (parent, port):
        before = servers_seen(port, 2)
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(servers_seen(port, 1) - before) == 1)
        parent.terminate()
        _, said = parent.communicate(timeout=20)
        assert parent.returncode == 0
        assert "was killed by SIGKILL. Starting another" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_finished(place: Path, number: signal.Signals) -> None:
    with served(place, processes=1) as (parent, port), ThreadPoolExecutor() as pool:
        eventually(lambda: listens(port))
        answer = pool.submit(ask, port, "/slow")
        eventually(lambda: list(place.glob("slow.*")))
        parent.send_signal(number)
        assert answer.result(20)[1] == "1"
        assert parent.wait(20) == 0


def test_second_signal_ends_at_once(place: Path) -> None:
    with served(place, processes=1) as (parent, port), ThreadPoolExecutor() as pool:
        eventually(lambda: listens(port))
        answer = pool.submit(ask, port, "/endless")
        eventually(lambda: list(place.glob("slow.*")))
        parent.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            parent.wait(0.5)
        parent.terminate()
        assert parent.wait(3) == 1
        assert answer.exception(5)


def test_killed_parent_takes_its_servers_along(place: Path) -> None:
    with served(place) as (parent, port):
        pids = servers_seen(port, 2)
        parent.kill()
        eventually(lambda: not any(alive(pid) for pid in pids))


def test_refusal_is_passed_on_once(place: Path) -> None:
    with served(place, REFUSES, processes=3) as (parent, _):
        eventually(lambda: parent.poll() is not None)
        _, said = parent.communicate()
        assert parent.returncode == 1
        assert said.strip().endswith("service.errors.StartupError: The database is on holiday.")
        assert said.count("on holiday") == 1


def test_refusal_of_a_service_that_has_worked_is_tried_again(place: Path) -> None:
    (place / "starts").mkdir()
    with served(place, REFUSES_ONCE_IN_BETWEEN, processes=1) as (parent, port):
        (first,) = servers_seen(port, 1)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(list((place / "starts").iterdir())) == 3)
        assert servers_seen(port, 1) != {first}
        parent.terminate()
        _, said = parent.communicate(timeout=20)
        assert parent.returncode == 0
        assert "web process 1: The database is on holiday. Starting another" in said


@pytest.mark.parametrize(
    ("start", "how"), [(CRASHES, "was killed by SIGKILL"), (FAILS, "ended with exit code 1")]
)
def test_process_that_never_gets_ready_is_given_up(place: Path, start: str, how: str) -> None:
    with served(place, start, processes=1) as (parent, _):
        _, said = parent.communicate(timeout=30)
        assert parent.returncode == 1
        assert f"A web process {how} 3 times" in said


def test_command_line_is_one_sentence_and_exit_code_1_where_the_address_is_taken(place: Path) -> None:
    taken = bind("127.0.0.1:0")
    taken.listen()
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    with python("-m", "service", "serve", cwd=place, environ={"PIELOOP_HTTP_BIND": address}) as parent:
        _, said = parent.communicate(timeout=20)
    taken.close()
    assert parent.returncode == 1
    assert said == f"{address} is already in use: stop the program there, or set PIELOOP_HTTP_BIND.\n"


@pytest.mark.parametrize("command", ["serve", "work", "up"])
def test_wrong_configuration_is_one_sentence_and_exit_code_1(place: Path, command: str) -> None:
    with python("-m", "service", command, cwd=place, environ={"PIELOOP_HTTP_BINDD": "x"}) as parent:
        _, said = parent.communicate(timeout=20)
    assert parent.returncode == 1
    assert said == "The environment variable PIELOOP_HTTP_BINDD isn't a Pieloop setting.\n"


@pytest.mark.parametrize("address", ["256.1.1.1:80", "127.0.0.1:70000", "192.0.2.1:8000"])
def test_impossible_address_is_one_sentence(place: Path, address: str) -> None:
    with python("-m", "service", "serve", cwd=place, environ={"PIELOOP_HTTP_BIND": address}) as parent:
        _, said = parent.communicate(timeout=20)
    assert parent.returncode == 1
    assert said.startswith(f"http.bind: {address} isn't an address to listen on: ")
    assert said.count("\n") == 1


def test_plain_hypercorn_refuses_in_one_sentence_too(place: Path) -> None:
    (place / "tiny.py").write_text(APP + REFUSES)
    for loop in ("asyncio", "uvloop"):
        arguments = [
            "--workers",
            "0",
            "--worker-class",
            loop,
            "--bind",
            f"127.0.0.1:{free_port()}",
            "tiny:app",
        ]
        with python("-m", "hypercorn", *arguments, cwd=place) as server:
            _, said = server.communicate(timeout=20)
        assert (server.returncode, said) == (1, "The database is on holiday.\n")


def test_parents_import_no_driver() -> None:
    script = """
import sys, service.cli, service.processes.run, service.processes.up
print([name for name in ("sqlalchemy", "asyncpg", "redis", "arq", "quart", "aiohttp", "PIL") if name in sys.modules])
"""
    with python("-c", script) as parent:
        assert line_of(parent) == "[]\n"
