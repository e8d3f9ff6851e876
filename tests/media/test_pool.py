"""The image processes: limited, alone, mortal; and the pool that outlives every one of them."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from PIL import Image

from service.config import MediaConfig
from service.media.errors import ChildDied, MediaBusy, MediaError, Rejected, TookTooLong
from service.media.pool import MediaPool, _Child, open_media_pool
from tests.media import profiles
from tests.media.pictures import FOREIGN, SOUND, file_of, long_gif, noise, png

SOURCE = Path(__file__).resolve().parents[2]
SMALL = SOUND["PNG"]()


def rules(**changes: float) -> MediaConfig:
    return msgspec.structs.replace(MediaConfig(), **changes)


def heavy() -> bytes:
    """An honest image that takes seconds: 49 million pixels of noise."""
    return file_of(noise(500, 500).resize((7000, 7000), Image.Resampling.NEAREST), "PNG", compress_level=1)


@pytest.fixture(scope="module")
def heavy_image() -> bytes:
    return heavy()


pytestmark = pytest.mark.usefixtures("own_image_processes")


@pytest.fixture
async def pool() -> AsyncIterator[MediaPool]:
    async with open_media_pool(MediaConfig()) as opened:
        yield opened


def children() -> dict[int, Path]:
    """The image processes of this process, dead ones included."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            command = (process / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == os.getpid() and (b"service.media.child" in command or not command):
            found[int(process.name)] = process
    return found


