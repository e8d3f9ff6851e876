"""Which test shows which scenario: reads the marks of the tests and writes docs/federation-scenarios.md.

`python -m tests.federation.scenarios` writes it.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parent
TABLE = TESTS.parent / "docs" / "federation-scenarios.md"
FOLDERS = (HERE, *(TESTS / name for name in ("federate", "forum", "http/activitypub", "http/web", "workers")))

HEAD = """# What federation does, and the tests that show it

Written by `python -m tests.federation.scenarios` from tests/federation/scenarios.toml and the marks of the tests. Tests
outside of tests/federate run with `make test`, against peers that the test plays; those in tests/federate with
`make federate`: whole sites as processes, which talk over TLS.
"""


class Collector:
    """A plugin of pytest that keeps, for each scenario, the tests marked with it."""

    def __init__(self) -> None:
        self.tests: defaultdict[int, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("scenario"):
                for number in mark.args:
                    self.tests[number].append(_name(item))


def titles() -> dict[str, dict[int, str]]:
    """Return the scenarios by group: number and title."""
    read = tomllib.loads((HERE / "scenarios.toml").read_text(encoding="utf-8"))
    return {group: {int(number): title for number, title in of.items()} for group, of in read.items()}


def written(tests: dict[int, list[str]], missing: dict[int, str]) -> str:
    """Return the table.

    Parameters:
        tests: those that show a scenario, by its number.
        missing: why one is shown by none.
    """
    groups = titles()
    total = sum(map(len, groups.values()))
    shown = sum(number in tests for of in groups.values() for number in of)
    lines = [HEAD, f"**{shown} of {total} are shown.**"]
    for group, scenarios in groups.items():
        lines += ["", f"## {group}", "", "| | scenario | shown by |", "|---|---|---|"]
        for number, title in scenarios.items():
            by = "<br>".join(f"`{name}`" for name in sorted(set(tests.get(number, ()))))
            lines.append(f"| {number} | {title} | {by or missing.get(number, 'not yet')} |")
    return "\n".join(lines) + "\n"


def collected() -> dict[int, list[str]]:
    """Collect the tests, without running any."""
    collector = Collector()
    with redirect_stdout(StringIO()):
        pytest.main(["--collect-only", "-p", "no:cacheprovider", *map(str, FOLDERS)], plugins=[collector])
    return dict(collector.tests)


def reasons() -> dict[int, str]:
    """Return why scenarios are shown by no test."""
    read = tomllib.loads((HERE / "not_shown.toml").read_text(encoding="utf-8"))
    return {int(number): why for number, why in read.items()}


def _name(item: pytest.Item) -> str:
    path = item.path.relative_to(TESTS).as_posix()
    return f"{path}::{item.name.partition('[')[0]}"


if __name__ == "__main__":
    TABLE.write_text(written(collected(), reasons()), encoding="utf-8")
