"""What the rows of an imagined site need of the database: ids, and what is there already."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Table

from service.demo.imagined import Entry, Group, Imagined, Person
from service.forum.accounts.keys import KeyPair
from service.forum.attachments.shapes import StoredImage

# Demo accounts are known by their e-mail addresses, in a domain that is reserved for examples.
MAIL_HOST = "demo.example"


@dataclass(frozen=True)
class Load:
    """Rows for one table: what they are called in the progress, their columns, and how many there will be."""

    what: str
    table: Table
    columns: list[str]
    rows: Iterable[Sequence[Any]]
    count: int


class Ids(NamedTuple):
    """Ids taken from the sequences, as many as the site needs."""

    people: list[int]
    groups: list[int]
    entries: list[int]
    replies: list[int]
    files: list[int]
    websites: list[int]


class Needs(NamedTuple):
    """How many ids of each table a site needs."""

    people: int
    groups: int
    entries: int
    replies: int
    files: int
    websites: int


class Setting(NamedTuple):
    """What the rows need to know of the real site.

    Attributes:
        password_hash: Of the one password that all demo members share.
        keys: A few key pairs, shared by all: making one takes a tenth of a second.
        language_ids: Of the languages that the communities are written in.
        people_language_id: The site's own language, as new accounts get it.
    """

    domain: str
    password_hash: str
    keys: list[KeyPair]
    language_ids: list[int]
    people_language_id: int | None
    pictures: list[StoredImage]
    avatars: list[StoredImage]
    icons: list[StoredImage]


def needs(site: Imagined) -> Needs:
    """Return how many ids the site needs."""
    return Needs(
        len(site.people),
        len(site.groups),
        len(site.entries),
        len(site.replies),
        sum(1 for _ in with_files(site)),
        len(websites(site)),
    )


def with_files(site: Imagined) -> Iterator[Person | Group | Entry]:
    """What has a picture of its own: a row of `file` each, though many show the same file."""
    yield from (person for person in site.people if person.avatar is not None)
    yield from site.groups
    yield from (entry for entry in site.entries if entry.picture is not None)


def websites(site: Imagined) -> list[str]:
    """The hosts that the site links to, each once."""
    return list(dict.fromkeys(entry.host for entry in site.entries if entry.host is not None))
