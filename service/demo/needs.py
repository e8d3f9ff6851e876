"""What passes between the rows of an imagined site and the database: rows to load, and what is there already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Table

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
