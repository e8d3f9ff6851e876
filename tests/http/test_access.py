"""What strangers may not of a private site, and nobody from a banned address: tried at every door there is."""

import re
from collections.abc import Collection
from time import monotonic
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service.forum import site
from service.forum.accounts import authentication
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.queries.addresses import is_banned_address
from service.http.application import Application
from service.http.passing.access import HEALTH, WAY_IN, WAY_IN_OF_APPS
from service.http.passing.identity import FOR_SERVERS
from service.storage.tables import IpBan, Site
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App, Refused
from tests.http.people import Place, bearer, place
from tests.http.web.visitor import PASSWORD
from tests.servers import DOMAIN
from tests.serving import held_by

ACTIVITY = "application/activity+json"
HERE = "<local>"  # where the test client says it is
SECRET = "wombat"
# By its own actor others check what the site signs, whoever may read it.
OF_THE_SERVER = ("/actor", "/actor/outbox", "/site_outbox")


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


@pytest.fixture
async def ana(database: Database) -> Place:
    """A member, a community and a post, all of one word."""
    made = await place(database, f"{SECRET}_ana")
    await making.posts(database, made.member, made.community_id, 1, f"A {SECRET}")
    return made


@pytest.fixture
async def private(database: Database, ana: Place) -> Place:
    """The same, on a private site where everybody may register."""
    boss = await making.administrator(database)
    await database.write(site.change_setting, boss, "captcha_enabled", False)
    await database.write(site.change, boss, {"private_instance": True}, domain=DOMAIN)
    return ana


