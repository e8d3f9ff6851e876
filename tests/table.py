"""A table of what the drills have seen, at the end of a run: `pytest -p tests.table`."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each drill that reported something."""
    rows = [
        (outcome, *words)
        for outcome in ("passed", "failed")
        for test in terminalreporter.getreports(outcome)
        for key, words in test.user_properties
        if key == "drill" and test.when == "call"
    ]
    if not rows:
        return
    width = max(len(row[1]) for row in rows)
    terminalreporter.section("drills")
    for outcome, name, seen in sorted(rows, key=lambda row: row[1]):
        terminalreporter.write_line(f"{'ok  ' if outcome == 'passed' else 'FAIL'} {name:<{width}}  {seen}")
