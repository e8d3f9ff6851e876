"""The fork guard: a child that touches what it inherited gets an error, and its parent goes on unharmed."""

from collections.abc import AsyncGenerator

from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.guarded import FINE
from laboratory.programs import answer_of, environ

GUARD = "InheritedByFork"


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Fork from a process with resources of ours; then from one with the libraries' own pools."""
    for kind, what in (("ours", "our pools"), ("plain", "the libraries' pools, without the guard")):
        said = await answer_of(
            "-m", "laboratory.guarded", kind, environ=environ(laboratory.config), within=60
        )  # fmt: skip
        children: dict[str, str] = said["children"]
        guarded = [name for name, words in children.items() if GUARD in words]
        control = kind == "plain"
        touched = (
            "engine, session, commit, rollback and Redis pool, in a child of os.fork() and of a forked pool"
        )
        found = f"{len(guarded)} of {len(children)} got the guard's error; the parent: {_error_of(said['parent'])}"
        if control:
            yield Trial(f"{what}: {touched}", "not the guard's error", found, not guarded, control=True)
        else:
            holds = len(guarded) == len(children) and said["parent"] == FINE
            yield Trial(
                f"{what}: {touched}", "the guard's error each time; no error in the parent", found, holds
            )


def _error_of(words: str) -> str:
    """Return the error of a traceback, without the libraries' links."""
    lines = words.strip().splitlines()
    return next((line for line in reversed(lines) if "Error" in line), lines[-1])[:160]


EXPERIMENT = Experiment(
    "fork guard",
    "A forked child that touches an inherited engine, session or Redis pool gets an error that says what it did, and "
    "the parent goes on unharmed.",
    trials,
)
