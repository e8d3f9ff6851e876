"""Our documents beside those that a real PieFed made of the same rows: the same ids, fields and values.

Where they differ, the table of differences says why.
"""

import gzip
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from service.config import Config
from service.federation.queries.actors import communities, feeds, people, server
from service.federation.queries.content import comments, posts
from service.federation.vocabulary import Document
from service.federation.write import actors, content
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.http.api.recorded import DOMAIN, KEPT, load_rows

pytestmark = pytest.mark.skipif(
    not KEPT.is_dir(), reason="the rows of a real PieFed are not beside the checkout"
)

# Where ours differ, by type and field, and why.
IN_THE_SENT = "PieFed says it in what it sends, though not in what it serves"
ADDED = {
    ("Person", "url"): "microblogs show it",
    ("Person", "followers"): "people can be followed, and comments are addressed to it",
    ("Group", "manuallyApprovesFollowers"): "microblogs offer to follow by it",
    ("Group", "discoverable"): "likewise",
    ("Application", "url"): "every other actor has one",
    ("Application", "preferredUsername"): "FEP-2677: an actor has a name",
    ("Application", "endpoints"): "one inbox takes everything",
    ("Page", "nsfl"): IN_THE_SENT,
    ("Question", "nsfl"): IN_THE_SENT,
    ("Event", "nsfl"): IN_THE_SENT,
    ("Event", "location"): "FEP-8a8e: where it is, in the words of other programs",
    ("Note", "replies"): "FEP-f228: every comment has its own collection",
    ("Note", "contentMap"): IN_THE_SENT,
}
CHANGED = {
    ("Note", "tag"): "who is answered or named is among the tags, as in what PieFed sends",
    ("Application", "icon"): "we have a picture of our own",
    ("Question", "contentMap"): "it is the content, in its language",
    ("Event", "feeCurrency"): "no currency is an empty word",
    ("Event", "onlineLink"): "no address is none",
}


def recorded() -> dict[str, Document]:
    """Return what PieFed served at each address."""
    lines = gzip.decompress((KEPT / "documents.jsonl.gz").read_bytes()).splitlines()
    found = [msgspec.json.decode(line) for line in lines]
    return {one["path"]: one["body"] for one in found if one["status"] == 200 and not one.get("query")}


@pytest.fixture
async def database(config: Config) -> AsyncIterator[Database]:
    await load_rows(config.database.url)
    engine = create_engine(config, "web")
    yield Database(engine)
    await engine.dispose()


async def ours(database: Database) -> dict[str, Document]:
    """Return our documents by the addresses of the same things."""
    everything = range(1, 100)
    async with database.read() as db:
        site = await server(db, DOMAIN)
        assert site is not None
        persons = (await people(db, everything, DOMAIN)).values()
        places = (await communities(db, everything, DOMAIN)).values()
        collections = (await feeds(db, everything, DOMAIN)).values()
        written = await posts(db, everything, DOMAIN)
        said = await comments(db, everything, DOMAIN)
    return {
        "/": actors.server(site),
        "/actor": actors.signer(site),
        **{f"/u/{row.name}": actors.person(row) for row in persons},
        **{f"/c/{row.name}": actors.group(row) for row in places},
        **{f"/f/{row.name}": actors.feed(row) for row in collections},
        **{f"/post/{id_}": content.post(row) for id_, row in written.items() if row.standing == "here"},
        **{f"/comment/{id_}": content.comment(row) for id_, row in said.items() if row.standing == "here"},
    }


def differences(theirs: dict[str, Document], mine: dict[str, Document]) -> Iterator[tuple[str, str, str]]:
    """The addresses, types and fields in which they differ."""
    for path in theirs.keys() & mine.keys():
        for name in theirs[path].keys() | mine[path].keys():
            if name != "@context" and theirs[path].get(name, ...) != mine[path].get(name, ...):
                yield path, mine[path]["type"], name


async def test_they_say_the_same(database: Database) -> None:
    theirs, mine = recorded(), await ours(database)
    found = {(kind, name): path for path, kind, name in differences(theirs, mine)}
    assert len(theirs.keys() & mine.keys()) > 50
    assert found.keys() == ADDED.keys() | CHANGED.keys(), found
    assert not any(name in theirs[path] for (kind, name), path in found.items() if (kind, name) in ADDED)
