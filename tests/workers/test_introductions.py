"""Servers say what they run and who administers them; what is no answer leaves everything open."""

import json
from datetime import timedelta
from typing import Any

import pytest

from service.federation.introductions import Introduction, introduction_of
from service.federation.receive.actors import note_software
from service.forum.instances.queries import instances_to_meet
from service.storage.clock import utcnow
from service.storage.tables import Instance
from service.storage.transaction import Database
from tests.federation.network import client, peer
from tests.forum.making import add
from tests.outbound.servers import replies

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


def answers(body: Any) -> Any:
    return replies(json.dumps(body).encode(), content_type="application/json")


async def introduced(documents: dict[str, Any]) -> Introduction:
    async with peer() as running, client() as opened:
        for path, body in documents.items():
            text = json.dumps(body).replace("HERE", running.id("").rstrip("/"))
            running.answers[path] = answers(json.loads(text))
        found = await introduction_of(opened, running.id("").removeprefix("http://").rstrip("/"), "http")
        here = running.id("").rstrip("/")
        return Introduction(
            software=found.software,
            version=found.version,
            nodeinfo=found.nodeinfo.replace(here, "HERE"),
            administrators=tuple(one.replace(here, "HERE") for one in found.administrators),
        )


async def test_a_server_says_what_it_runs_and_who_administers_it() -> None:
    links = [{"rel": f"{SCHEMA}2.{minor}", "href": f"HERE/nodeinfo/2.{minor}"} for minor in (0, 1)]
    found = await introduced(
        {
            "/.well-known/nodeinfo": {"links": links},
            "/nodeinfo/2.1": {"software": {"name": "lemmy", "version": "1.0.0"}},
            "/api/v3/site": {
                "admins": [
                    {"person": {"actor_id": "HERE/u/ana"}},
                    {"person": {"actor_id": "HERE/u/ana"}},
                    {"person": {"actor_id": "https://elsewhere.example/u/ben"}},
                ]
            },
        }
    )
    assert found == Introduction(
        software="lemmy", version="1.0.0", nodeinfo="HERE/nodeinfo/2.1", administrators=("HERE/u/ana",)
    )


@pytest.mark.parametrize(
    "documents",
    [
        {},
        {"/.well-known/nodeinfo": [], "/api/v3/site": 1},
        {"/.well-known/nodeinfo": {"links": 1}, "/api/v3/site": {"admins": {"person": 1}}},
        {"/.well-known/nodeinfo": {"links": [1, {"rel": 1}, {"rel": f"{SCHEMA}2.0", "href": 1}]}},
        {"/.well-known/nodeinfo": {"links": [{"rel": f"{SCHEMA}2.0", "href": "https://a.example/n"}]}},
        {"/api/v3/site": {"admins": [1, {"person": 1}, {"person": {"actor_id": ["HERE/u/ana"]}}]}},
    ],
)
async def test_what_is_no_answer_leaves_everything_open(documents: dict[str, Any]) -> None:
    assert await introduced(documents) == Introduction()


async def test_whom_nobody_knows_is_asked_at_once_and_the_others_from_time_to_time(
    database: Database,
) -> None:
    now, day = utcnow(), timedelta(days=1)
    met = {
        "created_at": now - 90 * day,
        "nodeinfo_href": "https://here.example/nodeinfo/2.0",
        "software": "lemmy",
    }
    silent = met | {"nodeinfo_href": None, "software": ""}
    rows: dict[str, dict[str, Any]] = {
        "new": {"created_at": now, "updated_at": now},
        "known": met | {"updated_at": now - 6 * day},
        "known for long": met | {"updated_at": now - 8 * day},
        "silent": silent | {"updated_at": now - day / 2},
        "silent for long": silent | {"updated_at": now - 2 * day},
        "unknown to PieFed": silent | {"updated_at": now - day / 2, "software": "unknown"},
        "gone": silent | {"updated_at": now - 9 * day, "gone_forever": True},
    }
    await add(database, *(Instance(domain=name, **values) for name, values in rows.items()))
    async with database.read() as db:
        asked = await instances_to_meet(db, older_than=7 * day, silent_for=day, most=10)
    assert asked == ["unknown to PieFed", "silent for long", "known for long", "new"]
    await database.write(note_software, "unknown to PieFed", "", "", "")
    async with database.read() as db:
        again = await instances_to_meet(db, older_than=7 * day, silent_for=day, most=10)
    assert "unknown to PieFed" not in again
