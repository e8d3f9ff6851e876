"""Watches what a whole run of tests writes: no column is NULL that pyfedi's own rows never have NULL.

    python -m pytest -n 0 -p tests.watched tests/federation tests/workers tests/http/web

It costs a trigger for each row that is inserted, so it is no part of every run.
"""

from collections import defaultdict

import asyncpg
import pytest

from tests import kept_database
from tests.filled import MAY_BE_NULL, seen, watch
from tests.kept_database import KeptDatabase

# Columns that were NULL, with tests in which they were, and all tables that were written to.
FOUND: dict[str, set[str]] = defaultdict(set)
WRITTEN: set[str] = set()

copy, put_back, drop = KeptDatabase._copy, KeptDatabase._put_back, KeptDatabase.drop
latest = [""]


async def _copy_watched(database: KeptDatabase) -> None:
    await copy(database)
    assert database._connection is not None
    await watch(database._connection)
    database._facts = await database._connection.fetchrow(kept_database.FACTS)


async def _look_and_put_back(database: KeptDatabase) -> bool:
    await _look(database)
    return await put_back(database)


async def _look_and_drop(database: KeptDatabase) -> None:
    await _look(database)
    await drop(database)


async def _look(database: KeptDatabase) -> None:
    if database._connection is None or database._connection.is_closed():
        return
    try:
        nulls, written = await seen(database._connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # a test may have broken what it liked
        return
    WRITTEN.update(written)
    for column in nulls - MAY_BE_NULL:
        FOUND[column].add(latest[0])
    await database._connection.execute("TRUNCATE watched.nulls")


def pytest_configure() -> None:
    """Watch every database that tests write to."""
    KeptDatabase._copy = _copy_watched  # type: ignore[method-assign,assignment]
    KeptDatabase._put_back = _look_and_put_back  # type: ignore[method-assign,assignment]
    KeptDatabase.drop = _look_and_drop  # type: ignore[method-assign,assignment]


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Remember which test it was: what it wrote is looked at before the next."""
    latest[0] = item.nodeid


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was found."""
    terminalreporter.section(f"rows were inserted into {len(WRITTEN)} shared tables")
    for column in sorted(FOUND):
        terminalreporter.write_line(f"{column} was NULL: {', '.join(sorted(FOUND[column])[:3])}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if a column was NULL."""
    if FOUND and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
