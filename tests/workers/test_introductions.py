"""Servers say what they run and who administers them; what is no answer leaves everything open."""

import json
from typing import Any

import pytest

from service.federation.introductions import Introduction, introduction_of
from tests.federation.network import client, peer
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
