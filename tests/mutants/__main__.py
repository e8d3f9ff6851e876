"""Puts faults into the code, one at a time, and looks whether a test notices: `make mutants`.

Works on a copy. Which tests reach which statement is learnt first, by running tests once, and kept: only files of tests
that have changed since are run again. Each fault is then tried on those that reach it, in a fork of a process that has
loaded everything; a fault in what runs when modules are loaded gets a process of its own. What came of a sample is
kept: the same seed goes on where it was ended, and tries anew what has changed since.
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
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.mutants.faults import Fault, faults_of
from tests.mutants.knowing import AT_ONCE, Known, latest_of, names_of
from tests.mutants.known import KNOWN, known_faults
from tests.mutants.statements import statement_at
from tests.mutants.trial import NOTICED, Found, Trial, digest

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".pieloop" / "mutants"
LEFT_OUT = shutil.ignore_patterns(".git", ".pieloop", "node_modules", "__pycache__", ".mypy_cache", ".venv*")
KNOWN_LASTS = 30.0  # seconds
# Times what the tests took when they were recorded, and seconds, in a process of its own.
PATIENCE, LEAST = 8, 60
# How that ends: a test fails, or nothing can be loaded.
ENDS = {0: "survived", 1: "noticed", 2: "noticed", 3: "noticed"}
BY_CHANCE = "demo"  # what it makes is neither right nor wrong
# Nothing of the program runs in these, or it does so for minutes.
APART = {"bench", "browser", "clients", "deploy", "federate", "fuzz", "laboratory", "mutants", "peers"}


def main() -> None:
    """Print the faults that nobody noticed: some change nothing, so each is for somebody to look at."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="pieloop-mutants-") as made:
        copy = Path(made) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        found = Found(Path(made) / "found" if asked.faults == KNOWN else KEPT / _kept_as(asked))
        trials = _thought_of(copy, asked) if asked.faults else _at_random(copy, asked)
        _try(copy, trials, found)
    _report(trials)


def _kept_as(asked: argparse.Namespace) -> str:
    """Return under which name it is kept what came of a sample, or of the faults of a file."""
    return f"tried-{asked.faults.stem if asked.faults else asked.seed}.jsonl"


def _try(copy: Path, trials: list[Trial], found: Found) -> None:
    """Try what is not known yet: in forks, and what shows only when a module is loaded in processes of its own."""
    _look_up(trials, found)
    _in_forks(copy, [trial for trial in trials if trial.tests and not trial.word], found)
    _look_up(trials, found)
    for trial in trials:
        if trial.word == "elsewhere" or (trial.word == "survived" and trial.loading and not trial.by):
            trial.word, trial.by = _by_itself(copy, trial), "by itself"
            print(f"{trial.word:11} {trial.by}  {trial.fault}", flush=True)
            found.add(trial)


def _look_up(trials: list[Trial], found: Found) -> None:
    lines = found.lines()
    for trial in trials:
        trial.read(lines)


def _report(trials: list[Trial]) -> None:
    noticed = [trial for trial in trials if trial.word in NOTICED]
    for trial in trials:
        if trial not in noticed:
            print(f"{trial.word or 'no tests':11} {trial.fault}  ({len(trial.tests)} tests)")
    print(f"{len(noticed)} of {len(trials)} were noticed, {len(noticed) / max(len(trials), 1):.1%}.")


def _thought_of(copy: Path, asked: argparse.Namespace) -> list[Trial]:
    trials, faults = [], known_faults(asked.faults)
    choosing = None if all(one.test for one in faults) else _Choosing(copy, asked)
    for one in faults:
        try:
            fault, before = one.fault(copy), (copy / one.path).read_bytes()
        except (ValueError, FileNotFoundError) as error:
            print(f"moved     {one.what}: {error}")
            continue
        if choosing and not one.test:
            trials.append(choosing.trial(fault, one.what))
        else:
            found = {"fault": f"{fault.path}:{one.what}", "source": digest(before), "tests": one.test}
            tests = [(one.test, KNOWN_LASTS)]
            trials.append(Trial(fault, fault.applied_to(before), tests, loading=True, found=found))
    return trials


def _at_random(copy: Path, asked: argparse.Namespace) -> list[Trial]:
    print(f"seed {asked.seed}", flush=True)
    choosing = _Choosing(copy, asked)
    return [choosing.trial(fault, name) for name, fault in _sample(copy, asked)]


