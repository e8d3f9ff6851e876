"""Documents of people, communities, feeds and servers.

Source: https://www.w3.org/TR/activitypub/#actor-objects, FEP-1b12 (groups), FEP-2677 (applications), FEP-7628 (moves)
"""

from datetime import datetime
from typing import Literal

import msgspec

from service.federation.errors import Malformed, NotTheirs
from service.federation.origin import host_of, same_origin
from service.federation.read.tags import Flair, flairs_in
from service.federation.vocabulary import (
    PERSONS,
    Document,
    as_document,
    as_id,
    documents_in,
    first_link,
    flag,
    ids_in,
    is_public,
    kind_of,
    language_of,
    markdown_of,
    number,
    past,
    text,
    word,
)

LONGEST_NAME = 255
LONGEST_TEXT = 50_000
MOST_FIELDS = 8
MOST_KEYS = 5

Kind = Literal["person", "group", "feed", "instance"]


class Key(msgspec.Struct, frozen=True):
    """A public key of an actor's."""

    id: str
    owner: str
    pem: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """What another server says of an actor.

    Attributes:
        id: as it is written; it is compared without regard to case.
        name: preferredUsername.
        title: the display name; the name where there is none.
        about_html, about: the description as HTML (not clean yet), and its Markdown where the server gives it.
        inbox, shared_inbox: where activities are sent; the second for the whole server. A server's own actor may
            have no inbox ("").
        moderators: the address of the collection, or, for PeerTube's channels, the ids themselves.
        accepts_messages: 0 nobody, 1 its own server, 2 trusted servers, 3 everybody, where the server says it.
    """

    id: str
    kind: Kind
    name: str
    inbox: str
    title: str = ""
    about_html: str = ""
    about: str | None = None
    url: str | None = None
    shared_inbox: str | None = None
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    moderators: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    icon: str | None = None
    image: str | None = None
    bot: bool = False
    approves_followers: bool = False
    discoverable: bool = True
    indexable: bool = True
    suspended: bool = False
    nsfw: bool = False
    moderators_only: bool = False
    posting_warning: str | None = None
    question_answer: bool = False
    new_moderators_wanted: bool = False
    generated: bool = False
    accepts_messages: int | None = None
    language: str | None = None
    flairs: tuple[Flair, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    moved_to: str | None = None
    also_known_as: tuple[str, ...] = ()
    matrix: str | None = None
    published: datetime | None = None
    updated: datetime | None = None


def actor_from(document: Document, now: datetime) -> Actor:
    """Read an actor.

    Parameters:
        document: as it was fetched or sent.
        now: naive UTC.

    Raises:
        Malformed: what makes an actor is missing.
        NotTheirs: its inbox is on another server than itself.
    """
    identity, inbox = as_id(document), as_id(document.get("inbox"))
    kind = _kind(document)
    name = word(document.get("preferredUsername")) or (_host(identity) if kind == "instance" else "")
    if identity is None or not name or (inbox is None and kind != "instance"):
        raise Malformed("An actor needs an id, an inbox and a preferredUsername.")
    if inbox is not None and not same_origin(identity, inbox):
        raise NotTheirs("An actor's inbox is on its own server.")
    return Actor(
        id=identity,
        kind=kind,
        name=name,
        inbox=inbox or "",
        title=text(document.get("name"), LONGEST_NAME).strip() or name,
        about_html=text(document.get("summary"), LONGEST_TEXT),
        about=markdown_of(document, LONGEST_TEXT) or None,
        url=first_link(document.get("url")),
        shared_inbox=_shared_inbox(document, identity),
        outbox=as_id(document.get("outbox")),
        followers=as_id(document.get("followers")),
        following=as_id(document.get("following")),
        featured=as_id(document.get("featured")),
        moderators=tuple(ids_in(document.get("moderators") or document.get("attributedTo"))),
        keys=keys_in(document),
        icon=first_link(document.get("icon")),
        image=first_link(document.get("image")),
        bot=kind_of(document) in {"Service", "Application"},
        approves_followers=flag(document.get("manuallyApprovesFollowers")),
        discoverable=flag(document.get("discoverable"), default=True),
        indexable=_indexable(document),
        suspended=flag(document.get("suspended")),
        nsfw=flag(document.get("sensitive")),
        moderators_only=flag(document.get("postingRestrictedToMods")),
        posting_warning=text(document.get("postingWarning"), 512) or None,
        question_answer=flag(document.get("questionAnswer")),
        new_moderators_wanted=flag(document.get("newModsWanted")),
        generated=flag(document.get("genAI")),
        accepts_messages=number(document.get("acceptPrivateMessages"), most=3),
        language=language_of(document),
        flairs=flairs_in(document),
        fields=_fields(document),
        moved_to=as_id(document.get("movedTo")),
        also_known_as=tuple(ids_in(document.get("alsoKnownAs"))),
        matrix=word(document.get("matrixUserId")) or None,
        published=past(document.get("published"), now),
        updated=past(document.get("updated"), now),
    )


def keys_in(document: Document) -> tuple[Key, ...]:
    """Return the keys of an actor, or of the stub that some servers serve at a key's own address."""
    found = []
    for key in documents_in(document.get("publicKey"))[:MOST_KEYS]:
        identity, pem = as_id(key), text(key.get("publicKeyPem"), LONGEST_TEXT)
        owner = as_id(key.get("owner")) or as_id(document)
        if identity and owner and pem:
            found.append(Key(identity, owner, pem))
    return tuple(found)


def _kind(document: Document) -> Kind:
    kind = kind_of(document)
    if kind == "Group":
        return "group"
    if kind == "Feed":
        return "feed"
    if kind == "Application":
        return "instance"
    if kind in PERSONS:
        return "person"
    raise Malformed(f"{kind or 'Nothing'} is no type of an actor.")


def _host(identity: str | None) -> str:
    return (host_of(identity) or "") if identity else ""


def _indexable(document: Document) -> bool:
    """Whether search engines may have it: FEP-5feb's word, else FEP-268d's; yes where neither is said."""
    named = document.get("searchableBy")
    return flag(document.get("indexable"), default=named is None or is_public(named))


def _shared_inbox(document: Document, identity: str) -> str | None:
    endpoints = as_document(document.get("endpoints")) or {}
    found = as_id(endpoints.get("sharedInbox")) or as_id(document.get("sharedInbox"))
    return found if found is not None and same_origin(found, identity) else None


def _fields(document: Document) -> tuple[tuple[str, str], ...]:
    properties = [one for one in documents_in(document.get("attachment")) if kind_of(one) == "PropertyValue"]
    pairs = [(text(one.get("name"), 1024), text(one.get("value"), 1024)) for one in properties[:MOST_FIELDS]]
    return tuple((name, value) for name, value in pairs if name)
