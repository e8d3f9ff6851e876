"""A fault that is tried, and what came of it: kept, so that a run that was ended goes on with what is left."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.faults import Fault
from tests.mutants.knowing import Tests

NOTICED = {"noticed", "out of time"}


@dataclass
class Trial:
    """A fault, and the tests that are to notice it.

    Attributes:
        after: the module's source with the fault.
        loading: it may be in what runs when modules are loaded.
        found: what tells it from others, for the word on it to be kept: its name, a digest of the source without it,
            and one of the tests.
        word: what came of it; "" if nothing was tried.
        by: the test that noticed it.
    """

    fault: Fault
    after: bytes
    tests: Tests
    loading: bool
    found: dict[str, str]
    word: str = ""
    by: str = ""

    def read(self, lines: Sequence[dict[str, str]]) -> None:
        """Take over what was found, while its source is the same; that nobody noticed, while the tests are, too."""
        for line in lines:
            same = {name for name, value in self.found.items() if line.get(name) == value}
            if same >= {"fault", "source"} and (line["word"] in NOTICED or "tests" in same):
                self.word, self.by = line["word"], line["by"]


class Found:
    """A file with what came of faults.

    Parameters:
        place: the file; what it has says is taken for known.
    """

    def __init__(self, place: Path) -> None:
        self.place = place

    def lines(self) -> list[dict[str, str]]:
        """Return what is there, a dict for each word on a fault."""
        if not self.place.exists():
            return []
        return [json.loads(line) for line in self.place.read_text("utf-8").splitlines()]

    def add(self, trial: Trial) -> None:
        """Keep what came of one."""
        with self.place.open("a", encoding="utf-8") as file:
            print(json.dumps(trial.found | {"word": trial.word, "by": trial.by}), file=file)


def digest(of: Any) -> str:
    """Return a short digest of what JSON can say, or of bytes."""
    data = of if isinstance(of, bytes) else json.dumps(of).encode()
    return hashlib.sha256(data).hexdigest()[:16]
