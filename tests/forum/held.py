"""What an operation holds until its transaction ends, so that nobody else decides about the same at that time.

Found out as others do who come at that moment: which rows they could lock, on a connection of their own. What an
operation writes to it holds anyway; this is about the rest, and about names.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from service.storage import locking
from tests.forum.effects import TABLES, Rows, as_rows, named

# Conflicts with FOR UPDATE and FOR NO KEY UPDATE, not with what holds a row that another refers to.
FREE = "WITH {} {}".format(
    ", ".join(
        f'free_{number} AS MATERIALIZED (SELECT * FROM {table.schema or "public"}."{table.name}" FOR SHARE SKIP LOCKED)'
        for number, table in enumerate(TABLES)
    ),
    " UNION ALL ".join(
        f"SELECT {number}, to_jsonb(t)::text FROM free_{number} t" for number in range(len(TABLES))
    ),
)
HELD_NAMES = """
    SELECT name FROM unnest($1::text[]) name JOIN pg_locks ON locktype = 'advisory' AND granted
    AND (classid::bigint << 32 | objid::bigint) = hashtextextended(name, 0)
"""


class Beside:
    """Somebody who comes while an operation has not ended.

    Parameters:
        connection: of their own.
        names: what was locked, or should have been.
    """

    def __init__(self, connection: "asyncpg.Connection[Any]", names: set[str]) -> None:
        self._connection, self._names = connection, names

    async def finds(self, before: list[Rows], now: list[Rows]) -> set[str]:
        """Return `holds post` for each row that is held and was not changed, and `holds talk` for each such name."""
        free = as_rows((number, json.loads(row)) for number, row in await self._connection.fetch(FREE))
        found = {
            f"holds {named(table.fullname, row)}"
            for table, old, new, others in zip(TABLES, before, now, free, strict=True)
            for key, row in old.items()
            if key not in others and new.get(key) == row
        }
        held = await self._connection.fetch(HELD_NAMES, sorted(self._names))
        self._names.clear()
        return found | {f"holds {re.sub(r'[0-9]+', '#', name.removeprefix('pieloop:'))}" for (name,) in held}


@contextmanager
def names_noted() -> Iterator[set[str]]:
    """Note the names that operations want to lock."""
    names: set[str] = set()
    key_of = locking.key_of

    def noting(name: str) -> str:
        names.add(key_of(name))
        return key_of(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locking, "key_of", noting)
        yield names
