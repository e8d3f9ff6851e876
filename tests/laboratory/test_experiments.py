"""Every experiment in its short form: what must hold holds, and every control finds the fault that was put in."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from laboratory.__main__ import EXPERIMENTS
from laboratory.experiment import Experiment, Laboratory
from laboratory.pools import find_pgbouncer
from laboratory.programs import prepared
from laboratory.sizes import SIZES


@pytest.fixture(scope="module")
async def laboratory() -> AsyncIterator[Laboratory]:
    # Paths of sockets are short, and those of pytest's own directories are not.
    with tempfile.TemporaryDirectory(prefix="pieloop-lab-") as made:
        place = Path(made)
        place.chmod(0o711)
        async with prepared(place / "data") as config:
            yield Laboratory(place, config, SIZES["tiny"])


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name.replace(" ", "-"))
async def test_it_shows_what_it_says(experiment: Experiment, laboratory: Laboratory) -> None:
    trials = [trial async for trial in experiment.trials(laboratory)]
    assert "\n".join(f"{trial.what}: {trial.seen}" for trial in trials if not trial.holds) == ""
    assert len(trials) > sum(trial.control for trial in trials) > 0


def test_pgbouncer_is_found_where_only_root_looks() -> None:
    if Path("/usr/sbin/pgbouncer").exists():
        assert find_pgbouncer()
