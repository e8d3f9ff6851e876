"""What is known of which tests reach what: which of them are to try a fault, and in which order."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

FIRST, MOST = 2, 100  # tests for a fault
# How likely a test notices: by how much of what its file reaches is of the fault's module, more if it is about that or
# called like it, and less if tests of the same file have not.
ABOUT, CALLED, LESS = 0.3, 1.0, 0.8
# Names of modules that say nothing of what they are about.
SAY_NOTHING = {
    "operation",
    "querie",
    "rule",
    "shape",
    "http",
    "web",
    "api",
    "forum",
    "service",
    "__init__",
    "effect",
}
# Files that say of all operations and reads, in tables, what they do and refuse: whatever these reach, they are about.
TABLES = {"test_effects", "test_refusals", "test_refused", "test_who_may", "test_who_sees"}
TO_BEGIN = 0.1  # seconds
FEW = 8  # tests: what is worked out once and remembered is reached by the first that wants it, and noticed by others
WHOLE_FILE = 30.0  # seconds that a file may have taken of which nothing is known
AT_ONCE = 40  # of them in a process of its own
LOADING = "loading.json"
# Where the tests are of what runs in processes that tests start, and so is not seen to be reached.
ELSEWHERE = {
    "processes": "lifecycle", "embedded.py": "lifecycle", "cli.py": "lifecycle", "lifecycle.py": "lifecycle",
    "storage": "storage", "media": "media", "backup": "backup",
}  # fmt: skip

Tests = list[tuple[str, float]]  # with the seconds that each took when it was recorded


def names_of(root: Path, files: list[str]) -> dict[str, str]:
    """Return under which name what a file of tests reaches is kept: another one when the file has changed."""
    return {file: name_of(file, (root / file).read_bytes()) for file in files}


def name_of(file: str, content: bytes) -> str:
    """Return the name for one file."""
    return f"{_beginning(file)}{hashlib.sha256(content).hexdigest()[:12]}.json"


def latest_of(place: Path, file: str) -> str:
    """Return the name for the version of a file that was learnt last; "" if none was."""
    found = sorted(place.glob(f"{_beginning(file)}????????????.json"), key=lambda kept: kept.stat().st_mtime)
    return found[-1].name if found else ""


def _beginning(file: str) -> str:
    return f"{file.replace('/', '+')}-"


class Known:
    """What tests reach.

    Parameters:
        place: where it is kept.
        names: under which name, by file of tests.
        together: seconds that the tests for one fault may have taken when they were recorded.

    Attributes:
        loading: the statements that run when modules are loaded.
    """

    def __init__(self, place: Path, names: dict[str, str], together: float) -> None:
        self._together = together
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

    def of(self, path: str, statement: str | None, files: list[str]) -> Tests:
        """Return the tests that may notice a fault, the likeliest and cheapest first."""
        reached = [statement] if statement in self._of else []
        reached = reached or sorted(self._in[statement.partition("#")[0]] if statement else ())
        by_file: dict[str, set[tuple[float, str]]] = defaultdict(set)
        for name in reached:
            for file in self._of[name]:
                by_file[file].update(self._tests(file, name))
        about = [file for file in files if _is_about(file, path)]
        if not by_file:
            return [(file, WHOLE_FILE) for file in about]
        for file in filter(partial(_is_called_like, path=path), self._files):
            by_file[file].update(self._of_module(file, path))
        if sum(map(len, by_file.values())) < FEW:
            for file in about:
                known = self._files.get(file, {"seconds": [], "tests": []})
                by_file[file].update(sorted(zip(known["seconds"], known["tests"], strict=True))[:FEW])
        worth = []
        for file, tests in by_file.items():
            is_close = _is_called_like(file, path) or Path(file).stem in TABLES
            likely = self._share(file, path) + ABOUT * (file in about) + CALLED * is_close
            for number, (seconds, test) in enumerate(sorted(tests)):
                worth.append((likely * LESS**number / (seconds + TO_BEGIN), seconds, test))
        return self._within_limits([(test, seconds) for _, seconds, test in sorted(worth, reverse=True)])

    def _within_limits(self, tests: Tests) -> Tests:
        """Return the first few whatever they take, and of the others those that there is time for."""
        chosen, left = tests[:FIRST], self._together - sum(seconds for _, seconds in tests[:FIRST])
        for test, seconds in tests[FIRST:]:
            if seconds < left and len(chosen) < MOST:
                chosen.append((test, seconds))
                left -= seconds
        return chosen

    def _of_module(self, file: str, path: str) -> set[tuple[float, str]]:
        """Return the tests of a file that reach anything of a module."""
        reached = self._files[file]["touched"]
        names = [name for name in reached if name.startswith(f"{path}::")]
        return {test for name in names for test in self._tests(file, name)}

    def _share(self, file: str, path: str) -> float:
        """Return how much of what a file of tests reaches is of this module."""
        reached: list[str] = list(self._files[file]["touched"]) if file in self._files else []
        return sum(name.startswith(f"{path}::") for name in reached) / max(len(reached), 1)

    def _tests(self, file: str, statement: str) -> list[tuple[float, str]]:
        found = self._files[file]
        return [(found["seconds"][number], found["tests"][number]) for number in found["touched"][statement]]


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


def _is_called_like(file: str, path: str) -> bool:
    """Tell whether a file of tests has a word in its name that the module, or its folder, is called by."""
    return bool(
        _name_words(Path(path).with_suffix("").parts[-2:]) & _name_words(Path(file).stem.split("_")[1:])
    )


def _name_words(names: Sequence[str]) -> set[str]:
    return {word.rstrip("s") for name in names for word in name.split("_")} - SAY_NOTHING


@cache
def _words(file: str) -> str:
    return (Path(__file__).parents[2] / file).read_text("utf-8")
