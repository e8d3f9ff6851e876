"""The documents at the addresses of pages and their own: for whom, in which form, and what stands where nothing is."""

from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select, update

from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.write import activities
from service.federation.write.documents import encoded
from service.federation.write.quotes import stamp_id
from service.federation.write.rows import PlaceRow
from service.http.activitypub.pages import DOCUMENTS
from service.http.application import Application
from service.http.site import REMEMBERED
from service.storage.tables import (
    Base,
    Comment,
    Community,
    Feed,
    Instance,
    Post,
    Site,
    User,
)
from service.storage.transaction import Database
from tests.forum import making
from tests.http.people import Person, app_of
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.statements import counted

ACTIVITY = "application/activity+json"
LINKED_DATA = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
HERE = f"https://{DOMAIN}"
PLACE = f"{HERE}/c/place_of_ana"


@pytest.fixture
async def ana(app: Application, client: Browser) -> Person:
    """A member with a community, a post, a comment below it and an answer to that, and a feed."""
    made = await app_of(app, client, "ana")
    person, place = made
    text = "Hello **world**"
    post = await person.post("/post", title="A post", community_id=place.community_id, body=text)
    post_id = post["post_view"]["post"]["id"]
    first = await person.post("/comment", post_id=post_id, body="First")
    await person.post(
        "/comment", post_id=post_id, body="Second", parent_id=first["comment_view"]["comment"]["id"]
    )
    await person.post(
        "/feed", name="animals", title="Animals", public=True, communities=f"place_of_ana@{DOMAIN}"
    )
    return made


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


async def ask(client: Browser, path: str, accept: str = ACTIVITY, **headers: str) -> Any:
    return await client.get(path, headers={"Accept": accept} | headers)


async def read(client: Browser, path: str) -> Any:
    """Return a document that is there for everybody."""
    answer = await ask(client, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, ACTIVITY), path
    assert answer.headers["Cache-Control"].startswith("public, max-age="), path
    assert "Set-Cookie" not in answer.headers
    return await answer.get_json(force=True)


async def change(database: Database, table: type[Base], **values: Any) -> None:
    await database.write(lambda session: session.execute(update(table).values(**values)))


# What stands where


DOCUMENTED = {
    "/": (f"{HERE}/", "Application"),
    "/actor": (f"{HERE}/actor", "Application"),
    "/u/ana": (f"{HERE}/u/ana", "Person"),
    "/u/ANA": (f"{HERE}/u/ana", "Person"),
    "/c/place_of_ana": (PLACE, "Group"),
    "/c/Place_Of_Ana": (PLACE, "Group"),
    "/f/animals": (f"{HERE}/f/animals", "Feed"),
    "/post/1": (f"{HERE}/post/1", "Page"),
    "/comment/1": (f"{HERE}/comment/1", "Note"),
    "/u/ana/outbox": (f"{HERE}/u/ana/outbox", "OrderedCollection"),
    "/u/ana/followers": (f"{HERE}/u/ana/followers", "Collection"),
    "/c/place_of_ana/outbox": (f"{PLACE}/outbox", "OrderedCollection"),
    "/c/place_of_ana/featured": (f"{PLACE}/featured", "OrderedCollection"),
    "/c/place_of_ana/moderators": (f"{PLACE}/moderators", "OrderedCollection"),
    "/c/place_of_ana/followers": (f"{PLACE}/followers", "Collection"),
    "/f/animals/following": (f"{HERE}/f/animals/following", "Collection"),
    "/f/animals/outbox": (f"{HERE}/f/animals/outbox", "Collection"),
    "/f/animals/moderators": (f"{HERE}/f/animals/moderators", "OrderedCollection"),
    "/f/animals/followers": (f"{HERE}/f/animals/followers", "Collection"),
    "/post/1/context": (f"{HERE}/post/1/context", "OrderedCollection"),
    "/post/1/replies": (f"{HERE}/post/1/replies", "OrderedCollection"),
    "/comment/1/replies": (f"{HERE}/comment/1/replies", "OrderedCollection"),
    "/actor/outbox": (f"{HERE}/actor/outbox", "OrderedCollection"),
    "/site_outbox": (f"{HERE}/site_outbox", "OrderedCollection"),
}


