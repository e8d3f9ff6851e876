"""Whatever the API lets a person do, a page of the site does too: operations.toml says which."""

import tomllib
from pathlib import Path

from tests.http.web.parity.addresses import doors, patterns

TABLE = tomllib.loads(Path(__file__).with_name("operations.toml").read_text(encoding="utf-8"))
API = "/api/alpha"


def test_every_operation_stands_in_the_table_once() -> None:
    operations = {
        f"{method} {rule.rule.removeprefix(API)}"
        for rule in doors().iter_rules()
        if rule.rule.startswith(API + "/") and not rule.rule.startswith(API + "/api")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    named = [operation for section in TABLE.values() for operation in section]
    assert len(named) == len(set(named))
    assert set(named) == operations


def test_what_it_names_is_there() -> None:
    pages, forms = patterns("GET"), patterns("POST")
    assert not set(TABLE["read"].values()) - pages
    assert not {page for page, _ in TABLE["do"].values()} - pages
    assert not {form for _, form in TABLE["do"].values()} - forms


def test_what_has_come_is_no_longer_to_come() -> None:
    assert not set(TABLE["to_come"].values()) & (patterns("GET") | patterns("POST"))
    assert len(TABLE["to_come"]) <= 6