class _Choosing:
    """Chooses tests for faults."""

    def __init__(self, copy: Path, asked: argparse.Namespace) -> None:
        found = [file.relative_to(copy) for file in _files(copy, asked.tests, "test_*.py")]
        self._copy = copy
        self._files = [str(file) for file in found if APART.isdisjoint(file.parts)]
        self._known = _learnt(copy, self._files, asked)

    def trial(self, fault: Fault, name: str) -> Trial:
        """Return a fault with the tests that may notice it."""
        source = (self._copy / fault.path).read_bytes()
        statement = statement_at(str(fault.path), ast.parse(source), fault.line)
        loading = statement is None or statement in self._known.loading
        tests = self._known.of(str(fault.path), statement, self._files)
        files = sorted({test.partition("::")[0] for test, _ in tests})
        found = {
            "fault": f"{fault.path}:{name}",
            "source": digest(source),
            "tests": digest([[test for test, _ in tests], list(names_of(self._copy, files).values())]),
        }
        return Trial(fault, fault.applied_to(source), tests, loading, found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", default=["service", "workers"], help="modules or folders of the program"
    )
    parser.add_argument("--tests", nargs="+", default=["tests"], help="tests that may notice")
    parser.add_argument("--number", type=int, default=20, help="faults, at random; 0: all")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), help="the same one gives the same faults"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that learn what tests reach")
    parser.add_argument(
        "--seconds", type=float, default=80, help="of the tests for one fault, as they were recorded"
    )
    parser.add_argument(
        "--hurry", action="store_true", help="learn only of new files of tests, not of those that changed"
    )
    thought_of = parser.add_mutually_exclusive_group()
    thought_of.add_argument(
        "--known", action="store_const", dest="faults", const=KNOWN, help="those of known.toml instead"
    )
    thought_of.add_argument("--faults", type=Path, help="those of another file like it")
    return parser.parse_args()


def _sample(copy: Path, asked: argparse.Namespace) -> list[tuple[str, Fault]]:
    """Return faults at random, with their names: most of them stay the same while other code changes."""
    faults = [
        (name, fault)
        for path in _files(copy, asked.modules, "*.py")
        if BY_CHANCE not in path.parts
        for name, fault in _named(faults_of(path.relative_to(copy), path.read_bytes()))
    ]
    faults.sort(key=lambda one: digest([asked.seed, str(one[1].path), one[0]]))
    return faults[: asked.number or None]


def _named(faults: Iterable[Fault]) -> Iterator[tuple[str, Fault]]:
    """Yield a module's faults with what tells each from its others: what it does, and where it is one of several."""
    seen: Counter[str] = Counter()
    for fault in faults:
        seen[fault.what] += 1
        yield f"{fault.what} #{seen[fault.what]}", fault


def _files(root: Path, places: list[str], pattern: str) -> list[Path]:
    found: list[Path] = []
    for place in (root / name for name in places):
        found += sorted(place.rglob(pattern)) if place.is_dir() else [place]
    return found


def _learnt(copy: Path, files: list[str], asked: argparse.Namespace) -> Known:
    """Run the tests of which nothing is known, and return what is known now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = names_of(copy, files)
    if asked.hurry:
        kept |= {file: name for file in kept if (name := latest_of(KEPT, file))}
    if missing := [file for file, name in kept.items() if not (KEPT / name).exists()]:
        print(f"learning what {len(missing)} files of tests reach ...", flush=True)
        how = ["-p", "tests.mutants.touching", "-n", str(asked.workers), "--dist", "loadfile"]
        _pytest(copy, [*how, *missing], {"TOUCHED": str(KEPT)}, None)
    return Known(KEPT, kept, asked.seconds)


def _in_forks(copy: Path, trials: list[Trial], found: Found) -> None:
    """Try faults one after another, and print and note what came of each."""
    if not trials:
        return
    place = copy / "faults"
    place.write_text(
        "".join(
            json.dumps(
                {"path": str(trial.fault.path), "after": trial.after.decode(), "tests": trial.tests}
                | {"said": str(trial.fault), "found": trial.found}
            )
            + "\n"
            for trial in trials
        ),
        encoding="utf-8",
    )
    files = sorted({test.partition("::")[0] for trial in trials for test, _ in trial.tests})
    environ = {"TRIED": str(place), "FOUND": str(found.place)}
    _pytest(copy, ["-n", "0", "-s", "-p", "tests.mutants.trying", *files], environ, None, shown=True)


def _by_itself(copy: Path, trial: Trial) -> str:
    """Try a fault in a new process, which loads the module with it."""
    path = copy / trial.fault.path
    before = path.read_bytes()
    path.write_bytes(trial.after)
    tests = trial.tests[:AT_ONCE]
    limit = LEAST + PATIENCE * sum(seconds for _, seconds in tests)
    try:
        ended = _pytest(copy, ["-n", "0", "-x", *(test for test, _ in tests)], {}, limit)
    finally:
        path.write_bytes(before)
    return ENDS.get(ended, "went wrong")


def _pytest(
    copy: Path, arguments: list[str], environ: dict[str, str], seconds: float | None, shown: bool = False
) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environ
    out = None if shown else subprocess.DEVNULL
    try:
        return subprocess.run(
            command, cwd=copy, env=environ, stdout=out, stderr=out, timeout=seconds
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


if __name__ == "__main__":
    main()
