"""A test that runs out of time is a failed test: those beside it and after it are as if it had not been."""

import subprocess
import sys
from pathlib import Path

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = session
asyncio_default_test_loop_scope = session
timeout = 0.5
timeout_method = signal
"""
IMPATIENT = """
import pytest
import uvloop

from tests import time_limits

@pytest.fixture(scope="session")
def _asyncio_loop_factory():
    return uvloop.new_event_loop

time_limits.GRACE, time_limits.TEARDOWN, time_limits.TIMES = 0.2, 0.5, {times}
"""
TESTS = """
import asyncio
import time

import pytest

ended = []

@pytest.fixture(scope="module")
async def shared():
    task = asyncio.create_task(asyncio.sleep(99))
    yield task
    task.cancel()

@pytest.fixture
async def hangs_in_the_end():
    yield
    await asyncio.sleep(99)

async def forgotten():
    try:
        await asyncio.sleep(99)
    finally:
        ended.append("forgotten")

async def test_waits(shared):
    task = asyncio.create_task(forgotten())
    await asyncio.sleep(99)

def test_nothing_is_left_of_it(shared):
    assert ended == ["forgotten"]

async def test_waits_beside_somebody_busy(shared):
    async def busy():
        while True:
            await asyncio.sleep(0)
    task = asyncio.create_task(busy())
    await asyncio.sleep(99)

async def test_does_not_care(shared):
    try:
        await asyncio.sleep(99)
    except asyncio.CancelledError:
        pass

def test_blocks():
    time.sleep(99)

async def test_blocks_the_loop():
    time.sleep(99)

def test_runs_a_loop_of_its_own():
    asyncio.run(asyncio.sleep(99))

async def test_is_done(hangs_in_the_end):
    pass

def test_fails_first(hangs_in_the_end):
    assert not "at once"

async def test_what_they_share_is_as_it_was(shared):
    await asyncio.sleep(0)
    assert not shared.done()
"""
OUT_OF_TIME = {
    "waits",
    "waits_beside_somebody_busy",
    "does_not_care",
    "blocks",
    "blocks_the_loop",
    "runs_a_loop_of_its_own",
}
STUBBORN = """
import time

def test_before():
    pass

def test_stubborn():
    while True:
        try:
            time.sleep(99)
        except BaseException:
            pass

def test_after():
    pass
"""


def _run(place: Path, tests: str, *arguments: str, times: int) -> str:
    (place / "pytest.ini").write_text(SETTINGS)
    (place / "conftest.py").write_text(IMPATIENT.format(times=times))
    (place / "test_there.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-p", "tests.time_limits", "-q", "-rA", "--tb=no", *arguments]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, f"--rootdir={place}", place], capture_output=True, text=True, cwd=root)
    return done.stdout


def _with(outcome: str, said: str) -> set[str]:
    lines = [line for line in said.splitlines() if line.startswith(outcome)]
    return {line.split()[1].partition("::test_")[2] for line in lines}


def test_the_test_ends_and_nothing_else(tmp_path: Path) -> None:
    said = _run(tmp_path, TESTS, times=6)
    assert _with("FAILED", said) == OUT_OF_TIME | {"fails_first"}
    assert _with("ERROR", said) == {"is_done", "fails_first"}  # in their teardown
    assert _with("PASSED", said) == {"nothing_is_left_of_it", "is_done", "what_they_share_is_as_it_was"}


def test_what_cannot_be_ended_ends_its_process_and_no_more(tmp_path: Path) -> None:
    said = _run(tmp_path, STUBBORN, "-n", "2", "--dist", "worksteal", times=2)
    assert _with("PASSED", said) == {"before", "after"}
    assert _with("FAILED", said) == {"stubborn"}
