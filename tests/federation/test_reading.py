"""Every document of the corpus is read as its index says, and nothing done to one raises anything but a refusal."""

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from service.federation.errors import Malformed, NotTheirs, Refused
from service.federation.read.activities import Activity, activities_in, undone
from service.federation.read.actors import Actor, actor_from, keys_in
from service.federation.read.collections import Collection, collection_from
from service.federation.read.content import Content, content_from
from service.federation.signatures.digests import check_digest
from service.federation.vocabulary import (
    ACTIVITIES,
    ACTORS,
    COLLECTIONS,
    CONTENT,
    MESSAGES,
    document_from,
    kind_of,
)
from tests.federation.corpus import CORPUS, needs_corpus

NOW = datetime(2026, 11, 26, 12, 0)
VOTES = {"Like", "Dislike", "EmojiReact"}
# What the index says of a document and we do not do, and why.
DIFFERENCES = {
    "bookwyrm/bookwyrm/ap_user_move.json": "it has alsoKnownAs, but no movedTo: the account has not moved",
    "fep/fep-268d/04-terms-defined.json": "searchableBy names everybody: the account is indexable",
    "mbin/mbin/outbox/announce/AnnounceDeleteUser.json": "the id of the deleted account is scrubbed",
    "mbin/mbin/outbox/delete/DeleteUser.json": "the id of the deleted account is scrubbed",
}
# Examples in documents are often fragments: what they leave out for brevity is filled in.
FRAGMENTS = ("fep/", "mastodon-docs/", "gotosocial-docs/")
FILLED = {
    **{kind: {"id": "https://a.example/1", "attributedTo": "https://a.example/u"} for kind in CONTENT},
    **{kind: {"inbox": "https://a.example/inbox", "preferredUsername": "ana"} for kind in ACTORS},
}