@pytest.mark.scenario(7, 9, 14)
async def test_every_document_has_the_id_that_leads_to_it(
    client: Browser, database: Database, ana: Person
) -> None:
    for path, (identity, kind) in DOCUMENTED.items():
        with counted(database) as sent:
            document = await read(client, path)
        assert (document["id"], document["type"]) == (identity, kind), path
        statements = [one for one in sent if "SELECT" in one]
        assert len(statements) <= 4, (path, statements)
        for where in ("outbox", "followers", "following", "featured", "moderators"):
            if where in document:
                assert (await read(client, document[where].removeprefix(HERE)))["id"] == document[where]


@pytest.mark.scenario(151)
async def test_the_parts_are_there(client: Browser, ana: Person) -> None:
    post, answer = await read(client, "/post/1"), await read(client, "/comment/2")
    assert post["source"] == {"content": "Hello **world**", "mediaType": "text/markdown"}
    assert (answer["inReplyTo"], answer["context"]) == (f"{HERE}/comment/1", post["context"])
    assert (await read(client, "/post/1/context"))["orderedItems"] == [
        f"{HERE}/post/1",
        f"{HERE}/comment/1",
        f"{HERE}/comment/2",
    ]
    below = await read(client, "/post/1/replies")
    assert [one["id"] for one in below["orderedItems"]] == [f"{HERE}/comment/1", f"{HERE}/comment/2"]
    assert below["first"]["orderedItems"] == [f"{HERE}/comment/1", f"{HERE}/comment/2"]
    assert [one["id"] for one in (await read(client, "/comment/1/replies"))["orderedItems"]] == [answer["id"]]
    assert (await read(client, "/c/place_of_ana/moderators"))["orderedItems"] == [f"{HERE}/u/ana"]
    assert (await read(client, "/c/place_of_ana/followers"))["totalItems"] == 1
    assert (await read(client, "/f/animals/following"))["items"] == [PLACE]
    [announce] = (await read(client, "/c/place_of_ana/outbox"))["orderedItems"]
    assert (announce["type"], announce["object"]["type"]) == ("Announce", "Create")
    assert announce["object"]["object"] == {name: value for name, value in post.items() if name != "@context"}


async def test_pinned_posts_are_featured_and_come_first(client: Browser, ana: Person) -> None:
    person, place = ana
    await person.post("/post", title="A second", community_id=place.community_id)
    await person.post("/post/feature", post_id=1, featured=True, feature_type="Community")
    assert [one["id"] for one in (await read(client, "/c/place_of_ana/featured"))["orderedItems"]] == [
        f"{HERE}/post/1"
    ]
    items = (await read(client, "/c/place_of_ana/outbox"))["orderedItems"]
    assert [one["object"]["object"]["id"] for one in items] == [f"{HERE}/post/1", f"{HERE}/post/2"]


@pytest.mark.scenario(5)
async def test_an_id_of_before_stays(client: Browser, database: Database, ana: Person) -> None:
    friendly = "/c/place_of_ana/p/1/a-post"
    await change(database, Post, ap_id=HERE + friendly, slug=friendly)
    for path in (friendly, "/post/1"):
        assert (await read(client, path))["id"] == HERE + friendly
    assert (await read(client, "/comment/1"))["inReplyTo"] == HERE + friendly
    await change(database, User, ap_public_url=f"{HERE}/u/Ana")
    person = await read(client, "/u/ana")
    assert (person["id"], person["inbox"]) == (f"{HERE}/u/Ana", f"{HERE}/u/Ana/inbox")
    assert (await read(client, "/comment/1"))["attributedTo"] == person["id"]


# In which form


