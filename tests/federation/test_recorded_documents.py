"""Asked the same over the same rows, we answer with the documents of a real PieFed: same ids, fields and values.

Where they differ, the table of differences says why, and each has to be there.
"""

import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config, SiteConfig
from service.federation.read.actors import actor_from
from service.federation.read.collections import collection_from
from service.federation.read.content import content_from
from service.federation.vocabulary import ACTORS, COLLECTIONS, CONTENT, Document
from service.http.application import Application
from tests.federation.rows import NOW
from tests.http.api.recorded import DOMAIN, KEPT, SECRET_KEY, load_rows

pytestmark = pytest.mark.skipif(
    not KEPT.is_dir(), reason="the rows of a real PieFed are not beside the checkout"
)

ACTIVITY = "application/activity+json"
# Where our documents differ, by type and field, and why.
IN_THE_SENT = "PieFed says it in what it sends, though not in what it serves"
ADDED = {
    ("Person", "url"): "microblogs show it",
    ("Person", "followers"): "people can be followed, and comments are addressed to it",
    ("Group", "manuallyApprovesFollowers"): "microblogs offer to follow by it",
    ("Group", "discoverable"): "likewise",
    ("Application", "url"): "every other actor has one",
    ("Application", "preferredUsername"): "FEP-2677: an actor has a name",
    ("Application", "endpoints"): "one inbox takes everything",
    **dict.fromkeys(
        [(kind, "webfinger") for kind in ("Person", "Group", "Feed", "Application")],
        "FEP-2c59: the name under which WebFinger finds it",
    ),
    ("Page", "nsfl"): IN_THE_SENT,
    ("Question", "nsfl"): IN_THE_SENT,
    ("Question", "name"): "PieFed makes a title of the text, and has none where the source is empty",
    ("Event", "nsfl"): IN_THE_SENT,
    ("Event", "location"): "FEP-8a8e: where it is, in the words of other programs",
    ("OrderedCollection", "id"): "the replies are a collection that can be named",
    ("OrderedCollection", "first"): "microblogs ask for the first page of replies",
    ("Note", "replies"): "FEP-f228: every comment has its own collection",
    ("Note", "contentMap"): IN_THE_SENT,
}
CHANGED = {
    ("Person", "preferredUsername"): "PieFed repeats the case of the address that was asked for",
    ("OrderedCollection", "id"): "the address of a context is the one at which it is found",
    (
        "OrderedCollection",
        "orderedItems",
    ): "a moderator's id is written as in his document, and owners come first",
    ("Note", "tag"): "who is answered or named is among the tags, as in what PieFed sends",
    ("Application", "icon"): "we have a picture of our own",
    ("Question", "contentMap"): "it is the content, in its language",
    ("Event", "feeCurrency"): "no currency is an empty word",
    ("Event", "onlineLink"): "no address is none",
}


# Addresses where PieFed answers with another status.
ANSWERED = {
    "/u/Alice/followers": (404, 200, "how many follow a person is told"),
    "/post/9": (200, 404, "this site does not take what is not safe for work"),
    "/post/10": (403, 404, "nobody may know what stands in a community of this site's own"),
    "/post/31": (403, 404, "likewise"),
    "/post/20": (200, 410, "it was deleted"),
    "/post/21": (200, 410, "likewise"),
    "/comment/5": (200, 410, "likewise"),
    "/comment/7": (200, 410, "likewise"),
    "/.well-known/webfinger": (200, 404, "there is nobody of that name"),
}


class Recorded(msgspec.Struct, frozen=True):
    """What PieFed served."""

    path: str
    status: int
    body: Any
    query: dict[str, str] = {}


def recorded() -> list[Recorded]:
    lines = gzip.decompress((KEPT / "documents.jsonl.gz").read_bytes()).splitlines()
    return [msgspec.json.decode(line, type=Recorded) for line in lines]


@pytest.fixture
async def pyfedis(config: Config) -> AsyncIterator[Application]:
    """The app on PieFed's rows."""
    await load_rows(config.database.url)
    site = SiteConfig(domain=DOMAIN, scheme="https", secret_key=SECRET_KEY)
    app = build_app(msgspec.structs.replace(config, site=site))
    async with app.test_app():
        yield app


def inner(document: Document) -> Iterator[Document]:
    """A document, and those whole things that stand in it when it is a collection."""
    items = document.get("orderedItems", [])
    whole = [
        item["object"]["object"] if item["type"] == "Announce" else item
        for item in items
        if item != str(item)
    ]
    yield document if not whole else document | {"orderedItems": [item["id"] for item in whole]}
    yield from whole


def differences(theirs: Document, mine: Document) -> Iterator[tuple[str, str]]:
    """The types and fields in which two documents differ, and what is whole in them."""
    for one, other in zip(inner(theirs), inner(mine), strict=True):
        for name in one.keys() | other.keys():
            if name != "@context" and one.get(name, ...) != other.get(name, ...):
                yield other["type"], name


async def test_they_say_the_same(pyfedis: Application) -> None:
    client = pyfedis.test_client()
    answers: list[tuple[Recorded, int, Any]] = []
    for one in recorded():
        answer = await client.get(one.path, query_string=one.query, headers={"Accept": ACTIVITY})
        body = await answer.get_json(force=True) if answer.status_code == 200 else None
        answers.append((one, answer.status_code, body))
    assert not other_statuses(answers)
    assert all_differences(answers) == ADDED.keys() | CHANGED.keys()
    assert not missing_fields(answers)
    assert how_many_we_read(answers) > 55


def other_statuses(answers: list[tuple[Recorded, int, Any]]) -> list[tuple[str, int, int]]:
    """Where we answer with another status, for no reason."""
    return [
        (one.path, one.status, status)
        for one, status, _ in answers
        if status != one.status and ANSWERED.get(one.path, ())[:2] != (one.status, status)
    ]


def all_differences(answers: list[tuple[Recorded, int, Any]]) -> set[tuple[str, str]]:
    """The types and fields in which documents differ."""
    documents = [(one.body, body) for one, _, body in answers if one.body and body and "type" in body]
    assert len(documents) > 60
    return {key for theirs, mine in documents for key in differences(theirs, mine)}


def missing_fields(answers: list[tuple[Recorded, int, Any]]) -> dict[str, set[str]]:
    """Fields that PieFed gives and we do not, at any address."""
    both = [(one.path, one.body, body) for one, _, body in answers if isinstance(body, dict) and one.body]
    return {path: missing for path, theirs, mine in both if (missing := theirs.keys() - mine.keys())}


def how_many_we_read(answers: list[tuple[Recorded, int, Any]]) -> int:
    """Read ours with our own reader, which refuses what is not whole."""
    read = 0
    for one, _, body in answers:
        kind = body.get("type") if isinstance(body, dict) else None
        if kind in ACTORS:
            assert actor_from(body, NOW).keys, one.path
        elif kind in CONTENT:
            assert content_from(body, NOW).public, one.path
        elif kind in COLLECTIONS:
            assert collection_from(body).total is not None, one.path
        read += kind is not None
    return read