class Reading:
    """All that can be read out of a document."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.kind = kind_of(document)
        self.refusal: Refused | None = None
        self.activities: list[Activity] = []
        self.content: Content | None = None
        self.actor: Actor | None = None
        self.collection: Collection | None = None
        try:
            self._read()
        except Refused as refusal:
            self.refusal = refusal

    def _read(self) -> None:
        if self.kind in ACTIVITIES:
            self.activities = activities_in(self.document, NOW)
            for activity in list(self.activities):
                if activity.kind in {"Undo", "Accept", "Reject"} and (inner := undone(activity, NOW)):
                    self.activities.append(inner)
                if activity.object_kind in CONTENT | MESSAGES:
                    self.content = content_from(activity.object or {}, NOW, activity)
                if activity.object_kind in ACTORS and activity.kind == "Update":
                    self.actor = actor_from(activity.object or {}, NOW)
        elif self.kind in CONTENT | MESSAGES:
            self.content = content_from(self.document, NOW)
        elif self.kind in ACTORS:
            self.actor = actor_from(self.document, NOW)
        elif self.kind in COLLECTIONS:
            self.collection = collection_from(self.document)

    def did(self, *kinds: str) -> bool:
        return any(activity.kind in kinds for activity in self.activities)

    @property
    def last(self) -> Activity:
        return self.activities[-1]


def knows_actor(reading: Reading) -> bool:
    actor = reading.actor
    return actor is not None and bool(actor.name and actor.title and actor.inbox)


def knows_group(reading: Reading) -> bool:
    return knows_actor(reading) and reading.actor is not None and reading.actor.kind == "group"


def is_post(reading: Reading) -> bool:
    return reading.content is not None and reading.content.parent is None and not reading.content.is_message


def is_comment(reading: Reading) -> bool:
    return reading.content is not None and reading.content.parent is not None


def is_poll(reading: Reading) -> bool:
    return (
        reading.content is not None
        and reading.content.poll is not None
        and len(reading.content.poll.choices) > 1
    )


def is_event(reading: Reading) -> bool:
    content = reading.content
    return content is not None and content.happening is not None and content.happening.starts_at is not None


def is_message(reading: Reading) -> bool:
    return reading.content is not None and reading.content.is_message


def is_vote(reading: Reading) -> bool:
    return reading.did(*VOTES) and reading.last.object_id is not None


def undoes(*kinds: str) -> Callable[[Reading], bool]:
    return lambda reading: reading.did("Undo") and (reading.last.kind in kinds or reading.last.object is None)


def reads(reading: Reading) -> bool:
    """It is read without a refusal; what it leads to is decided where it is carried out."""
    return reading.refusal is None


def is_ignored(reading: Reading) -> bool:
    """It is read, or refused because it is said to be by somebody of another server."""
    return reading.refusal is None or isinstance(reading.refusal, NotTheirs)


Check = Callable[[Reading], bool]
# The beginning of what the index says -> what reading has to make of it. The first that fits counts.
TABLE: list[tuple[str, Check]] = [
    (r"signed request: (.*)", lambda _: True),  # the rest of the sentence is looked up by itself
    (r"\(not an activity\)", reads),
    (r"unknown type", lambda r: r.kind not in ACTIVITIES or r.did("Create")),
    (r"refused: object claims an id", lambda r: r.content is not None or r.refusal is not None),
    (r"refused: announced Note", lambda r: r.did("Announce") and r.last.object_id is not None),
    (r"refused: content is no single emoji", lambda r: is_vote(r)),
    (r"refused: a private message is never announced", lambda r: is_message(r) and r.last.via is not None),
    (r"client-to-server form", lambda r: isinstance(r.refusal, Malformed)),
    (r"template with", lambda r: r.refusal is not None),
    (r"account with alsoKnownAs", lambda r: knows_actor(r) and bool(r.actor and r.actor.also_known_as)),
    (r"account that has moved", lambda r: knows_actor(r) and bool(r.actor and r.actor.moved_to)),
    (r"account, not indexable", lambda r: knows_actor(r) and r.actor is not None and not r.actor.indexable),
    (r"account suspended", lambda r: r.actor is None or r.actor.suspended),
    (r"account moved", lambda r: r.did("Move") and r.last.target is not None),
    (r"account deleted", lambda r: r.did("Delete") and r.last.object_id == r.last.actor),
    (r"(account updated|remote profile updated)", lambda r: r.did("Update") and knows_actor(r)),
    (r"(account|(person|community|feed) followed|follow:)", lambda r: knows_actor(r) or r.did("Follow")),
    (r"(community known|community$|community \(video)", knows_group),
    (r"(community updated|community title)", lambda r: r.did("Update") and knows_actor(r)),
    (r"feed \(actor type", lambda r: knows_actor(r) and r.actor is not None and r.actor.kind == "feed"),
    (r"(instance|Application actor)", lambda r: r.actor is not None and r.actor.kind == "instance"),
    (r"public key stub", lambda r: len(keys_in(r.document)) == 1),
    (r"(comment on|comment$|comment announced|comment if)", is_comment),
    (r"comment locked", lambda r: r.did("Lock")),
    (r"comment removed", lambda r: r.did("Delete") and r.last.reason is not None),
    (r"comment unlocked", undoes("Lock")),
    (r"(poll votes?)", lambda r: r.content is not None and r.content.is_choice),
    (r"poll", is_poll),
    (r"post of kind event", is_event),
    (r"post (un)?pinned", lambda r: r.did("Add", "Remove") and r.last.target is not None),
    (r"(post locked|locked)", lambda r: r.did("Lock")),
    (r"post unlocked", undoes("Lock")),
    (r"post marked sensitive", lambda r: is_post(r) and r.content is not None and r.content.nsfw),
    (r"post or comment deleted", lambda r: r.did("Delete")),
    (r"post with title and video link", lambda r: is_post(r) and r.content is not None and r.content.link is not None),
    (r"post with title and link only", lambda r: r.content is not None and r.content.link is not None),
    (r"post with (title and link|link)", lambda r: is_post(r) and r.content is not None and r.content.link is not None),
    (r"post with title and image", lambda r: is_post(r) and bool(r.content and r.content.media.pictures)),
    (r"post with title", lambda r: is_post(r) and r.content is not None and r.content.title is not None),
    (r"post: `url` is an object", lambda r: is_post(r) and r.content is not None and r.content.page is not None),
    (r"post: Note with name", lambda r: is_post(r) and r.content is not None and r.content.title is not None),
    (r"post ?(in|\(|:)", is_post),
    (r"the post again", lambda r: r.did("Announce") and (r.content is not None)),
    (r"edited: comment", lambda r: r.did("Update") and is_comment(r)),
    (r"edited: post", lambda r: r.did("Update") and is_post(r)),
    (r"deleted by its author", lambda r: r.did("Delete") and r.last.reason is None),
    (r"removed by a moderator", lambda r: r.did("Delete") and r.last.reason is not None),
    (r"(restored|private message restored|removed comment restored)", undoes("Delete")),
    (r"(upvote|vote on|vote \(|vote with|emoji reaction)", lambda r: is_vote(r) and r.did("Like", "EmojiReact")),
    (r"downvote", lambda r: r.did("Dislike")),
    (r"(vote taken back|reaction taken back|vote on the post taken back)", undoes(*VOTES)),
    (r"(our follow|follow accepted|our quote)", lambda r: r.did("Accept", "Reject") and r.last.object_id is not None),
    (r"(follow ended|follow of the feed ended)", undoes("Follow")),
    (r"(report|reports)", lambda r: r.did("Flag", "Resolve") and r.last.object_id is not None),
    (r"(member banned|personal block of|remote person blocks)", lambda r: r.did("Block")),
    (r"(ban (from|lifted)|personal block undone)", undoes("Block")),
    (r"person (becomes|is no longer) moderator", lambda r: r.did("Add", "Remove") and r.last.target is not None),
    (r"(private message marked deleted)", lambda r: r.did("Delete")),
    (r"private message", is_message),
    (r"(boost|ignored as boost|ignored: boost)", lambda r: r.did("Announce")),
    (r"video fetched", lambda r: r.did("Announce") and r.last.object_id is not None),
    (r"community (added to|removed from) the feed", lambda r: r.did("Add", "Remove") and r.last.target is not None),
    (r"feed deleted", lambda r: r.did("Delete") and r.last.object_kind == "Feed"),
    (r"quote request", lambda r: r.did("QuoteRequest") and r.last.instrument is not None),
    (r"quote post with stamp", lambda r: r.content is not None and r.content.quote_authorization is not None),
    (r"Note with quote", lambda r: r.content is not None),
    (r"(gone:)", lambda r: r.kind == "Tombstone"),
    (r"(collection|outbox|backfill|moderators|pinned posts|pinned notes|a person's pinned|count only|empty)", reads),
    (r"(list of communities|owner of the feed|conversation)", reads),
    (r"(ignored|interaction-policy|Announce with content|Add to|Remove from|Add\(Create|new in Lemmy)", is_ignored),
    (r"(no community named|attachments|proof|Note|custom emoji|tag is one|webfinger|QuoteAuthorization)", is_ignored),
]  # fmt: skip


def index() -> Iterator[tuple[str, str]]:
    """Yield every document's path and what the index expects of it."""
    if not CORPUS.is_dir():
        return
    folders = {folder.name: folder for folder in CORPUS.iterdir() if folder.is_dir()}
    source = ""
    for line in (CORPUS / "INDEX.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            source = line[3:].strip()
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) >= 4 and cells[0].endswith(".json") and source in folders:
            yield f"{source}/{cells[0]}", cells[3]


