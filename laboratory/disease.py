"""The disease: what happens when a pool of connections is inherited by fork, and when it is not used after the fork."""

from collections import Counter
from collections.abc import AsyncGenerator

from laboratory.experiment import Experiment, Laboratory, Trial, none_of, some_of
from laboratory.inherited import WRONG
from laboratory.programs import answer_of, environ
from laboratory.tagged import ANSWERS, in_words

SICK = {
    "psycopg2": "psycopg2's pool, inherited by 4 children",
    "asyncpg-same-loop": "asyncpg's engine, inherited together with its loop",
    "asyncpg-new-loop": "asyncpg's engine, inherited, on a new loop in each child",
}
HEALTHY = {
    "psycopg2-disposed": "psycopg2's pool, disposed in each child",
    "asyncpg-disposed": "asyncpg's engine, disposed in each child, on a new loop",
}

PATIENCE = 60.0  # seconds for what does not hang, however busy the machine is


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Let children use an inherited pool, in several ways, and count what they see."""
    sizes = laboratory.sizes
    for kind, what in SICK.items():
        counts: Counter[str] = Counter()
        rounds = 0
        # Which symptom shows is a matter of luck; that there are any is not, but one round may be lucky.
        while rounds < sizes.rounds or (not trouble(counts) and rounds < sizes.most_rounds):
            counts += await one_round(laboratory, kind)
            rounds += 1
        yield some_of(f"{what}, {rounds} rounds", trouble(counts), in_words(counts))
    for kind, what in HEALTHY.items():
        counts = Counter()
        for _ in range(sizes.rounds):
            counts += await one_round(laboratory, kind, PATIENCE)
        yield none_of(f"{what}, {sizes.rounds} rounds", trouble(counts), in_words(counts))


async def one_round(laboratory: Laboratory, kind: str, patience: float | None = None) -> Counter[str]:
    """Run one parent with its children; return what all of them saw.

    Parameters:
        patience: seconds after which a child counts as hanging; by default those of the sizes, after which who is
            sick hangs for ever.
    """
    sizes = laboratory.sizes
    patience = patience or sizes.patience
    return Counter(
        await answer_of(
            "-m", "laboratory.inherited", kind, laboratory.config.database.url, sizes.operations, patience,
            environ=environ(laboratory.config), within=patience + 60,
        )
    )  # fmt: skip


def trouble(counts: Counter[str]) -> int:
    """Return how much was no right answer."""
    return counts.total() - counts[ANSWERS]


def wrong(counts: Counter[str]) -> int:
    """Return how many answers were somebody else's."""
    return counts[WRONG]


EXPERIMENT = Experiment(
    "disease",
    "A pool of connections that is inherited by fork gives errors, hangs and other people's answers; the same pool, "
    "left alone by the children, gives none of these.",
    trials,
)