async def until_busy(seconds: float = 20) -> int:
    """Wait until an image process has begun to compute; return its number."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for pid, process in children().items():
            if _size(process) > 260 << 20:  # an idle one has 170
                return pid
        await asyncio.sleep(0.01)
    raise AssertionError("no image process is at work")


def _size(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


async def test_an_image_goes_in_and_comes_out(pool: MediaPool) -> None:
    assert children() == {}
    image = await pool.process(SMALL)
    assert (image.width, image.height, image.content_type) == (64, 32, "image/webp")
    before = set(children())
    assert len(before) == 1
    await pool.process(SMALL)
    assert set(children()) == before


async def test_every_format_works_without_a_file_to_open(pool: MediaPool) -> None:
    """What a decoder wanted to load late it could not any more, so this shows that all of it is loaded."""
    for name, make in SOUND.items():
        image = await pool.process(make())
        assert image.frames == (5 if name.startswith("animated") else 1), name
    colours = [profiles.press_profile(), profiles.gray_profile(1.8), b"garbage"]
    for profile in colours:
        await pool.process(file_of(Image.new("CMYK", (8, 8)), "JPEG", icc_profile=profile))
    for data in FOREIGN.values():
        with pytest.raises(Rejected):
            await pool.process(data)


@pytest.mark.parametrize("output", ["webp", "avif"])
async def test_each_output_works_without_a_file_to_open(output: str) -> None:
    async with open_media_pool(msgspec.structs.replace(MediaConfig(), output=output)) as pool:
        for name in ("alpha PNG", "animated GIF", "JPEG"):
            assert (await pool.process(SOUND[name]())).content_type == f"image/{output}"


async def test_refusals_come_back_in_words(pool: MediaPool) -> None:
    with pytest.raises(Rejected, match=r"too many pixels \(at most 60\.0 million\)"):
        await pool.process(png(50_000, 50_000))
    with pytest.raises(
        Rejected, match=r"too many pixels \(10000 x 8000, 80\.0 million; at most 60\.0 million\)"
    ):
        await pool.process(png(10_000, 8_000))
    with pytest.raises(Rejected, match="too many frames"):
        await pool.process(long_gif(10_000))


async def test_a_process_is_poor(pool: MediaPool) -> None:
    """No file, no secret, nothing but the two ways to us, and no way to get more."""
    with socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0)) as careless:
        careless.set_inheritable(True)  # as a library might leave one
        os.environ["PIELOOP_TEST_SECRET"] = "do not tell"
        try:
            await pool.process(SMALL)
        finally:
            del os.environ["PIELOOP_TEST_SECRET"]
        ((_, process),) = children().items()
        targets = [str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()]
        left = str(Path(f"/proc/self/fd/{careless.fileno()}").readlink())
    # The loop makes its pipes of pairs of sockets.
    assert sorted(target.partition(":")[0] for target in targets) == ["/dev/null"] * 3 + ["socket"] * 2
    assert left not in targets
    assert b"do not tell" not in (process / "environ").read_bytes()
    limits = {
        line[:26].strip(): line[26:].split()[:2] for line in (process / "limits").read_text().splitlines()
    }
    assert limits["Max open files"] == ["5", "5"]
    assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]
    assert limits["Max address space"] == [str(1 << 30)] * 2
    assert int(limits["Max cpu time"][0]) <= 40
    assert (process / "oom_score_adj").read_text().strip() == "500"


async def test_a_killed_process_fails_its_one_job(heavy_image: bytes) -> None:
    async with open_media_pool(rules(processes=2)) as pool:
        lost = asyncio.create_task(pool.process(heavy_image))
        pid = await until_busy()
        other = asyncio.create_task(pool.process(SMALL))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ChildDied, match="SIGKILL"):
            await lost
        assert (await other).width == 64
        assert (await pool.process(SMALL)).width == 64


async def test_an_idle_process_that_is_killed_fails_nothing(pool: MediaPool) -> None:
    await pool.process(SMALL)
    (pid,) = children()
    os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):  # waits until it is dead, and does not let the event loop hear of it
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
    assert (await pool.process(SMALL)).width == 64


async def test_a_job_over_its_time_is_ended(heavy_image: bytes) -> None:
    async with open_media_pool(rules(wall_time=1)) as pool:
        await pool.process(SMALL)
        (before,) = children()
        with pytest.raises(TookTooLong, match="1 seconds"):
            await pool.process(heavy_image)
        assert (await pool.process(SMALL)).width == 64
        assert before not in children()


async def test_processor_time_is_limited_by_the_kernel_too(pool: MediaPool) -> None:
    await pool.process(SMALL)
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    job = asyncio.create_task(pool.process(SMALL))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGXCPU)
    os.kill(pid, signal.SIGCONT)
    with pytest.raises(TookTooLong, match="processor"):
        await job


async def test_memory_is_limited(heavy_image: bytes) -> None:
    async with open_media_pool(rules(memory=256 << 20)) as pool:
        with pytest.raises(Rejected, match="more memory"):
            await pool.process(heavy_image)
        assert (await pool.process(SMALL)).width == 64


async def test_a_photo_is_decoded_no_larger_than_it_will_be_shown() -> None:
    photo = file_of(Image.new("RGB", (8000, 6000), "red"), "JPEG")
    async with open_media_pool(msgspec.structs.replace(rules(memory=256 << 20), max_side=800)) as pool:
        assert (await pool.process(photo)).width == 800


async def test_the_queue_is_bounded(heavy_image: bytes) -> None:
    async with open_media_pool(rules(waiting=2)) as pool:
        first = asyncio.create_task(pool.process(heavy_image))
        await until_busy()
        queued = [asyncio.create_task(pool.process(SMALL)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(MediaBusy):
            await pool.process(SMALL)
        assert [image.width for image in await asyncio.gather(first, *queued)] == [2560, 64, 64]
        assert (await pool.process(SMALL)).width == 64


async def test_a_cancelled_caller_frees_the_process(heavy_image: bytes) -> None:
    async with open_media_pool(MediaConfig()) as pool:
        job = asyncio.create_task(pool.process(heavy_image))
        pid = await until_busy()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert (await pool.process(SMALL)).width == 64
        assert pid not in children()


async def test_callers_cancelled_at_any_moment_leave_nothing() -> None:
    async with open_media_pool(rules(processes=2, waiting=100)) as pool:
        for step in range(24):
            jobs = [asyncio.create_task(pool.process(SMALL)) for _ in range(4)]
            await asyncio.sleep(step * 0.012)
            for job in jobs[::2]:
                job.cancel()
            results = await asyncio.gather(*jobs, return_exceptions=True)
            assert all(not isinstance(result, BaseException) for result in results[1::2])
        assert len(children()) <= 4
    assert children() == {}


async def test_a_process_is_replaced_after_its_share_of_jobs() -> None:
    async with open_media_pool(rules(tasks_per_process=2)) as pool:
        seen: set[int] = set()
        for _ in range(5):
            await pool.process(SMALL)
            seen |= children().keys()
        assert 2 <= len(seen) <= 3


async def test_closing_waits_for_the_work_in_hand(heavy_image: bytes) -> None:
    async with open_media_pool(MediaConfig()) as pool:
        jobs = [asyncio.create_task(pool.process(data)) for data in (heavy_image, SMALL)]
        await until_busy()
    assert [job.result().width for job in jobs] == [2560, 64]
    assert children() == {}
    with pytest.raises(MediaBusy, match="shutting down"):
        await pool.process(SMALL)


async def test_closing_does_not_wait_for_ever(heavy_image: bytes) -> None:
    pool = MediaPool(rules(wall_time=0.5))
    await pool.process(SMALL)
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    jobs = [
        asyncio.create_task(pool.process(data)) for data in (SMALL, heavy_image, heavy_image, heavy_image)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await pool.close()
    assert children() == {}
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert all(isinstance(result, MediaError) for result in results)


async def test_a_process_that_cannot_start_is_named(monkeypatch: pytest.MonkeyPatch, pool: MediaPool) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ChildDied, match="exit code 1"):
        await pool.process(SMALL)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ChildDied, match="could not be started"):
        await pool.process(SMALL)
    monkeypatch.undo()
    assert (await pool.process(SMALL)).width == 64


@pytest.mark.parametrize("make_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
@pytest.mark.parametrize("already", ["its pipe is closed", "all of it is gone"])
def test_a_process_that_ended_before_it_was_told_anything_is_named(
    monkeypatch: pytest.MonkeyPatch, make_loop: Callable[[], asyncio.AbstractEventLoop], already: str
) -> None:
    """The product's loop refuses to write to what has ended, where asyncio's own does not mind."""

    async def start_late(child: Any) -> None:
        await spawn(child)
        pipe = child._transport.get_pipe_transport(0)
        while not (pipe.is_closing() if already == "its pipe is closed" else child.gone.done()):
            await asyncio.sleep(0)

    async def ask() -> None:
        async with open_media_pool(rules(processes=1)) as pool:
            await pool.process(SMALL)

    spawn = _Child._spawn
    monkeypatch.setattr(_Child, "_spawn", start_late)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with asyncio.Runner(loop_factory=make_loop) as runner, pytest.raises(ChildDied, match="exit code 1"):
        runner.run(ask())


PARENT = """
import asyncio, sys
from service.config import MediaConfig
from service.media.pool import open_media_pool
from tests.media.test_pool import SMALL, children, heavy, until_busy

async def main():
    async with open_media_pool(MediaConfig(processes=2)) as pool:
        busy = asyncio.create_task(pool.process(heavy()))
        await until_busy()
        await pool.process(SMALL)
        print(*children(), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_no_process_survives_its_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, cwd=SOURCE, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pids = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(pids) == 2
    parent.kill()
    await parent.wait()
    deadline = time.monotonic() + 20
    while any(_lives(pid) for pid in pids):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_nothing_of_pillow_is_loaded_here() -> None:
    code = "import sys, service.media.pool, service.media.store; sys.exit(any('PIL' in name for name in sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=SOURCE)
    assert await process.wait() == 0
