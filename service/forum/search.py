"""Finding one thing by its address or handle, and completing the handles that people begin to type."""

import re
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import String, bindparam, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.queries import people
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, storable
from service.forum.communities.choices import CommunitySort
from service.forum.communities.queries import listing
from service.forum.errors import NotFound
from service.forum.local_names import is_named
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Community, Feed, Post, User

Kind = Literal["post", "comment", "community", "person", "feed"]

ADDRESS_LENGTH = 2048
SUGGESTIONS = 10
# Clients compare with this sentence.
NOTHING = "No object found."

_SIGNS: dict[str, Kind] = {"@": "person", "!": "community", "~": "feed"}
_FOLDERS: dict[str, Kind] = {"u": "person", "c": "community", "f": "feed"}
_NUMBERED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("comment", re.compile(r"/comment/([0-9]{1,10})")),
    ("comment", re.compile(r"/post/[0-9]{1,10}/comment/([0-9]{1,10})")),
    ("post", re.compile(r"/post/([0-9]{1,10})(?:/.*)?")),
    ("post", re.compile(r"/c/[^/]+/p/([0-9]{1,10})(?:/.*)?")),
)
_HANDLE = re.compile(r"[\w.-]+@[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?")
_PATH = re.compile(r"/(?:c|u|f|post|comment)/\S+")
_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?/\S+")
_ACTORS: dict[Kind, Any] = {"person": User, "community": Community, "feed": Feed}


class Found(msgspec.Struct, frozen=True):
    """Something that the site knows; whether the viewer may see it, its own query decides."""

    kind: Kind
    id: int


async def resolve(db: AsyncConnection, text: str, *, domain: str) -> Found:
    """What an address, a `@person@host`, a `!community@host` or a `~feed@host` means here.

    Addresses of this site are read as its pages have them; those of others are looked up as public identifiers.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: nothing that the site knows.
    """
    text = text.strip()
    if not text or len(text) > ADDRESS_LENGTH or not storable(text):
        raise NotFound(NOTHING)
    if text[0] in _SIGNS:
        return await _by_handle(db, _SIGNS[text[0]], text[1:], domain)
    host, path = _split(text)
    if host == domain:
        return await _by_path(db, text, path, domain)
    return await _by_identifier(db, text)


def names_in(text: str, *, base_url: str) -> list[str]:
    """Return what a text may be that somebody typed, as `resolve` knows it; empty where it is words.

    People leave out the sign of a handle, or the beginning of an address.

    Parameters:
        base_url: of this site, for paths on it.
    """
    text = text.strip()
    if text[:1] in _SIGNS or text.lower().startswith(("http://", "https://")):
        return [text]
    if _HANDLE.fullmatch(text):
        return [f"@{text}", f"!{text}"]
    if _PATH.fullmatch(text):
        return [base_url + text]
    return [f"https://{text}"] if _ADDRESS.fullmatch(text) else []


async def suggestions(db: AsyncConnection, viewer: Viewer | None, text: str, *, domain: str) -> list[str]:
    """Whole handles of people (`@…`) and communities (`!…`) for a beginning that somebody types.

    Parameters:
        text: with its sign, or without one for both kinds.
        domain: this site's.
    """
    kind, name = _SIGNS.get(text[:1]), text.strip().lstrip("@!~")
    if not name:
        return []
    found: list[str] = []
    if kind in {"person", None}:
        known = (await people(db, viewer, text=name, sort=PeopleSort.MOST_POSTS, size=SUGGESTIONS)).people
        found += [f"@{row.person.name}@{row.person.domain or domain}" for row in known]
    if kind in {"community", None}:
        page = await listing(db, viewer, text=name, sort=CommunitySort.MEMBERS, size=SUGGESTIONS)
        found += [f"!{row.community.name}@{row.community.domain or domain}" for row in page.communities]
    return found[:SUGGESTIONS]


def _split(text: str) -> tuple[str, str]:
    """The host (with its port) and the path of a web address; empty for anything else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "", ""
    return (parts.netloc.lower(), parts.path) if parts.scheme in {"http", "https"} else ("", "")


async def _by_path(db: AsyncConnection, text: str, path: str, domain: str) -> Found:
    for kind, pattern in _NUMBERED:
        if (numbered := pattern.fullmatch(path)) and is_id(int(numbered[1])):
            return Found(kind, int(numbered[1]))
    folder, _, name = path.strip("/").partition("/")
    if folder in _FOLDERS and name and "/" not in name:
        return await _by_handle(db, _FOLDERS[folder], name, domain)
    return await _by_identifier(db, text)


async def _by_handle(db: AsyncConnection, kind: Kind, handle: str, domain: str) -> Found:
    name, _, host = handle.partition("@")
    actor = _ACTORS[kind]
    if not host or host.lower() == domain:
        known_as = is_named(actor, name.lower())
    else:
        known_as = actor.ap_id == f"{name}@{host}".lower()
    found = await db.scalar(select(actor.id).where(known_as).limit(literal_limit(1)))
    if found is None:
        raise NotFound(NOTHING)
    return Found(kind, found)


async def _by_identifier(db: AsyncConnection, text: str) -> Found:
    row = (await db.execute(_identified(), {"written": text, "lowered": text.lower()})).first()
    if row is None:
        raise NotFound(NOTHING)
    return Found(row.kind, row.id)


@cache
def _identified() -> Any:
    """Whatever has a public identifier; those of actors are kept in lower case, but for old ones."""
    written, lowered = bindparam("written", type_=String()), bindparam("lowered", type_=String())
    contents: list[Any] = [
        select(literal_column("'post'").label("kind"), Post.id).where(Post.ap_id == written),
        select(literal_column("'comment'"), Comment.id).where(Comment.ap_id == written),
    ]
    actors: list[Any] = [
        select(literal_column(f"'{kind}'"), actor.id).where(actor.ap_profile_id.in_((lowered, written)))
        for kind, actor in _ACTORS.items()
    ]
    return union_all(*contents, *actors)
