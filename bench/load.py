"""wrk: one run of load against one address, and what it measured."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields
from statistics import median
from tempfile import NamedTemporaryFile

from bench.processor import spent
from service.errors import StartupError

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Measured:
    """One run: requests a second, and the milliseconds within which half and 99 % of them were answered.

    `web` and `database` are milliseconds of processor time a request, of the web processes and of PostgreSQL.
    """

    rate: float
    p50: float
    p99: float
    web: float
    database: float


def find_wrk() -> str:
    """Return the program.

    Raises:
        StartupError: it is not installed.
    """
    found = shutil.which("wrk")
    if found is None:
        raise StartupError(
            "The benchmark needs the load generator wrk: apt-get install wrk (Debian, Ubuntu), or brew install wrk."
        )
    return found


def measure(
    url: str,
    app: str,
    *,
    seconds: int,
    connections: int,
    headers: Mapping[str, str] | None = None,
    script: str = "",
) -> Measured:
    """Put load on an address.

    Parameters:
        app: what serves there, for its processor time.
        seconds: for how long.
        connections: how many clients ask at the same time, each again as soon as it is answered.
        headers: of every request.
        script: wrk's, in Lua, which makes the requests instead.

    Raises:
        StartupError: wrk fails, or an answer was no success.
    """
    asked = [part for name, value in (headers or {}).items() for part in ("--header", f"{name}: {value}")]
    argv = [
        find_wrk(),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "--latency",
        *asked,
        url,
    ]
    with NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            argv[1:1] = ["--script", file.name]
        before = spent(app)
        ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    if ended.returncode or "Requests/sec" not in said:
        raise StartupError(f"wrk failed on {url}: {said.strip()}")
    for trouble in ("Non-2xx", "Socket errors"):
        if trouble in said:
            line = next(line.strip() for line in said.splitlines() if trouble in line)
            raise StartupError(f"Not every request to {url} succeeded: {line}")
    used = spent(app).since(before, _number(said, r"(\d+) requests in"))
    rate = _number(said, r"Requests/sec:\s+([\d.]+)")
    return Measured(rate, _latency(said, 50), _latency(said, 99), used.web, used.database)


def middle(runs: list[Measured]) -> Measured:
    """Return the median of each figure."""
    names = [field.name for field in fields(Measured)]
    return Measured(*(median(getattr(run, name) for run in runs) for name in names))


def _latency(said: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]


def _number(said: str, pattern: str) -> float:
    found = re.search(pattern, said)
    assert found is not None, said
    return float(found[1])
