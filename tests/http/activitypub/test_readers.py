"""Who has to sign to be answered, and whom a private community's contents are for."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import func, select, update

from service.assembly import build_app
from service.config import Config, FederationConfig
from service.federation.signatures import cavage, messages
from service.http.application import Application
from service.storage.tables import Community, CommunityMember, Instance, User
from service.storage.transaction import Database
from tests.federation.network import CONFIG, Peer, peer
from tests.federation.signing import actor, key
from tests.forum import making
from tests.http.people import app_of
from tests.servers import DOMAIN
from tests.serving import held_by

ACTIVITY = "application/activity+json"
# The site of these tests is asked by http.
HERE = f"http://{DOMAIN}"
CONTENT = (
    "/post/1",
    "/comment/1",
    "/post/1/context",
    "/post/1/replies",
    "/comment/1/replies",
    "/c/place_of_ana/outbox",
    "/c/place_of_ana/featured",
    "/c/place_of_ana/moderators",
    "/c/place_of_ana/followers",
)
READABLE = (
    "/",
    "/actor",
    "/u/ana",
    "/c/place_of_ana",
    "/nodeinfo/2.1",
    "/.well-known/nodeinfo",
    f"/.well-known/webfinger?resource=acct:ana@{DOMAIN}",
)


@pytest.fixture
async def there() -> AsyncIterator[Peer]:
    async with peer() as running:
        yield running


@pytest.fixture
def authorized_fetch() -> bool:
    return False


@pytest.fixture
async def app(config: Config, authorized_fetch: bool) -> AsyncIterator[Application]:
    limits = msgspec.structs.replace(config.limits, enabled=False)
    federation = FederationConfig(authorized_fetch=authorized_fetch)
    app = build_app(msgspec.structs.replace(config, limits=limits, outbound=CONFIG, federation=federation))
    async with app.test_app():
        yield app


@pytest.fixture
async def database(app: Application, client: Browser) -> Database:
    """With a member's community, a post, and a comment."""
    person, place = await app_of(app, client, "ana")
    await person.post("/post", title="A post", community_id=place.community_id)
    await person.post("/comment", post_id=1, body="First")
    return held_by(app).database


async def asked(
    client: Browser,
    path: str,
    by: str | None = None,
    *,
    private: RSAPrivateKey | None = None,
    form: Any = cavage,
    signed_path: str = "",
) -> int:
    """Ask for a document, signed as an actor; return the status."""
    headers = {"Accept": ACTIVITY}
    if by is not None:
        headers |= form.signed_headers(
            "GET",
            HERE + (signed_path or path),
            None,
            key_id=f"{by}#main-key",
            key=private or key(),
            now=time.time(),
        )
    answer = await client.get(path, headers=headers)
    if answer.status_code == 200 and by is not None and path not in READABLE:
        assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.status_code


@pytest.mark.scenario(147)
@pytest.mark.parametrize("authorized_fetch", [True])
async def test_where_questions_are_signed_only_actors_are_for_everybody(
    client: Browser, database: Database, there: Peer
) -> None:
    ana = actor(there)
    for path in READABLE:
        assert await asked(client, path) == 200, path
    for path in CONTENT:
        assert await asked(client, path) == 401, path
        assert await asked(client, path, ana) == 200, path
    assert await asked(client, "/post/1", ana, form=messages) == 200
    assert await asked(client, "/post/1", ana, private=key(1)) == 401
    assert await asked(client, "/post/1", ana, signed_path="/post/2") == 401
    assert await asked(client, "/post/1", there.id("/u/nobody")) == 401
    assert await asked(client, "/post/999", ana) == 404
    async with database.read() as db:  # who asks is not written down
        assert await db.scalar(select(func.count()).select_from(Instance).where(Instance.id > 1)) == 0
        assert await db.scalar(select(func.count()).select_from(User).where(User.ap_id.is_not(None))) == 0
    assert len(there.asked("/u/ana")) <= 2  # once, and once more for the signature that did not hold


@pytest.mark.scenario(123)
async def test_a_private_community_is_for_the_servers_of_its_members(
    client: Browser, database: Database, there: Peer
) -> None:
    ana = actor(there)
    await database.write(lambda session: session.execute(update(Community).values(private=True)))
    everything = (*CONTENT, "/c/place_of_ana")
    for path in everything:
        assert await asked(client, path) == 404, path
        assert await asked(client, path, ana) == 404, path
    await _member_of(database, 9)
    for path in everything:
        assert await asked(client, path) == 404, path
        assert await asked(client, path, ana, private=key(1)) == 404, path
        assert await asked(client, path, ana) == 200, path
    await database.write(lambda session: session.execute(update(CommunityMember).values(is_banned=True)))
    assert await asked(client, "/post/1", ana) == 404


async def _member_of(database: Database, account_id: int) -> None:
    """Let somebody of the other server be in the community."""
    await making.add(database, Instance(id=7, domain="127.0.0.1"))
    await making.add(
        database, User(id=account_id, user_name="ben", ap_id="ben@127.0.0.1", instance_id=7, deleted=False)
    )
    await making.add(database, CommunityMember(user_id=account_id, community_id=1))
