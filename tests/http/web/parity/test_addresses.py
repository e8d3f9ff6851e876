"""Whoever follows a link to PieFed's pages arrives: addresses.toml says where, or why not."""

import re
import tomllib
from pathlib import Path

from sqlalchemy import select

from service.http.application import Application
from service.http.web.moved import MOVED
from service.storage.tables import User
from tests.http.web.parity.addresses import example, taker
from tests.http.web.visitor import Visitor
from tests.serving import held_by

TABLE = tomllib.loads(Path(__file__).with_name("addresses.toml").read_text(encoding="utf-8"))
TO_COME = TABLE["to_come"]["addresses"]


def test_every_address_stands_in_the_table_once() -> None:
    named = [*TABLE["here"], *TABLE["moved"], *TABLE["absent"], *TO_COME]
    assert len(named) == len(set(named)) == 316


def test_what_is_here_has_a_page() -> None:
    taken = {pattern: taker(example(pattern)) for pattern in TABLE["here"]}
    assert {pattern: rule.rule if rule else None for pattern, rule in taken.items()} == TABLE["here"]
    assert not [pattern for pattern, rule in taken.items() if rule and rule.endpoint.startswith("moved.")]


def test_what_is_elsewhere_is_led_there_and_only_that() -> None:
    taken = {pattern: taker(path) for pattern, path in TABLE["moved"].items()}
    assert not [
        pattern for pattern, rule in taken.items() if not rule or not rule.endpoint.startswith("moved.")
    ]
    assert {rule.rule for rule in taken.values() if rule} == MOVED.keys()


def test_what_has_come_is_no_longer_to_come_or_absent() -> None:
    assert not [pattern for pattern in (*TO_COME, *TABLE["absent"]) if taker(example(pattern))]
    assert not TO_COME, "every address has its page, its way or its reason"


def test_every_way_leads_to_a_page() -> None:
    for pattern, ours in MOVED.items():
        rule = taker(
            re.sub(r"\{(\w+)\}", lambda found: "1" if "_id" in found[1] or found[1] == "to" else "x", ours)
        )
        assert rule, f"{pattern} leads to {ours}"
        assert not rule.endpoint.startswith("moved."), pattern


async def test_the_way_is_shown_for_good_with_what_was_asked(app: Application, founder: Visitor) -> None:
    async with held_by(app).database.read() as db:
        ana = await db.scalar(select(User.id).where(User.user_name == "ana"))
    for path, ours in (
        ("/login?next=/chat", "/auth/login?next=/chat"),
        ("/bookmarks/comments?page=2", "/bookmarks?show=comments&page=2"),
        ("/community/community/1/edit", "/community/cats/edit"),
        (f"/user/{ana}", "/u/ana"),
        ("/user/lookup/ana/far.example", "/u/ana@far.example"),
        ("/post/1/", "/post/1"),
        ("/c/../x/lookup", None),
        ("/user/4711", None),
        ("/community/lookup/%0d%0aX:%20y/far.example", "/c/%0D%0AX%3A%20y@far.example"),
        ("/community/lookup/%5C%5Cevil/far.example", "/c/%5C%5Cevil@far.example"),
    ):
        answer = await founder.get(path)
        assert (answer.status, answer.location) == ((308, ours) if ours else (404, "")), path
