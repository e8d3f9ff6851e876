"""The new account is found by WebFinger, and what it signs is verified by the key that its actor publishes."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select

from service.http.application import Application
from service.storage.tables import User
from tests.private_registration.caller import Caller
from tests.servers import DOMAIN
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

ACTIVITY = "application/activity+json"
ACCEPTED = (
    ACTIVITY,
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    f"{ACTIVITY}, application/ld+json, application/json;q=0.5",
)
ACTOR = f"https://{DOMAIN}/u/carol"


@pytest.fixture
async def carol(caller: Caller) -> int:
    made = await caller.register("Carol", display_name="Carol C", bio="Likes *cats*")
    account_id: int = made["user_id"]
    return account_id


@pytest.mark.parametrize(
    "resource",
    [
        f"acct:Carol@{DOMAIN}",
        f"acct:carol@{DOMAIN}",
        f"carol@{DOMAIN}",
        f"acct:CAROL@{DOMAIN.upper()}",
        ACTOR,
        f"https://{DOMAIN}/u/Carol",
    ],
)
async def test_webfinger_leads_to_the_actor(client: Browser, carol: int, resource: str) -> None:
    answer = await client.get("/.well-known/webfinger", query_string={"resource": resource})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/jrd+json")
    body = await answer.get_json(force=True)
    assert body["subject"] == f"acct:Carol@{DOMAIN}"
    [link] = [link for link in body["links"] if link["rel"] == "self"]
    assert (link["type"], link["href"]) == (ACTIVITY, ACTOR)
    assert link["properties"] == {"https://www.w3.org/ns/activitystreams#type": "Person"}
    actor = await client.get(link["href"].removeprefix(f"https://{DOMAIN}"), headers={"Accept": ACTIVITY})
    assert (await actor.get_json(force=True))["id"] == link["href"]


@pytest.mark.parametrize("accept", ACCEPTED)
async def test_the_actor_verifies(app: Application, client: Browser, carol: int, accept: str) -> None:
    answer = await client.get("/u/carol", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, ACTIVITY)
    assert "Accept" in answer.headers["Vary"]
    actor = await answer.get_json(force=True)
    assert (actor["id"], actor["type"], actor["preferredUsername"]) == (ACTOR, "Person", "Carol")
    assert (actor["name"], actor["inbox"]) == ("Carol C", f"{ACTOR}/inbox")
    assert "<em>cats</em>" in actor["summary"]
    key = actor["publicKey"]
    assert (key["id"], key["owner"]) == (f"{ACTOR}#main-key", ACTOR)
    async with held_by(app).database.read() as db:
        private_pem = (await db.execute(select(User.private_key).where(User.id == carol))).scalar_one()
    assert private_pem is not None
    private = load_pem_private_key(private_pem.encode(), password=None)
    public = load_pem_public_key(key["publicKeyPem"].encode())
    assert isinstance(private, RSAPrivateKey)
    assert isinstance(public, RSAPublicKey)
    signature = private.sign(b"(request-target): post /inbox", padding.PKCS1v15(), SHA256())
    public.verify(signature, b"(request-target): post /inbox", padding.PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"(request-target): post /other", padding.PKCS1v15(), SHA256())


async def test_people_get_the_page(client: Browser, carol: int) -> None:
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", ""):
        answer = await client.get("/u/Carol", headers={"Accept": accept} if accept else {})
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Accept" in answer.headers["Vary"]


async def test_the_outbox_is_there(client: Browser, carol: int) -> None:
    actor = await (await client.get("/u/carol", headers={"Accept": ACTIVITY})).get_json(force=True)
    answer = await client.get(actor["outbox"].removeprefix(f"https://{DOMAIN}"))
    assert (await answer.get_json(force=True))["totalItems"] == 0


NOBODY = (
    ("", 400),
    ("carol", 400),
    (f"acct:@{DOMAIN}", 400),
    ("acct:carol@", 400),
    ("https://[", 400),
    ("%00", 400),
    ("acct:nobody@" + DOMAIN, 404),
    (f"acct:!carol@{DOMAIN}", 404),
    (f"acct:~carol@{DOMAIN}", 404),
    (f"acct:car\x00l@{DOMAIN}", 404),
    ("acct:carol@elsewhere.example", 404),
    (f"acct:carol@{DOMAIN}@elsewhere.example", 404),
    (f"https://{DOMAIN}/c/carol", 404),
    (f"https://{DOMAIN}/u/carol/outbox", 404),
    (f"https://{DOMAIN}/", 404),
    ("https://elsewhere.example/u/carol", 404),
)


async def test_nobody_is_nobody(client: Browser, carol: int) -> None:
    for resource, status in NOBODY:
        answer = await client.get("/.well-known/webfinger", query_string={"resource": resource})
        assert answer.status_code == status, resource
    assert (await client.get("/u/nobody", headers={"Accept": ACTIVITY})).status_code == 404


async def test_an_account_out_of_standing_is_no_actor(client: Browser, caller: Caller, carol: int) -> None:
    async def status() -> int:
        resource = {"resource": f"acct:carol@{DOMAIN}"}
        found = await client.get("/.well-known/webfinger", query_string=resource)
        actor = await client.get("/u/carol", headers={"Accept": ACTIVITY})
        assert found.status_code == actor.status_code
        return actor.status_code

    for action, back in (("disable", "enable"), ("ban", "unban")):
        await caller.call("POST", f"/user/{carol}/{action}", {})
        assert await status() == 404
        await caller.call("POST", f"/user/{carol}/{back}", {})
        assert await status() == 200
    await caller.call("DELETE", f"/user/{carol}")
    assert await status() == 410
