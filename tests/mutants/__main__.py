"""Puts faults into the code, one at a time, and looks whether a test notices: `make mutants`.

Works on a copy. Which tests run a module's functions is learnt first, by running the tests that are named once with the
lines recorded that they enter; a fault is then tried on those alone, the quickest first.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.faults import Fault, faults_of

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".pieloop", "node_modules", "__pycache__", ".mypy_cache", ".venv*")
MOST = 60  # tests for a fault
LONGEST = 900  # seconds for them


def main() -> None:
    """Print the faults that nobody noticed: some change nothing, so each is for somebody to look at."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="pieloop-mutants-") as made:
        copy = Path(made) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        touched = _touched(copy, asked.tests, asked.modules)
        survivors = [fault for fault in _sample(asked) if not _is_noticed(copy, fault, touched)]
    print(f"{asked.number - len(survivors)} of {asked.number} were noticed.")
    for fault in survivors:
        print(f"survived  {fault}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="+", help="modules or folders of the program")
    parser.add_argument("--tests", nargs="+", default=["tests"], help="tests that may notice")
    parser.add_argument("--number", type=int, default=20, help="faults, at random")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), help="the same one gives the same faults"
    )
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    return asked


def _sample(asked: argparse.Namespace) -> list[Fault]:
    faults = [
        fault for path in _files(asked.modules) for fault in faults_of(path, (ROOT / path).read_bytes())
    ]
    asked.number = min(asked.number, len(faults))
    return random.Random(asked.seed).sample(faults, asked.number)


def _files(modules: list[str]) -> list[Path]:
    found: list[Path] = []
    for module in modules:
        place = ROOT / module
        found += sorted(place.rglob("*.py")) if place.is_dir() else [place]
    return [path.relative_to(ROOT) for path in found]


def _touched(copy: Path, tests: list[str], modules: list[str]) -> dict[str, list[str]]:
    """Return the tests that enter each function, by `file:first line`, the quickest first."""
    record = copy / "touched.json"
    environ = os.environ | {"TOUCHED": str(record), "TOUCHED_MODULES": os.pathsep.join(modules)}
    _pytest(copy, ["-p", "tests.mutants.touching", *tests], environ, None)
    found: dict[str, list[str]] = json.loads(record.read_text(encoding="utf-8"))
    return found


def _is_noticed(copy: Path, fault: Fault, touched: dict[str, list[str]]) -> bool:
    path = copy / fault.path
    source = path.read_bytes()
    tests = touched.get(_function_at(fault, source), [])[:MOST]
    path.write_bytes(fault.applied_to(source))
    try:
        noticed = bool(tests) and _pytest(copy, ["-x", *tests], dict(os.environ), LONGEST) != 0
    finally:
        path.write_bytes(source)
    print("noticed " if noticed else "SURVIVED", fault, f"({len(tests)} tests)", flush=True)
    return noticed


def _function_at(fault: Fault, source: bytes) -> str:
    """Return the innermost function that a fault is in, as the record names it."""
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= fault.line <= (node.end_lineno or node.lineno)
    ]
    innermost = max(around, key=lambda node: node.lineno)
    first = min([innermost.lineno, *(decorator.lineno for decorator in innermost.decorator_list)])
    return f"{fault.path}:{first}"


def _pytest(copy: Path, arguments: list[str], environ: dict[str, str], seconds: float | None) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments]
    try:
        return subprocess.run(command, cwd=copy, env=environ, capture_output=True, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        return 1


if __name__ == "__main__":
    main()
