"""`python -m laboratory`: runs the experiments, prints a table as it goes, and writes the report."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import click

from laboratory import budget, crosstalk, disease, fork_guard, pools, restart, sockets
from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.programs import prepared
from laboratory.report import Done, write_report
from laboratory.sizes import SIZES
from service.config import LogConfig
from service.errors import StartupError
from service.logs import configure_logs

EXPERIMENTS = [
    module.EXPERIMENT for module in (disease, crosstalk, sockets, fork_guard, budget, pools, restart)
]


@click.command()
@click.option("--scale", type=click.Choice(list(SIZES)), default="full", show_default=True)
@click.option("--only", type=click.Choice([one.name for one in EXPERIMENTS]), help="Run one experiment.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report into this directory.")
def prove(scale: str, only: str | None, report: Path | None) -> None:
    """Show by experiments that no connection crosses a process; exit code 1 when one comes out otherwise."""
    begun = time.monotonic()
    with _directory() as place:
        laboratory, done = asyncio.run(_run(place, scale, only))
    seconds = time.monotonic() - begun
    failed = [trial for one in done for trial in one.trials if not trial.holds]
    print(
        f"\n{sum(len(one.trials) for one in done)} trials in {seconds:.0f} s, {len(failed)} not as expected."
    )
    if report is not None and only is None:  # one experiment alone is no report
        write_report(report, laboratory, done, scale, seconds)
        print(f"The report is {report / 'verification.md'}.")
    sys.exit(1 if failed else 0)


async def _run(place: Path, scale: str, only: str | None) -> tuple[Laboratory, list[Done]]:
    configure_logs(LogConfig(level="error"))  # our own; what the programs log goes to files
    async with prepared(place / "data") as config:
        laboratory = Laboratory(place, config, SIZES[scale])
        done = []
        for experiment in EXPERIMENTS:
            if only in (None, experiment.name):
                print(f"\n{experiment.name}: {experiment.shows}", flush=True)
                begun = time.monotonic()
                trials = await _trials(experiment, laboratory)
                done.append(Done(experiment, trials, time.monotonic() - begun))
        return laboratory, done


async def _trials(experiment: Experiment, laboratory: Laboratory) -> list[Trial]:
    done = []
    async with aclosing(experiment.trials(laboratory)) as trials:
        async for trial in trials:
            done.append(trial)
            print(line(trial), flush=True)
    return done


def line(trial: Trial) -> str:
    """Write a trial for a terminal."""
    mark = "ok     " if trial.holds else "NOT SO "
    control = "control: " if trial.control else ""
    return (
        f"  {mark}{control}{trial.what}\n         expected: {trial.expected}\n         seen:     {trial.seen}"
    )


@contextmanager
def _directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="pieloop-lab-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    try:
        prove()
    except StartupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
