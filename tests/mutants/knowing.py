"""What is known of which tests reach what: which of them are to try a fault, and in which order."""

import hashlib
import json
from collections import defaultdict
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

MOST = 160  # tests for a fault
AT_ONCE = 40  # of them in a process of its own
LOADING = "loading.json"
# Where the tests are of what runs in processes that tests start, and so is not seen to be reached.
ELSEWHERE = {
    "processes": "lifecycle", "embedded.py": "lifecycle", "cli.py": "lifecycle", "lifecycle.py": "lifecycle",
    "storage": "storage", "media": "media", "backup": "backup",
}  # fmt: skip


def names_of(root: Path, files: list[str]) -> dict[str, str]:
    """Return under which name what a file of tests reaches is kept: another one when the file has changed."""
    return {file: name_of(file, (root / file).read_bytes()) for file in files}


def name_of(file: str, content: bytes) -> str:
    """Return the name for one file."""
    return f"{file.replace('/', '+')}-{hashlib.sha256(content).hexdigest()[:12]}.json"


class Known:
    """What tests reach.

    Parameters:
        place: where it is kept.
        names: under which name, by file of tests.

    Attributes:
        loading: the statements that run when modules are loaded.
    """

    def __init__(self, place: Path, names: dict[str, str]) -> None:
        self._files: dict[str, Any] = {
            file: json.loads((place / name).read_text("utf-8"))
            for file, name in names.items()
            if (place / name).exists()
        }
        loading = place / LOADING
        self.loading = set(json.loads(loading.read_text("utf-8"))) if loading.exists() else set()
        self._of: dict[str, list[str]] = defaultdict(list)
        self._in: dict[str, set[str]] = defaultdict(set)
        for file, found in self._files.items():
            for statement in found["touched"]:
                self._of[statement].append(file)
                self._in[statement.partition("#")[0]].add(statement)

    def of(self, path: str, statement: str | None, files: list[str]) -> tuple[list[str], float]:
        """Return the tests that may notice a fault, those about it first, and the seconds that they took."""
        reached = [statement] if statement in self._of else []
        reached = reached or sorted(self._in[statement.partition("#")[0]] if statement else ())
        found = [tests for name in reached for file in self._of[name] if (tests := self._tests(file, name))]
        if not found:
            return [file for file in files if _is_about(file, path)], 300.0
        about = [tests for tests in found if _is_about(tests[0][1], path)]
        others = sorted(tests for tests in found if not _is_about(tests[0][1], path))
        in_turn = chain(_in_turn(about), _in_turn(others))
        chosen = list(dict.fromkeys(in_turn))[:MOST]
        return [test for _, test in chosen], sum(seconds for seconds, _ in chosen)

    def _tests(self, file: str, statement: str) -> list[tuple[float, str]]:
        found = self._files[file]
        return [(found["seconds"][number], found["tests"][number]) for number in found["touched"][statement]]


def _in_turn(files: list[list[tuple[float, str]]]) -> list[tuple[float, str]]:
    """The quickest test of each file, then the second of each."""
    return [test for turn in zip_longest(*files) for test in turn if test is not None]


def _is_about(test: str, path: str) -> bool:
    """Tell whether a file of tests names a module or its folder, or stands where such tests do."""
    file = test.partition("::")[0]
    parts = Path(path).with_suffix("").parts
    if ELSEWHERE.get(Path(path).parts[1], "") == Path(file).parts[1]:
        return True
    words = _words(file)
    folder = ".".join(parts[:-1] if len(parts) > 3 else parts)
    return any(
        f"{name} import" in words or f"import {name}" in words for name in (".".join(parts), folder)
    ) or (f"from {'.'.join(parts[:-1])} import" in words and parts[-1] in words)


@cache
def _words(file: str) -> str:
    return (Path(__file__).parents[2] / file).read_text("utf-8")