def expectation(words: str) -> str:
    return words.removeprefix("signed request: ")


def load(path: str) -> Any:
    """Return a document, or the body of a recorded request; Mbin's scrubbed values and a template's are filled in."""
    text = (CORPUS / path).read_text(encoding="utf-8")
    text = text.replace("SCRUBBED_DATE", "2025-01-01T00:00:00+00:00").replace("{{DOMAIN}}", "a.example")
    found = json.loads(text.replace("SCRUBBED_ID", "https://kbin.test/m/test/t/1"))
    if isinstance(found, dict) and "publicKeyPem" in found:
        return json.loads(found["body"])
    if path.startswith(FRAGMENTS):
        return whole(found)
    return found


def whole(document: dict[str, Any]) -> dict[str, Any]:
    own = document.get("id") or document.get("attributedTo") or "https://a.example/1"
    origin = "/".join(str(own).split("/")[:3])
    filled = {
        name: value.replace("https://a.example", origin)
        for name, value in FILLED.get(kind_of(document), {}).items()
    }
    return filled | document


@needs_corpus
def test_the_whole_corpus_is_in_the_index() -> None:
    listed = {path for path, _ in index()}
    there = {str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*.json")}
    assert listed == there
    assert len(listed) > 500


@needs_corpus
def test_documents_are_read_as_the_index_says() -> None:
    wrong = []
    for path, words in index():
        check = next((check for pattern, check in TABLE if re.match(pattern, expectation(words))), None)
        assert check is not None, f"nothing fits {words!r}"
        reading = Reading(load(path))
        if not check(reading) and path not in DIFFERENCES:
            wrong.append(f"{path}: {words!r} but {reading.kind} {reading.refusal!r}")
    assert not wrong, "\n".join(wrong)


@needs_corpus
def test_digests_of_requests_in_the_wild_are_right() -> None:
    headers = sorted(CORPUS.rglob("*.headers.json"))
    for path in headers:
        sent = {name.lower(): value for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
        body = path.with_name(path.name.replace(".headers.", ".body.")).read_bytes()
        if "digest" in sent:
            check_digest(sent["digest"], body)
    assert headers


ODD: list[Any] = [
    *(
        None,
        "",
        "x",
        0,
        -1,
        1e308,
        True,
        [],
        {},
        [None],
        [[]],
        [{}],
        {"id": 1},
        {"type": []},
        {"id": "javascript:1"},
    ),
    *("https://", "https://[", "https://a:99999/", "http://a.example/" + "x" * 3000, "\0", "\u202e"),
    *(["https://a.example/1"] * 3, {"type": "Note", "id": {"id": "https://a.example"}}),
    *("2026-13-45T99:99:99Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
]


@needs_corpus
def test_no_mutation_of_a_document_raises_anything_but_a_refusal() -> None:
    chance = random.Random(1)
    for path, _ in index():
        document = load(path)
        if isinstance(document, dict):
            for mutated in mutations(document, chance):
                Reading(mutated)


def mutations(document: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the document with each field, at every depth, replaced by something odd, left out, or wrapped."""
    for place in list(places(document)):
        copy = json.loads(json.dumps(document))
        *way, name = place
        inner = copy
        for step in way:
            inner = inner[step]
        match chance.randrange(4):
            case 0 if isinstance(inner, dict):
                del inner[name]
            case 1:
                inner[name] = [inner[name]]
            case _:
                inner[name] = chance.choice(ODD)
        yield copy


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every field of a document."""
    names = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        if name != "@context":
            yield (*way, name)
            yield from places(value[name], (*way, name))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'"x"',
        b"\xff",
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_a_body_that_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        document_from(body)


def test_an_activity_has_a_known_type_an_actor_and_an_object() -> None:
    whole = {"type": "Like", "actor": "https://far.example/u/ana", "object": "https://far.example/post/1"}
    assert len(activities_in(whole, NOW)) == 1
    for field in whole:
        for said in ({}, {field: None}, {field: ""}):
            rest = {name: value for name, value in whole.items() if name != field} | said
            with pytest.raises(Malformed, match=f"^{field}: "):
                activities_in(rest, NOW)


def test_what_no_column_can_hold_is_left_out() -> None:
    document = {
        "type": "Note",
        "id": "https://a.example/1",
        "attributedTo": "https://a.example/u",
        "content": "a\0b",
    }
    assert content_from(document_from(json.dumps(document).encode()), NOW).html == "ab"
