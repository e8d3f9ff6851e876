"""The list of columns that pyfedi's rows never have NULL says what a real database of its own says."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.filled import FILLED, MAY_BE_NULL
from tests.http.api import recorded

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "pyfedi_schema.json").read_text(encoding="utf-8")
)


def test_every_listed_column_is_one() -> None:
    assert FILLED.keys() == SCHEMA.keys()
    for table, columns in FILLED.items():
        assert set(columns) <= SCHEMA[table]["columns"].keys(), table
    assert {tuple(name.split(".")) for name in MAY_BE_NULL} <= {
        (table, column) for table, columns in FILLED.items() for column in columns
    }


@pytest.mark.skipif(
    not recorded.KEPT.exists(), reason="the rows of a real pyfedi are not beside the repository"
)
def test_the_list_is_what_its_rows_and_its_schema_say() -> None:
    filled: dict[str, set[str]] = {}
    for name, columns, rows in recorded.copied():
        lines = [row.split(b"\t") for row in rows.splitlines()]
        if lines:
            filled[name.removeprefix("public.").strip('"')] = {
                column for place, column in enumerate(columns) if all(line[place] != b"\\N" for line in lines)
            }
    for table, facts in SCHEMA.items():
        wanted = {
            column
            for column, (_, required, default) in facts["columns"].items()
            if column in filled.get(table, ()) or required or default is not None
        }
        assert set(FILLED[table]) == wanted, table
