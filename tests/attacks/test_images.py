"""A19: hostile image files, some hundred (`make fuzz-images FILES=10000`: as many as one likes), harm nobody."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from service.config import MediaConfig
from service.media.errors import ChildDied, Rejected, TookTooLong
from service.media.pool import START_SECONDS, MediaPool, open_media_pool
from tests.attacks.hostile import hostile
from tests.media.test_pool import SMALL, children

FILES = int(os.environ.get("FUZZ_FILES", "250"))
WALL_TIME = 8.0
RULES = msgspec.structs.replace(MediaConfig(), processes=2, wall_time=WALL_TIME)

# A process that has to be started first comes on top of the limit; and a busy machine may be slow to notice.
STARTING = START_SECONDS + 5


class Tally:
    """How the files ended, and how long the longest took."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        self.died: list[str] = []
        self.longest = 0.0
        self.slowest = ""
        self.peak = 0  # kilobytes of an image process, looked at now and then

    def note(self, number: int, kind: str, end: str, seconds: float) -> None:
        self.ends[end] += 1
        if end == "died":
            self.died.append(f"{number} ({kind})")
        if seconds > self.longest:
            self.longest, self.slowest = seconds, f"{number} ({kind})"
        if number % 20 == 0:
            self.peak = max(self.peak, *(_kilobytes(process, "VmHWM") for process in children().values()), 0)


@pytest.mark.usefixtures("own_image_processes")
@pytest.mark.timeout(3600)
async def test_hostile_files_harm_nobody(record_property: Callable[[str, object], None]) -> None:
    async with open_media_pool(RULES) as pool:  # what is loaded and reserved once does not count
        first = iter(range(60))
        await asyncio.gather(*(_work_off(pool, first, Tally()) for _ in range(2)))
    before = _belongings()
    tally = Tally()
    started = time.monotonic()
    async with open_media_pool(RULES) as pool:
        numbers = iter(range(FILES))
        await asyncio.gather(*(_work_off(pool, numbers, tally) for _ in range(2)))
        assert (await pool.process(SMALL)).width == 64
    took = time.monotonic() - started
    after = _belongings()

    assert tally.ends.total() == FILES
    assert tally.longest < WALL_TIME + STARTING, tally.slowest
    assert children() == {}
    assert after["descriptors"] == before["descriptors"]
    assert after["threads"] <= before["threads"]
    assert after["memory"] - before["memory"] < 48 * 1024
    assert 0 < tally.peak * 1024 < RULES.memory
    # A crash in a decoder is contained, but it is news: a library has a hole.
    assert tally.ends["died"] <= FILES // 200, tally.died
    seen = (
        f"{tally.ends['shown']:,} shown, {tally.ends['rejected']:,} rejected, {tally.ends['too long']} over time, "
        f"{tally.ends['died']} ended their process {tally.died}; the longest took {tally.longest:.1f} s: "
        f"{tally.slowest}; {took:.0f} s in all; an image process had {tally.peak // 1024} MB at most; "
        f"the parent: {after['memory'] - before['memory']:+,} kB, "
        f"{after['descriptors'] - before['descriptors']:+} descriptors"
    )
    record_property("drill", (f"A19 {FILES:,} hostile image files", seen))


async def _work_off(pool: MediaPool, numbers: Iterator[int], tally: Tally) -> None:
    for number in numbers:
        kind, data = hostile(number)
        began = time.monotonic()
        end = await _end_of(pool, data)
        tally.note(number, kind, end, time.monotonic() - began)


async def _end_of(pool: MediaPool, data: bytes) -> str:
    try:
        image = await pool.process(data)
    except Rejected:
        return "rejected"
    except TookTooLong:
        return "too long"
    except ChildDied as death:
        return "not started" if "start" in str(death) else "died"
    assert max(image.width, image.height) <= RULES.max_side
    return "shown"


def _belongings() -> dict[str, int]:
    here = Path("/proc/self")
    return {
        "descriptors": len(list((here / "fd").iterdir())),
        "threads": len(list((here / "task").iterdir())),
        "memory": _kilobytes(here, "VmRSS"),
    }


def _kilobytes(process: Path, name: str) -> int:
    try:
        lines = (process / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return int(next((line for line in lines if line.startswith(name)), "none 0").split()[1])