def addresses(app: Application, method: str, doors: Collection[str] = ()) -> list[str]:
    """Every address that takes a method, its parts filled in; of some blueprints only, where they are named."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and (not doors or rule.endpoint.partition(".")[0] in doors)
    ]
    return sorted({re.sub(r"<[^>]*>", "1", rule.rule) for rule in rules})


def is_way_in(path: str) -> bool:
    return path.startswith(WAY_IN) or path in {*HEALTH, *WAY_IN_OF_APPS}


async def test_a_private_site_is_closed_at_every_door(
    app: Application, client: Browser, private: Place
) -> None:
    paths = [path for path in addresses(app, "GET") if not path.startswith("/api/alpha/admin/")]
    for_servers = addresses(app, "GET", FOR_SERVERS)
    assert len(paths) > 100
    for path in paths:
        answer = await client.get(path)
        told = await answer.get_data(as_text=True)
        if is_way_in(path) and "/media/remote/" not in path:
            assert SECRET not in told, path
        elif path.startswith("/api/"):
            assert (answer.status_code, "incorrect_login" in told) == (400, True), path
        elif path.startswith("/media/"):
            assert answer.status_code in {303, 401}, path
        elif path in OF_THE_SERVER:
            assert (answer.status_code, SECRET in told) == (200, False), path
        elif path in for_servers:
            assert answer.status_code == 404, path
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/auth/login"), path


async def test_what_changes_something_is_closed_too(
    app: Application, client: Browser, private: Place
) -> None:
    for path in addresses(app, "POST"):
        if path.startswith("/api/") and not (path in WAY_IN_OF_APPS or path.startswith("/api/alpha/admin/")):
            answer = await client.post(path, json={})
            if answer.status_code != 415:  # which is said before anybody is asked who they are
                assert (await answer.get_json())["message"] == "incorrect_login", path


async def test_one_still_finds_the_way_in_and_members_see_all(client: Browser, private: Place) -> None:
    stranger = App(client)
    assert (await stranger.get("/site"))["site"]["name"]
    new = {"username": "newcomer", "password": PASSWORD, "password_verify": PASSWORD, "email": ""}
    token = (await stranger.post("/user/register", **new))["jwt"]
    assert SECRET in str(await App(client, token).get("/post/list"))
    again = await stranger.sign_in("newcomer", PASSWORD)
    assert SECRET in str(await again.get("/community/list"))
    assert (await client.get("/auth/login")).status_code == 200


async def test_robots_and_servers_are_told_nothing_of_a_private_site(client: Browser, private: Place) -> None:
    assert await (await client.get("/robots.txt")).get_data(as_text=True) == "User-agent: *\nDisallow: /\n"
    for version in ("2.0", "2.0.json", "2.1", "2.1.json"):
        told = await (await client.get(f"/nodeinfo/{version}")).get_json()
        assert (told["software"]["name"], told["usage"]) == ("piefed", {"users": {}})
    for name in (private.member.name, f"place_of_{private.member.name}"):
        resource = {"resource": f"acct:{name}@{DOMAIN}"}
        answer = await client.get("/.well-known/webfinger", query_string=resource)
        assert answer.status_code == 404
        for path in (f"/u/{name}", f"/c/{name}", "/post/1", "/comment/1"):
            assert (await client.get(path, headers={"Accept": ACTIVITY})).status_code == 303, path
        for path in (f"/u/{name}/outbox", f"/c/{name}/outbox", "/post/1/context", "/comment/1/replies"):
            assert (await client.get(path, headers={"Accept": ACTIVITY})).status_code == 404, path


async def test_a_public_site_lets_robots_in_and_tells_its_size(client: Browser, ana: Place) -> None:
    robots = await (await client.get("/robots.txt")).get_data(as_text=True)
    assert "Disallow: /\n" not in robots
    assert (await (await client.get("/nodeinfo/2.1")).get_json())["usage"]["localPosts"] == 1


async def test_a_site_becomes_private_within_a_second(
    database: Database, client: Browser, ana: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get("/api/alpha/post/list")).status_code == 200
    await database.write(lambda session: session.execute(update(Site).values(private_instance=True)))
    later = monotonic() + 1.0
    monkeypatch.setattr("service.http.site.monotonic", lambda: later)
    assert (await client.get("/api/alpha/post/list")).status_code == 400


WRITES: dict[str, dict[str, Any]] = {
    "/post": {"title": "New", "community_id": 1},
    "/comment": {"body": "New", "post_id": 1},
    "/post/like": {"post_id": 1, "score": -1},
    "/private_message": {"content": "New", "recipient_id": 1},
    "/community": {"name": "another", "title": "New"},
    "/post/report": {"post_id": 1, "reason": "New"},
    "/user/note": {"person_id": 1, "note": "New"},
    "/user/mark_all_as_read": {},
}


async def test_nothing_is_written_from_a_banned_address(
    database: Database, client: Browser, ana: Place
) -> None:
    await making.add(database, IpBan(ip_address=HERE))
    app = App(client, ana.token)
    for path, body in WRITES.items():
        with pytest.raises(Refused) as refused:
            await app.post(path, **body)
        assert "IP address" in refused.value.body["message"], path
    form = {"name": "newcomer", "password": PASSWORD, "password2": PASSWORD}
    for path in ("/auth/register", "/post/1/vote"):
        assert (await client.post(path, form=form)).status_code == 403
    assert (await client.put("/api/alpha/post", json={}, headers=bearer(ana.token))).status_code == 400
    assert SECRET in str(await app.get("/post/list"))
    assert (await app.get("/site"))["my_user"]


async def test_nobody_signs_in_from_a_banned_address_but_administrators(
    database: Database, client: Browser
) -> None:
    assert await authentication.make_first_admin(database, "boss", PASSWORD, domain=DOMAIN)
    form = RegistrationForm(name="ana", password=PASSWORD)
    await authentication.register(database, form, domain=DOMAIN)
    await making.add(database, IpBan(ip_address=HERE))
    for path in ("/user/login", "/user/verify_credentials"):
        with pytest.raises(Refused) as refused:
            await App(client).post(path, username="ana", password=PASSWORD)
        assert "IP address" in refused.value.body["message"], path
    boss = await App(client).sign_in("boss", PASSWORD)
    assert (await boss.post("/community", name="rules", title="Rules"))["community_view"]


@pytest.mark.parametrize(
    ("banned", "asking", "refused"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.90", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::7", True),
        ("2001:DB8:1:2::1", "2001:db8:1:2::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:db8:1:2::1", "nonsense", False),
        ("nonsense", "2001:db8:1:2::1", False),
    ],
)
async def test_one_ipv6_address_stands_for_its_household(
    database: Database, banned: str, asking: str, refused: bool
) -> None:
    await making.add(database, IpBan(ip_address=banned))
    async with database.read() as db:
        assert await is_banned_address(db, asking) == refused
