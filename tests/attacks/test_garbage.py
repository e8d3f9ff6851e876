"""Whatever stands in an address, a header, a document or a file: who reads it answers, or refuses in its own words."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from service.config import load_config
from service.errors import StartupError
from service.federation.errors import Refused as FederationRefused
from service.federation.intake.envelope import envelope_from
from service.federation.origin import host_of, origin_of
from service.federation.read.activities import activities_in
from service.federation.read.actors import actor_from
from service.federation.read.collections import collection_from
from service.federation.read.content import content_from
from service.federation.signatures.digests import check_content_digest, check_digest
from service.federation.signatures.keys import public_key_from
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received, signature_from, time_of
from service.federation.vocabulary import document_from
from service.forum.errors import ForumError
from service.forum.feeds.choices import Sort
from service.forum.feeds.rules import Cursor, PostSelection, read_cursor, write_cursor
from service.forum.posts.rules import checked_body, checked_title, checked_url, type_of
from service.forum.posts.rules import host_of as host_of_link
from service.outbound.errors import Refused as OutboundRefused
from service.outbound.urls import parse_url, redirected
from service.text.addresses import as_link, most_telling_part, same_page, without_tracking
from service.text.encodings import decode
from service.text.markdown import named_in, render_markdown
from service.text.preview import parse_preview
from service.text.sanitising import sanitise
from service.text.to_markdown import to_markdown

ROUNDS = 120
NOW, SECONDS = datetime(2026, 1, 1), 1_767_225_600.0
ODD = (
    "\0",
    "\ud800",
    "\u202e",
    "é",
    "𝟛",
    "\r\n",
    "\x7f",
    '"',
    "\\",
    "[" * 2000,
    "{" * 500,
    "9" * 400,
    "-1",
    "%",
    "&#",
    "<",
    "://",
)

Reader = Callable[[str], Any]


def broken(seed: int, *good: str) -> Iterator[str]:
    """What is nearly as it should be: pieces lost, doubled, swapped with others, or odd."""
    chance = Random(seed)
    yield from ODD
    yield ""
    for _ in range(ROUNDS):
        text = chance.choice(good)
        for _ in range(chance.randint(1, 4)):
            at, length = chance.randrange(len(text) + 1), chance.randint(0, 12)
            other = chance.choice(good)
            piece = chance.choice(
                (
                    "",
                    chance.choice(ODD),
                    text[at : at + length] * 3,
                    other[at : at + 30],
                    chr(chance.randrange(0x250)),
                )
            )
            text = text[:at] + piece + text[at + length :]
        yield text


def cursor(text: str) -> Any:
    return [
        read_cursor(PostSelection(community_id=number), sort, text) for sort in Sort for number in (None, 1)
    ]


def packed_cursor(text: str) -> Any:
    return cursor(base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("="))


def as_bytes(read: Callable[[bytes], Any]) -> Reader:
    return lambda text: read(text.encode("utf-8", "surrogatepass"))


def as_text(read: Reader) -> Reader:
    """What can be sent as UTF-8."""
    return lambda text: read(text.encode("utf-8", "replace").decode())


def signed(text: str) -> Any:
    for name in ("signature", "signature-input", "digest", "date", "host", "content-digest"):
        headers = {
            "host": "pie.example",
            "date": "Thu, 01 Jan 2026 00:00:00 GMT",
            "signature": OLD_SIGNATURE,
            name: text,
        }
        try:
            read_claim(
                Received(method="POST", target="/inbox", scheme="https", headers=headers, body=b"{}"), SECONDS
            )
        except FederationRefused:
            continue


def meaning(text: str) -> Any:
    found = document_from(text.encode("utf-8", "surrogatepass"))
    for read in (
        lambda: activities_in(found, NOW),
        lambda: actor_from(found, NOW),
        lambda: collection_from(found),
        lambda: content_from(found, NOW),
    ):
        try:
            read()
        except FederationRefused:
            continue


def configured(text: str) -> Any:
    file = Path(CONFIG_FILE)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return load_config(file, {})


CONFIG_FILE = ""
OLD_SIGNATURE = (
    'keyId="https://far.example/u/zoe#main-key",algorithm="rsa-sha256",'
    'headers="(request-target) host date digest",signature="AAAA"'
)
NEW_SIGNATURE = 'sig1=("@method" "@target-uri" "content-digest");created=1767225600;keyid="https://far.example/u/zoe#main-key"'
NOTE = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://far.example/1",
    "type": "Create",
    "actor": "https://far.example/u/zoe",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "object": {
        "id": "https://far.example/2",
        "type": "Page",
        "name": "Hello",
        "content": "<p>Hi</p>",
        "published": "2026-01-01T00:00:00Z",
        "attachment": [{"type": "Link", "href": "https://far.example/x"}],
        "tag": [{"type": "Hashtag", "name": "#x"}],
        "oneOf": [{"type": "Note", "name": "Yes", "replies": {"totalItems": 3}}],
    },
}
PERSON = {
    "id": "https://far.example/u/zoe",
    "type": "Person",
    "preferredUsername": "zoe",
    "inbox": "https://far.example/u/zoe/inbox",
    "publicKey": {
        "id": "https://far.example/u/zoe#main-key",
        "owner": "https://far.example/u/zoe",
        "publicKeyPem": "x",
    },
    "endpoints": {"sharedInbox": "https://far.example/inbox"},
    "icon": {"type": "Image", "url": "https://far.example/i.png"},
}
DOCUMENTS = (json.dumps(NOTE), json.dumps(PERSON), json.dumps(NOTE["object"]))
ADDRESSES = (
    "https://user:pw@far.example:8080/a/b?c=d#e",
    "http://[::1]:80/x",
    "magnet:?xt=urn:btih:abc&dn=x",
    "far.example/path?utm_source=x",
)
MARKDOWN = (
    "# Hi *there* [a](https://x.example) @ana@far.example ![b](c.png)\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "::: spoiler x\ny\n:::\n```py\n1\n```",
)
PAGE = (
    (
        '<html><head><meta charset="utf-8"><title>A</title><meta property="og:image" content="/i.png"></head>'
        '<body><p onclick=x>Hi &amp; <a href="javascript:1">b</a></p>'
    ),
)
CURSORS = tuple(
    base64.urlsafe_b64decode(
        write_cursor(sort, Cursor(False, (False, 5, 1.5, "2026-01-01T00:00:00", 7))) + "=="
    ).decode()
    for sort in (Sort.HOT, Sort.NEW)
)

READERS: dict[str, tuple[Reader, tuple[type[Exception], ...], tuple[str, ...]]] = {
    "cursors": (
        cursor,
        (ForumError,),
        tuple(write_cursor(Sort.HOT, Cursor(False, (5, 7))) for _ in range(2)),
    ),
    "what is in cursors": (packed_cursor, (ForumError,), CURSORS),
    "titles": (checked_title, (ForumError,), ("A title", "[NSFW] x")),
    "texts": (checked_body, (ForumError,), MARKDOWN),
    "links": (lambda text: type_of(checked_url(text)), (ForumError,), ADDRESSES),
    "hosts": (lambda text: (host_of_link(text), host_of(text), origin_of(text)), (), ADDRESSES),
    "addresses": (
        lambda text: [read(text) for read in (as_link, without_tracking, same_page, most_telling_part)],
        (),
        ADDRESSES,
    ),
    "addresses to ask": (lambda text: parse_url(text, allow_http=True), (OutboundRefused,), ADDRESSES),
    "redirects": (
        lambda text: redirected(parse_url("https://a.example/", allow_http=True), text, allow_http=True),
        (OutboundRefused,),
        (*ADDRESSES, "/x", "//b.example/"),
    ),
    "Markdown": (lambda text: (render_markdown(text, domain="pie.example"), named_in(text)), (), MARKDOWN),
    "HTML": (as_text(lambda text: (sanitise(text), to_markdown(text, 1000))), (), PAGE),
    "pages": (
        as_bytes(lambda body: parse_preview(body, "text/html; charset=utf-16le", "https://x.example/")),
        (),
        PAGE,
    ),
    "charsets": (
        lambda text: decode(b"<meta charset=x>", text),
        (),
        ("text/html; charset=utf-8", 'a/b;charset="x'),
    ),
    "envelopes": (as_bytes(envelope_from), (FederationRefused,), DOCUMENTS),
    "documents": (meaning, (FederationRefused,), DOCUMENTS),
    "signatures": (
        signed,
        (),
        (OLD_SIGNATURE, NEW_SIGNATURE, "sig1=:AAAA:", "SHA-256=AAAA", "sha-256=:AAAA:"),
    ),
    "digests": (lambda text: check_digest(text, b"x"), (FederationRefused,), ("SHA-256=AAAA", "id-sha=A")),
    "new digests": (lambda text: check_content_digest(text, b"x"), (FederationRefused,), ("sha-256=:AAAA:",)),
    "dates": (
        time_of,
        (FederationRefused,),
        ("Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 99 Xyz 9999999 00:00:00 +9999"),
    ),
    "signatures in base64": (signature_from, (FederationRefused,), ("AAAA", "ab+/==")),
    "keys": (
        public_key_from,
        (FederationRefused,),
        ("-----BEGIN PUBLIC KEY-----\nMFww\n-----END PUBLIC KEY-----\n",),
    ),
    "config": (
        configured,
        (StartupError,),
        (
            '[http]\nbind = "127.0.0.1:80"\nprocesses = 2\n',
            "[database]\npool_size = 3\n",
            "[limits]\nvote = '1/2'\n",
        ),
    ),
}


@pytest.mark.parametrize("what", READERS)
def test_it_is_read_or_refused(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "CONFIG_FILE", str(tmp_path / "config.toml"))
    read, refusals, good = READERS[what]
    for text in broken(len(what), *good):
        try:
            read(text)
        except refusals:
            continue
        except Exception as error:
            raise AssertionError(f"{what}: {text[:300]!r}") from error
