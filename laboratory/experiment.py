"""What an experiment is: trials that must come out as said, and controls in which the check must find a fault."""

import os
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from laboratory.pictures import Band, Point
from laboratory.sizes import Sizes
from service.config import Config


@dataclass(frozen=True)
class Trial:
    """One line of the table.

    Parameters:
        what: what was tried.
        expected: what must come out, in words.
        seen: what came out.
        holds: whether it came out as expected.
        control: the fault was put in on purpose; expected is that the check finds it.
    """

    what: str
    expected: str
    seen: str
    holds: bool
    control: bool = False


@dataclass
class Laboratory:
    """What all experiments share.

    Parameters:
        place: a directory of this run: data, logs.
        config: points at the laboratory's PostgreSQL and Redis, migrated, with an administrator.
        sizes: how much and how long.
        bands: for the picture of backends by owner, left by the experiment on cross-talk.
        points, down, up: for the picture of a restart, left by the experiment of that name.
        load: the machine's load average when the run began.
    """

    place: Path
    config: Config
    sizes: Sizes
    bands: list[Band] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    down: float = 0.0
    up: float = 0.0
    load: float = field(default_factory=lambda: os.getloadavg()[0])


@dataclass(frozen=True)
class Experiment:
    """An experiment: what it shows, in a sentence, and the trials as they are done."""

    name: str
    shows: str
    trials: Callable[[Laboratory], AsyncGenerator[Trial, None]]


def none_of(what: str, count: int, found: str) -> Trial:
    """Return the trial in which nothing may be found."""
    return Trial(what, "none", found, count == 0)


def some_of(what: str, count: int, found: str, *, control: bool = True) -> Trial:
    """Return the trial (a control, mostly) in which something must be found."""
    return Trial(what, "some", found, count > 0, control=control)
