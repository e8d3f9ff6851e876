"""`python -m bench.media.contestant NAME FILE COUNT`: one contestant works on one file, again and again, and reports.

A process of its own for each run, so that its peak of memory is its own.
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

# The same rules for both: sides in pixels, quality, effort of the encoder.
SIDES = (2560, 1024, 320)
QUALITY = 85
EFFORT = 3


def work(name: str, file: Path, count: int) -> dict[str, float]:
    """Work on a file `count` times after one that does not count (libraries and transforms are loaded then)."""
    once: Callable[[bytes], list[bytes]] = importlib.import_module(f"bench.media.{name}").work
    data = file.read_bytes()
    once(data)
    before = _processor_seconds()
    started = time.perf_counter()
    for _ in range(count):
        sizes = once(data)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds / count,
        "processor": (_processor_seconds() - before) / count,
        "memory": _peak_memory(),
        "bytes": sum(map(len, sizes)),
    }


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_memory() -> int:
    """Bytes. Not getrusage's figure, which begins with that of the process that started this one."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    print(json.dumps(work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
