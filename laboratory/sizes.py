"""How much and how long: `full` is what the report is made from, `small` and `tiny` show that everything works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The parameters of all experiments.

    Attributes:
        rounds: of the inherited pools; each is a parent with four children.
        most_rounds: for the control that must see a wrong answer, which is a matter of luck.
        operations: of each child in a round.
        patience: seconds that a round gets; who is not done then hangs.
        answers: of the experiment on cross-talk, over all processes.
        web, workers: processes of the cross-talk and of the experiment on sockets.
        looks: how often the sockets are looked at, under load.
        crowd: requests at the same time, for the budget.
        budgeted: web processes of the budget.
        too_small: numbers of connections that servers have which refuse them.
        enough: the number of one that takes them.
        contending: web processes of each kind of pool.
        requests: of each kind of pool.
        before, after: seconds of load around the restart of the database.
    """

    rounds: int
    most_rounds: int
    operations: int
    patience: float
    answers: int
    web: int
    workers: int
    looks: int
    crowd: int
    budgeted: int
    too_small: tuple[int, ...]
    enough: int
    contending: int
    requests: int
    before: float
    after: float


SIZES = {
    "full": Sizes(
        rounds=6, most_rounds=40, operations=200, patience=3.0,
        answers=1_000_000, web=4, workers=2, looks=20,
        crowd=500, budgeted=4, too_small=(100, 150), enough=200, contending=2, requests=3_000, before=5.0, after=10.0,
    ),
    "small": Sizes(
        rounds=2, most_rounds=40, operations=100, patience=2.0,
        answers=20_000, web=4, workers=2, looks=4,
        crowd=500, budgeted=4, too_small=(100, 150), enough=200, contending=2, requests=300, before=2.0, after=5.0,
    ),
    "tiny": Sizes(
        rounds=1, most_rounds=40, operations=60, patience=1.5,
        answers=1_000, web=2, workers=1, looks=2,
        crowd=150, budgeted=2, too_small=(60,), enough=120, contending=1, requests=60, before=0.5, after=3.0,
    ),
}  # fmt: skip
