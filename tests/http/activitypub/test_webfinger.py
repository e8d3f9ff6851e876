"""WebFinger finds what everybody may see, and nothing else."""

from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service.http.application import Application
from service.storage.tables import Community, Feed, Site, User
from tests.http.api.app_client import App
from tests.http.people import Person, app_of
from tests.servers import DOMAIN
from tests.serving import held_by

AS_TYPE = "https://www.w3.org/ns/activitystreams#type"
PLACE, COLLECTION = f"https://{DOMAIN}/c/place_of_ana", f"https://{DOMAIN}/f/animals"
FOUND = {
    f"acct:place_of_ana@{DOMAIN}": ("Group", PLACE),
    f"acct:!place_of_ana@{DOMAIN}": ("Group", PLACE),
    f"acct:Place_Of_Ana@{DOMAIN.upper()}": ("Group", PLACE),
    PLACE: ("Group", PLACE),
    f"acct:~animals@{DOMAIN}": ("Feed", COLLECTION),
    f"acct:animals@{DOMAIN}": ("Feed", COLLECTION),
    COLLECTION: ("Feed", COLLECTION),
    f"acct:ana@{DOMAIN}": ("Person", f"https://{DOMAIN}/u/ana"),
}
HIDDEN: dict[str, Any] = {
    "a private community": (Community, {"private": True}, "place_of_ana"),
    "a local community": (Community, {"local_only": True}, "place_of_ana"),
    "a deleted community": (Community, {"banned": True}, "place_of_ana"),
    "a remote community": (Community, {"ap_id": "place_of_ana@elsewhere.example"}, "place_of_ana"),
    "a private feed": (Feed, {"public": False}, "animals"),
    "a deleted feed": (Feed, {"banned": True}, "animals"),
    "a banned person": (User, {"banned": True}, "ana"),
    "an unverified person": (User, {"verified": False}, "ana"),
    "anybody of a private site": (Site, {"private_instance": True}, "ana"),
}


@pytest.fixture
async def ana(app: Application, client: Browser) -> Person:
    made = await app_of(app, client, "ana")
    await made[0].post("/feed", name="animals", title="Animals", public=True)
    return made


async def asked(client: Browser, resource: str) -> Any:
    return await client.get("/.well-known/webfinger", query_string={"resource": resource})


@pytest.mark.scenario(1, 2)
async def test_people_communities_and_feeds_are_found(client: Browser, ana: Person) -> None:
    for resource, (kind, actor) in FOUND.items():
        answer = await asked(client, resource)
        assert answer.status_code == 200, resource
        assert answer.headers["Content-Type"].startswith("application/jrd+json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        [link] = [link for link in (await answer.get_json(force=True))["links"] if link["rel"] == "self"]
        assert link["href"] == actor, resource
        assert link["properties"] == {AS_TYPE: kind}


@pytest.mark.scenario(2)
async def test_a_name_of_several_finds_the_person_first(
    app: Application, client: Browser, ana: Person
) -> None:
    database = held_by(app).database
    await database.write(
        lambda session: session.execute(update(Community).values(name="ana", ap_public_url=None))
    )
    body = await (await asked(client, f"acct:ana@{DOMAIN}")).get_json(force=True)
    kinds = [link["properties"][AS_TYPE] for link in body["links"] if link["rel"] == "self"]
    assert (kinds, body["subject"]) == (["Person", "Group"], f"acct:ana@{DOMAIN}")
    body = await (await asked(client, f"acct:!ana@{DOMAIN}")).get_json(force=True)
    assert [link["properties"][AS_TYPE] for link in body["links"] if link["rel"] == "self"] == ["Group"]


@pytest.mark.scenario(3)
async def test_what_is_no_question_is_refused_and_what_is_unknown_is_nowhere(
    client: Browser, ana: Person
) -> None:
    for resource, status in {
        f"acct:nobody@{DOMAIN}": 404,
        f"acct:!nowhere@{DOMAIN}": 404,
        f"https://{DOMAIN}/u/nobody": 404,
        "acct:ana@elsewhere.example": 404,
        "https://elsewhere.example/u/ana": 404,
        f"https://{DOMAIN}/x/ana": 404,
        f"https://{DOMAIN}/u/": 404,
        f"https://{DOMAIN}/u/ana/more": 404,
        "": 400,
        "https://[::1/u/ana": 400,
        "ana": 400,
    }.items():
        assert (await asked(client, resource)).status_code == status, resource
    assert (await client.get("/.well-known/webfinger")).status_code == 400


async def test_the_server_itself_is_found(client: Browser) -> None:
    for resource in (f"acct:{DOMAIN}@{DOMAIN}", f"https://{DOMAIN}/actor"):
        body = await (await asked(client, resource)).get_json(force=True)
        [link] = [link for link in body["links"] if link["rel"] == "self"]
        assert (link["href"], link["properties"][AS_TYPE]) == (f"https://{DOMAIN}/actor", "Application")
    meta = await client.get("/.well-known/host-meta")
    assert meta.headers["Content-Type"].startswith("application/xrd+xml")
    assert "/.well-known/webfinger?resource={uri}" in await meta.get_data(as_text=True)


async def test_they_are_led_where_something_can_be_done(client: Browser, ana: Person) -> None:
    for resource, rel, template in (
        (f"acct:ana@{DOMAIN}", "Create", f"https://{DOMAIN}/share?url={{object}}"),
        (PLACE, "Follow", "{object}/subscribe"),
    ):
        links = (await (await asked(client, resource)).get_json(force=True))["links"]
        assert {"rel": f"https://w3id.org/fep/3b86/{rel}", "template": template} in links


@pytest.mark.parametrize("kind", HIDDEN)
async def test_what_is_not_for_everybody_is_not_found(
    app: Application, client: Browser, ana: Person, kind: str
) -> None:
    table, values, name = HIDDEN[kind]
    database = held_by(app).database
    await database.write(lambda session: session.execute(update(table).values(**values)))
    assert (await asked(client, f"acct:{name}@{DOMAIN}")).status_code == 404


async def test_the_name_of_private_votes_leads_nowhere(
    app: Application, client: Browser, ana: Person
) -> None:
    hidden = "8e946b1ed0e56a4b"
    database, person = held_by(app).database, ana[0]
    await database.write(lambda session: session.execute(update(User).values(alt_user_name=hidden)))
    assert (await asked(client, f"acct:{hidden}@{DOMAIN}")).status_code == 404
    for path in (f"/u/{hidden}", f"/u/{hidden}/outbox", f"/u/{hidden}/feed"):
        for accepted in ("text/html", "application/activity+json"):
            assert (await client.get(path, headers={"Accept": accepted})).status_code == 404, path
    for app_ in (App(client), person):
        assert (await app_.get("/search", q=hidden, type_="Users"))["users"] == []
        assert (await app_.get("/suggest_completion", q=f"@{hidden}"))["result"] == []
        for q in (f"@{hidden}@{DOMAIN}", f"https://{DOMAIN}/u/{hidden}"):
            with pytest.raises(AssertionError, match="No object found"):
                await app_.get("/resolve_object", q=q)