ACCEPTED = {
    ACTIVITY: True,
    LINKED_DATA: True,
    f"{ACTIVITY}, {LINKED_DATA}": True,
    f"{ACTIVITY}; q=0.9, text/html; q=0.1": True,
    f"{LINKED_DATA};q=0.8, */*;q=0.1": True,
    f"text/html, {ACTIVITY}": True,
    f"text/html, {ACTIVITY};q=0.5": False,
    f"{ACTIVITY};q=0": False,
    "text/html,application/xhtml+xml,*/*;q=0.8": False,
    "application/json": False,
    "*/*": False,
}


@pytest.mark.scenario(4)
async def test_who_likes_a_document_more_gets_it(client: Browser, ana: Person) -> None:
    for accept, is_document in ACCEPTED.items():
        for path in ("/", "/u/ana", "/c/place_of_ana", "/post/1"):
            answer = await ask(client, path, accept)
            kind = answer.headers["Content-Type"]
            assert kind.startswith(ACTIVITY if is_document else "text/html"), (path, accept)
            varies = {"Accept"} if is_document else {"Accept", "Cookie", "HX-Request"}
            assert varies <= set(answer.headers["Vary"].split(", ")), path
        answer = await ask(client, "/comment/1", accept)
        assert (answer.status_code == 200) is is_document  # people are led to its place below the post
    head = await client.head("/post/1", headers={"Accept": ACTIVITY})
    assert (head.status_code, head.headers["Content-Type"]) == (200, ACTIVITY)


async def test_the_pages_are_there(app: Application) -> None:
    assert DOCUMENTS.keys() <= app.view_functions.keys()


# What is not there


@pytest.mark.scenario(6)
async def test_what_is_gone_has_a_tombstone(client: Browser, database: Database, ana: Person) -> None:
    person, _ = ana
    await person.post("/comment/delete", comment_id=2, deleted=True)
    await person.post("/comment/remove", comment_id=1, removed=True)
    for path in ("/comment/2", "/comment/1"):
        answer = await ask(client, path)
        assert answer.status_code == 410
        assert await answer.get_json(force=True) == {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "type": "Tombstone",
            "id": HERE + path,
            "formerType": "Note",
        }
    assert (await read(client, "/post/1/context"))["orderedItems"] == [f"{HERE}/post/1"]
    await person.post("/post/delete", post_id=1, deleted=True)
    await change(database, User, deleted=True)
    for path, kind in (("/post/1", "Page"), ("/u/ana", "Person")):
        answer = await ask(client, path)
        assert answer.status_code == 410
        assert (await answer.get_json(force=True))["formerType"] == kind
    assert (await read(client, "/c/place_of_ana/outbox"))["totalItems"] == 0
    await change(database, Community, banned=True)
    assert (await ask(client, "/c/place_of_ana")).status_code == 410


NOWHERE = (
    "/u/nobody",
    "/u/nobody/outbox",
    "/u/nobody@elsewhere.example",
    "/c/nowhere",
    "/c/nowhere/outbox",
    "/f/nothing",
    "/f/nothing/following",
    "/post/999",
    "/post/99999999999",
    "/post/999/context",
    "/comment/999",
    "/comment/99999999999/replies",
    "/u/a%00b",
    "/c/a%00b/outbox",
)


