"""Wherever a row of a shared table is made, all columns are named that have no default and pyfedi never leaves NULL.

What is made of values that stand elsewhere is left to the tests that look at the rows: `tests.filled`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.storage import tables
from tests.filled import FILLED, MAY_BE_NULL

ROOT = Path(__file__).parents[2]
# Where a column is filled a line later, or from elsewhere.
LATER = {
    ("service/forum/flairs/operations.py", "CommunityFlair", "ap_id"): "it is made of the row's id",
    ("service/forum/messages/operations.py", "ChatMessage", "ap_id"): "it is made of the row's id",
    **{
        (
            "service/forum/reports/operations/filing.py",
            "Report",
            column,
        ): "`_file` fills what all reports have"
        for column in ("reasons", "description", "reporter_id", "source_instance_id", "targets")
    },
    **{
        ("service/forum/emoji/operations.py", "Emoji", column): "`save` sets all that can be changed"
        for column in ("url", "token", "category", "aliases")
    },
}
# pyfedi fills them by triggers, as we do.
BY_TRIGGER = {"search_vector"}


def _needed() -> dict[str, set[str]]:
    """The columns of each class that its rows do not get by themselves."""
    found: dict[str, set[str]] = {}
    for name, table in vars(tables).items():
        if not isinstance(table, type) or getattr(table, "__tablename__", "") not in FILLED:
            continue
        facts: Any = table
        columns = {
            one.key
            for one in facts.__mapper__.column_attrs
            for column in one.columns
            if column.name in FILLED[facts.__tablename__]
            and column.default is None
            and not column.primary_key
            and f"{facts.__tablename__}.{column.name}" not in MAY_BE_NULL
        }
        found[name] = columns - BY_TRIGGER
    return found


def _made(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The classes of which a module makes rows, each with the columns that it names in that function."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        written = _keys_in(function)
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and (name := _table_of(call)):
                names = {keyword.arg for keyword in call.keywords}
                is_whole = bool(names) and None not in names
                given = {name for name in names if name} | (set() if is_whole else written)
                if is_whole or (given and isinstance(call.func, ast.Attribute)):
                    yield name, given


def _table_of(call: ast.Call) -> str:
    """What `Table(column=...)` or `insert(Table).values(...)` makes a row of."""
    if isinstance(call.func, ast.Name):
        return call.func.id if call.keywords else ""
    made = call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr == "values" else None
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id == "insert":
        return made.args[0].id if isinstance(made.args[0], ast.Name) else ""
    return ""


def _keys_in(function: ast.AST) -> set[str]:
    """The keys of all dictionaries that are written out in a function."""
    return {
        str(key.value)
        for written in ast.walk(function)
        if isinstance(written, ast.Dict)
        for key in written.keys
        if isinstance(key, ast.Constant)
    }


def test_every_row_has_what_pyfedi_takes_for_granted() -> None:
    needed, lacking, looked_at, used = _needed(), [], 0, set()
    for folder in ("service", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            for name, given in _made(path):
                if name not in needed or not _is_of_tables(path, name):
                    continue
                looked_at += 1
                for column in sorted(needed[name] - given):
                    used.add((where, name, column))
                    if (where, name, column) not in LATER:
                        lacking.append(f"{where}: {name} without {column}")
    assert lacking == []
    assert set(LATER) <= used, "these are filled at once by now"
    assert looked_at > 60


def _is_of_tables(path: Path, name: str) -> bool:
    """Whether a module has the class from the tables, and no other of that name."""
    return any(
        isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("service.storage.tables")
        and name in {one.asname or one.name for one in node.names}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
