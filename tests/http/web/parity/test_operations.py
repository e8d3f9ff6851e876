"""Whatever the API lets a person do, a page of the site does too: all that operations.toml has is done here."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.databases import connect
from tests.http.web.filling import Form
from tests.http.web.parity.addresses import doors
from tests.http.web.visitor import Page, Visitor
from tests.http.web.whole_site import People, people, picture

__all__ = ["people"]

TABLE = tomllib.loads(Path(__file__).with_name("operations.toml").read_text(encoding="utf-8"))
API = "/api/alpha"
PICTURE = "@picture"


class Read(msgspec.Struct, forbid_unknown_fields=True):
    """Where somebody reads what the API answers.

    Attributes:
        by: Who does, one of the fixture's people.
        at: The page's address.
        shows: Words of it.
    """

    by: str
    at: str
    shows: str


class Deed(msgspec.Struct, forbid_unknown_fields=True):
    """Where and how somebody does what the API does.

    Attributes:
        by: Who does, one of the fixture's people.
        at: The page's address.
        form: Where its form or button sends to; `*` is any number.
        changes: What is another afterwards, as SQL without SELECT.
        fill: What is filled in, by field.
    """

    by: str
    at: str
    form: str
    changes: str
    fill: dict[str, str] = {}


READS = msgspec.convert(TABLE["read"], dict[str, Read])
DEEDS = msgspec.convert(TABLE["do"], dict[str, Deed])


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


@pytest.mark.slow
async def test_each_can_be_read_or_done_in_the_browser(people: People, database_url: str) -> None:
    faults = [
        f"{name}: {one.at} does not show “{one.shows}” to the {one.by}"
        for name, one in READS.items()
        if one.shows not in await _words(people[one.by], one.at)
    ]
    database = await connect(database_url)
    try:
        for name, deed in DEEDS.items():
            if fault := await _fault(people[deed.by], deed, database):
                faults.append(f"{name}: {fault}")
    finally:
        await database.close()
    assert not faults, "\n".join(faults)


async def _words(visitor: Visitor, path: str) -> str:
    """What a page shows, and reads out, with single spaces; or where it leads."""
    page = await visitor.get(path)
    labels = [attributes.get("aria-label", "") for _, attributes in page.tags]
    return page.location or " ".join(f"{page.text} {' '.join(labels)}".split())


async def _fault(visitor: Visitor, deed: Deed, database: Any) -> str:
    """Do it as somebody with a browser does; say what is wrong."""
    page = await visitor.get(deed.at)
    wanted = re.compile(re.escape(deed.form).replace(r"\*", r"\d+"))
    action = next((one for one in offered(page) if wanted.fullmatch(one)), None)
    if action is None:
        return f"{deed.at} ({page.status}) offers the {deed.by} no form that is sent to {deed.form}"
    before = await database.fetchval(f"SELECT {deed.changes}")
    answer = await _send(visitor, page, action, deed.fill)
    if answer.status >= 400:
        return f"{answer.status} from {action}: {' '.join(answer.text.split())[:300]}"
    if await database.fetchval(f"SELECT {deed.changes}") == before:
        return f"{action} leaves {deed.changes} as it was: {before}"
    return ""


def offered(page: Page) -> list[str]:
    """Where the forms and buttons of a page send to."""
    forms = [
        attributes["action"]
        for tag, attributes in page.tags
        if tag == "form" and attributes.get("method") == "post" and attributes.get("id") != "act"
    ]
    return forms + [attributes["formaction"] for _, attributes in page.tags if "formaction" in attributes]


async def _send(visitor: Visitor, page: Page, action: str, fill: dict[str, str]) -> Page:
    """Fill the form in, or press the button; a page that leads on to another form asks first."""
    files = [field for field, value in fill.items() if value == PICTURE]
    words: dict[str, Any] = {field: value for field, value in fill.items() if value != PICTURE}
    if files:
        words |= {"image": picture((1, 2, 3)), "field": files[0]}
    if any(tag == "form" and attributes.get("action") == action for tag, attributes in page.tags):
        return await Form(page, action).send(visitor, **words)
    return await visitor.send(action, **words)