@pytest.mark.scenario(6)
async def test_what_never_was_is_nowhere(client: Browser, ana: Person) -> None:
    for path in NOWHERE:
        answer = await ask(client, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json"), path


OF_COMMUNITY = (
    "/c/place_of_ana",
    *(path for path in DOCUMENTED if path.startswith(("/c/place_of_ana/", "/post", "/comment"))),
)
OF_POST = tuple(path for path in DOCUMENTED if path.startswith(("/post", "/comment")))
HIDDEN: dict[str, tuple[type[Base], dict[str, Any], tuple[str, ...]]] = {
    "of a private community": (Community, {"private": True}, OF_COMMUNITY),
    "of a community of this site's own": (Community, {"local_only": True}, OF_COMMUNITY),
    "of a community that the site does not take": (Community, {"nsfl": True}, OF_COMMUNITY),
    "a draft": (Post, {"status": -1}, OF_POST),
    "held back": (Post, {"status": 0}, OF_POST),
    "of a kind that the site does not take": (Post, {"nsfl": True}, OF_POST),
    "of a banned person": (User, {"banned": True}, ("/u/ana", "/u/ana/outbox", "/u/ana/followers")),
    "of an unverified person": (User, {"verified": False}, ("/u/ana", "/u/ana/outbox")),
    "of a private feed": (Feed, {"public": False}, ("/f/animals", "/f/animals/following")),
    "of a private site": (
        Site,
        {"private_instance": True},
        tuple(path for path in DOCUMENTED if "/outbox" in path and path != "/actor/outbox"),
    ),
}


@pytest.mark.scenario(121)
async def test_what_is_not_for_everybody_is_nowhere(app: Application, client: Browser, ana: Person) -> None:
    database = held_by(app).database
    await change(database, Site, enable_nsfl=False)
    for kind, (table, values, paths) in HIDDEN.items():
        async with database.read() as db:
            before = (await db.execute(select(*(getattr(table, name) for name in values)))).all()
        await change(database, table, **values)
        app.extensions.pop(REMEMBERED, None)
        for path in paths:
            answer = await ask(client, path)
            assert answer.status_code == 404, (kind, path)
            assert set(await answer.get_json(force=True)) == {"error"}, (kind, path)
        await change(database, table, **dict(zip(values, before[-1], strict=True)))


async def test_what_is_hidden_stands_in_no_list(client: Browser, database: Database, ana: Person) -> None:
    await change(database, Site, enable_nsfl=False)
    for values in ({"status": 0}, {"nsfl": True}, {"deleted": True}):
        await change(database, Post, status=1, nsfl=False, deleted=False)
        assert (await read(client, "/c/place_of_ana/outbox"))["totalItems"] == 1
        await change(database, Post, sticky=True, **values)
        for path in ("/c/place_of_ana/outbox", "/c/place_of_ana/featured"):
            assert (await read(client, path))["totalItems"] == 0, (path, values)
    await change(database, Community, local_only=True)
    assert (await read(client, "/f/animals/following"))["items"] == []


async def test_others_speak_for_themselves(client: Browser, database: Database, ana: Person) -> None:
    await making.add(database, Instance(id=7, domain="lemmy.example"))
    theirs = "https://lemmy.example"
    await making.add(
        database,
        User(
            id=70, user_name="ben", ap_id="ben@lemmy.example", ap_profile_id=f"{theirs}/u/ben", instance_id=7
        ),
        Community(
            id=71, name="dogs", ap_id="dogs@lemmy.example", ap_profile_id=f"{theirs}/c/dogs", instance_id=7
        ),
    )
    await making.add(
        database, Post(id=72, user_id=70, community_id=1, title="x", ap_id=f"{theirs}/post/5", instance_id=7)
    )
    await making.add(
        database,
        Comment(
            id=73, user_id=70, community_id=1, post_id=1, body="y", ap_id=f"{theirs}/comment/6", instance_id=7
        ),
    )
    for path, url in {
        "/post/72": f"{theirs}/post/5",
        "/comment/73": f"{theirs}/comment/6",
        "/u/ben@lemmy.example": f"{theirs}/u/ben",
        "/c/Dogs@lemmy.example": f"{theirs}/c/dogs",
    }.items():
        answer = await ask(client, path)
        assert (answer.status_code, answer.location) == (301, url), path
    # Ours are whole in a list, of theirs only they can speak.
    items = (await read(client, "/post/1/replies"))["orderedItems"]
    assert [item if isinstance(item, str) else item["id"] for item in items][-1] == f"{theirs}/comment/6"
    assert isinstance(items[0], dict)


async def test_whoever_has_no_key_gets_one_at_first_need(
    client: Browser, database: Database, ana: Person
) -> None:
    lost = {"public_key": None, "private_key": None, "ap_profile_id": None, "ap_public_url": None}
    for table, path in ((User, "/u/ana"), (Community, "/c/place_of_ana"), (Feed, "/f/animals")):
        await change(database, table, **lost)
        first = await read(client, path)
        assert first["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
        assert (first["id"], await read(client, path)) == (HERE + path, first)
    await change(database, Site, public_key=None, private_key=None)
    key = (await read(client, "/actor"))["publicKey"]["publicKeyPem"]
    assert key == (await read(client, "/"))["publicKey"]["publicKeyPem"]


async def test_what_we_said_can_be_read_as_long_as_it_stands(
    client: Browser, database: Database, ana: Person
) -> None:
    page = await read(client, "/post/1")
    del page["@context"]
    place = PlaceRow(1, PLACE, "", f"{PLACE}/followers", "", "", "", 1, True, "here")
    said = {
        "create": activities.announce(
            f"{HERE}/activities/announce/a", place, activities.create("x", "y", page)
        ),
        "like": activities.announce(
            f"{HERE}/activities/announce/b", place, activities.vote("x", "Like", "y", page["id"], place=place)
        ),
        "follow": activities.follow(
            f"{HERE}/activities/follow/c", f"{HERE}/u/ana", "https://lemmy.example/c/x"
        ),
    }
    for kind, document in said.items():
        public = kind != "follow"
        outgoing = Outgoing(
            id=document["id"],
            kind=kind,
            body=encoded(document),
            signer=Signer("community", 1),
            lane="x",
            community_id=1 if public else None,
            to_everybody=not public,
        )
        await database.write(append, [outgoing])
        path = document["id"].removeprefix(HERE)
        if public:
            assert await read(client, path) == sent_document(document)
        else:
            assert (await ask(client, path)).status_code == 404  # it was for one server alone
    assert (await ask(client, "/activities/announce/z")).status_code == 404
    await change(database, Post, deleted=True)
    assert (await ask(client, "/activities/announce/a")).status_code == 410
    assert (await ask(client, "/activities/announce/b")).status_code == 200
    await change(database, Community, private=True)
    assert (await ask(client, "/activities/announce/b")).status_code == 404


@pytest.mark.scenario(154)
async def test_what_is_for_everybody_may_be_quoted(client: Browser, database: Database, ana: Person) -> None:
    quoting = "https://toot.example/@ben/1?a=b"
    path = stamp_id(DOMAIN, f"{HERE}/post/1", quoting).removeprefix(HERE)
    stamp = await read(client, path)
    assert (stamp["type"], stamp["id"], stamp["attributedTo"]) == (
        "QuoteAuthorization",
        HERE + path,
        f"{HERE}/u/ana",
    )
    assert (stamp["interactionTarget"], stamp["interactingObject"]) == (f"{HERE}/post/1", quoting)
    for wrong in ("", "x", f"{HERE}/post/1;x", f"{HERE}/post/9;{quoting}", ";"):
        answer = await client.get("/quote_boost_auth", query_string={"stamp": wrong})
        assert answer.status_code == 404, wrong
    await change(database, Post, deleted=True)
    assert (await ask(client, path)).status_code == 410


@pytest.mark.scenario(105)
async def test_no_message_is_ever_served(client: Browser, database: Database, ana: Person) -> None:
    ben = await making.member(database, "ben")
    person, _ = ana
    await person.post("/private_message", content="a secret", recipient_id=ben.id)
    for path in ("/private_message/1", "/activities/create/1", "/u/ana/outbox", "/u/ben/outbox", "/chat/1"):
        assert b"a secret" not in await (await ask(client, path)).get_data(), path


def sent_document(document: Any) -> Any:
    return msgspec.json.decode(encoded(document))
