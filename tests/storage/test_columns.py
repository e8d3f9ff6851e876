"""docs/pyfedi-columns.toml says of all that PieFed stores or is told where it is read here, or why it is not."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.config import ALIASES, keys
from service.config.unheeded import SETTINGS, VARIABLES

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LISTED: dict[str, Any] = tomllib.loads((ROOT / "docs" / "pyfedi-columns.toml").read_text(encoding="utf-8"))
TABLES: dict[str, Any] = json.loads((HERE / "pyfedi_schema.json").read_text(encoding="utf-8"))
# What PieFed's source asks for: names of further settings, and variables of its .env.
NAMES: dict[str, list[str]] = json.loads((HERE / "pyfedi_settings.json").read_text(encoding="utf-8"))
# A module of ours -> what it reads.
Read = dict[str, list[str]]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_read_somewhere_or_has_a_reason(table: str) -> None:
    listed = LISTED["columns"].get(table, {})
    check_complete(TABLES[table]["columns"], listed.get("read", {}), listed.get("unread", {}))


def test_no_table_is_listed_that_there_is_not() -> None:
    assert LISTED["columns"].keys() == TABLES.keys()


def test_every_setting_is_read_somewhere_or_has_a_reason() -> None:
    listed = LISTED["settings"]
    assert {reason: tuple(names) for reason, names in listed["unread"].items()} == SETTINGS
    check_complete(NAMES["settings"], listed["read"], listed["unread"])


def test_every_variable_is_one_of_our_keys_or_has_a_reason() -> None:
    listed = LISTED["environment"]
    assert listed["read"] == ALIASES
    assert {reason: tuple(names) for reason, names in listed["unread"].items()} == VARIABLES
    assert set(ALIASES.values()) <= keys().keys()
    check_complete(NAMES["environment"], {"service/config/names.py": list(listed["read"])}, listed["unread"])


def check_complete(names: Iterable[str], read: Read, unread: dict[str, list[str]]) -> None:
    """See that each name is listed once, that modules name what they are said to read, and reasons are sentences."""
    listed = Counter(name for group in (*read.values(), *unread.values()) for name in group)
    assert listed == Counter(list(names))
    for module, said in read.items():
        assert set(said) <= words_of(module), module
    for reason in unread:
        assert re.fullmatch(r"[A-Z].{10,}\.", reason), reason


@cache
def words_of(module: str) -> frozenset[str]:
    """All words of a module of the product."""
    assert module.startswith(("service/", "workers/"))
    assert not module.startswith(("service/storage/tables/", "service/storage/migrations/"))
    return frozenset(re.findall(r"\w+", (ROOT / module).read_text(encoding="utf-8")))
