"""An engine as reads use it: without a transaction where that can be, and without a way to change rows."""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine

from service.storage.kept_rows import OPTION, KeptRows

CHANGES_ROWS = re.compile(
    r"\b(insert\s+into|delete\s+from|merge\s+into|truncate|update\s+[\w.\"]+\s+(as\s+\w+\s+)?set|for\s+(no\s+key\s+)?update)\b",
    re.IGNORECASE,
)


class WriteInRead(RuntimeError):
    """A statement within `read()` would change or lock rows: there is no transaction to undo it or to keep the lock."""


def for_reading(engine: AsyncEngine, keep: float) -> AsyncEngine:
    """Return the engine as reads use it: without a transaction, whose begin and end are two round trips more.

    Without a pool of ours PgBouncer may stand in between, and only a transaction keeps to one of its connections: a
    statement would be prepared on one and carried out on another.

    Parameters:
        keep: seconds for which rows that many requests show are kept; see `kept_rows`.
    """
    straight = not isinstance(engine.pool, NullPool)
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if straight else {}
    reader = engine.execution_options(**options, **{OPTION: KeptRows(keep)})

    @event.listens_for(reader.sync_engine, "before_cursor_execute")
    def refuse_to_write(_: Any, __: Any, statement: str, *___: Any) -> None:
        if _changes_rows(statement):
            raise WriteInRead("A statement within read() would change or lock rows.")

    return reader


@lru_cache(maxsize=1024)  # far more than there are statements, whose texts are made once
def _changes_rows(statement: str) -> bool:
    return CHANGES_ROWS.search(statement) is not None
