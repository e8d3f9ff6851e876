"""Records which tests reach which statements of the program: `pytest -p tests.mutants.touching`.

Every statement of a function notes that it was reached: the modules are loaded with such notes in them. What is
found is kept for each file of tests, in TOUCHED: the quickest tests of each statement.
"""

import ast
import builtins
import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutants.knowing import LOADING, name_of
from tests.mutants.statements import statements_of
from tests.mutants.swapping import Loaded

ROOT = Path(__file__).parents[2]
KEPT = Path(os.environ["TOUCHED"])
PROGRAM = ("service", "workers")
EACH = 8  # tests of a file that are kept for a statement
NOTE = "__reached__"

_names: list[str] = []
_reached: set[int] = set()
_passed: set[str] = set()
_found: dict[str, dict[str, list[tuple[float, str]]]] = defaultdict(lambda: defaultdict(list))


class _Noting(SourceFileLoader):
    """Loads a module with notes in it, and never from what was compiled without."""

    def get_code(self, fullname: str) -> CodeType:
        place = self.get_filename(fullname)
        tree = ast.parse(self.get_data(place))
        for name, block, statement in list(statements_of(str(Path(place).relative_to(ROOT)), tree)):
            _names.append(name)
            note = ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(len(_names) - 1)], []))
            at = block.index(statement)
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                block.insert(at, ast.copy_location(note, statement))
        code: CodeType = compile(ast.fix_missing_locations(tree), place, "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PROGRAM:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Noting(spec.loader.name, spec.loader.path)
        return spec


setattr(builtins, NOTE, _reached.add)
sys.meta_path.insert(0, _Finder())


_loaded: list[Loaded] = []


def pytest_collection_finish() -> None:
    """Keep what was reached before any test, beside what loading other tests has reached."""
    _loaded[:] = [Loaded()]
    place = KEPT / LOADING
    before = json.loads(place.read_text("utf-8")) if place.exists() else []
    place.write_text(json.dumps(sorted({*before, *(_names[number] for number in _reached)})), "utf-8")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """See which tests pass: the others notice faults that nobody has put in."""
    if report.when == "call" and report.passed:
        _passed.add(report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Look what a test reaches, with its set-up; what earlier ones had worked out and remembered, it works out anew."""
    for loaded in _loaded:
        loaded.forget()
    _reached.clear()
    begun = _spent()
    try:
        return (yield)
    finally:
        file = item.nodeid.partition("::")[0]
        if item.nodeid in _passed:
            _note(_found[file], item.nodeid, _spent() - begun)
        if nextitem is None or nextitem.nodeid.partition("::")[0] != file:
            _keep(file)


def _spent() -> float:
    """Return the processor time of this process and of what it has started, in seconds: others may keep it waiting."""
    return sum(os.times()[:4])


def _note(found: dict[str, list[tuple[float, str]]], test: str, seconds: float) -> None:
    for number in _reached:
        tests = found[_names[number]]
        tests.append((round(seconds, 3), test))
        if len(tests) > 3 * EACH:
            tests.sort()
            del tests[EACH:]


def _keep(file: str) -> None:
    found = _found.pop(file, {})
    numbers: dict[str, int] = {}
    seconds: list[float] = []
    touched: dict[str, list[int]] = {}
    for name, tests in found.items():
        touched[name] = []
        for took, test in sorted(tests)[:EACH]:
            if test not in numbers:
                numbers[test] = len(numbers)
                seconds.append(took)
            touched[name].append(numbers[test])
    kept = KEPT / name_of(file, (ROOT / file).read_bytes())
    kept.write_text(json.dumps({"tests": list(numbers), "seconds": seconds, "touched": touched}), "utf-8")
