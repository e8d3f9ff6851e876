"""Faults that somebody thought of, each with the test that notices it: `make mutants ARGS=--known`.

Also those of another file like `known.toml`: `make mutants ARGS="--faults FILE"`. It need not name tests.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.faults import Fault


@dataclass(frozen=True)
class Known:
    """A fault of a kind that went unnoticed once, or might.

    Attributes:
        what: what the program does with it.
        old, new: the text in the file that it changes, and into what.
        test: which notices it; "" for whichever does.
    """

    what: str
    path: str
    old: str
    new: str
    test: str = ""

    def fault(self, root: Path) -> Fault:
        """Return it as a change of the file; ValueError if its place is not found, or found twice."""
        before, found, after = (root / self.path).read_text("utf-8").partition(self.old)
        if not found or self.old in after:
            raise ValueError(f"{self.path} does not say this once: {self.old}")
        start = len(before.encode())
        line = before.count("\n") + 1
        return Fault(Path(self.path), line, self.what, start, start + len(self.old.encode()), self.new)


KNOWN = Path(__file__).parent / "known.toml"


def known_faults(place: Path = KNOWN) -> list[Known]:
    """Return those of a file."""
    written = tomllib.loads(place.read_text("utf-8"))
    return [Known(**one) for one in written["fault"]]
