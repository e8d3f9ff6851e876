"""Finds what activities name in the tables: one statement a table for all ids of a batch."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    LargeBinary,
    String,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.intake.envelope import key_of
from service.federation.receive.known import Collection, Group, Known, Message, Person, Thing
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.queries.authors import authors_of
from service.forum.local_names import local_name, name_of
from service.storage.rows import Loader, Read, or_empty, or_false
from service.storage.tables import ChatMessage, Comment, Community, CommunityMember, Feed, Post, User

_IDS: Any = bindparam("ids", type_=ARRAY(String))
_ACTORS: Any = bindparam("actors", type_=ARRAY(String))
_NAMES: Any = bindparam("names", type_=ARRAY(String))
_NUMBERS: Any = bindparam("numbers", type_=ARRAY(Integer))


def _home(table: Any) -> Any:
    return func.coalesce(table.instance_id, literal_column(str(LOCAL_INSTANCE)))


def _stored_url(table: Any) -> Any:
    return or_empty(table.ap_public_url, table.ap_profile_id)


_FOLLOWED = exists().where(
    CommunityMember.community_id == Community.id,
    CommunityMember.user_id == User.id,
    User.instance_id == literal_column(str(LOCAL_INSTANCE)),
)
_PERSON = Loader(
    Person,
    {
        "url": or_empty(User.ap_profile_id),
        "instance_id": _home(User),
        "inbox": User.ap_inbox_url,
        "approves_followers": or_false(User.ap_manually_approves_followers),
    },
    User,
)
_GROUP = Loader(
    Group,
    {
        "url": _stored_url(Community),
        "instance_id": _home(Community),
        "hidden": or_(
            Community.local_only.is_(True),
            and_(Community.private.is_(True), _home(Community) == literal_column(str(LOCAL_INSTANCE))),
        ),
        "followed": _FOLLOWED,
        "moderators": Community.ap_moderators_url,
        "featured": Community.ap_featured_url,
    },
    Community,
)
_COLLECTION = Loader(
    Collection,
    {
        "url": _stored_url(Feed),
        "instance_id": _home(Feed),
    },
    Feed,
)
_POST = Loader(
    Thing,
    {
        "kind": literal_column("'post'"),
        "url": Post.ap_id,
        "author_id": Post.user_id,
        "instance_id": _home(Post),
        "post_id": Post.id,
    },
    Post,
)
_COMMENT = Loader(
    Thing,
    {
        "kind": literal_column("'comment'"),
        "url": Comment.ap_id,
        "author_id": Comment.user_id,
        "instance_id": _home(Comment),
        "path": Read(Comment.path, tuple, ()),
    },
    Comment,
)
_MESSAGE = Loader(Message, {"url": ChatMessage.ap_id}, ChatMessage)


def _asking(loader: Loader[Any], table: Any, *others: Any) -> Any:
    """SQL: the actors of one kind that have one of the ids, or of this site one of the names."""
    named = and_(table.is_local, func.lower(name_of(table)) == any_(_NAMES))
    name = case((table.is_local, func.lower(name_of(table))))
    return select(*loader.columns, table.ap_profile_id.label("known_by"), name.label("named")).where(
        or_(table.ap_profile_id == any_(_ACTORS), named, *others)
    )


_PEOPLE = _asking(_PERSON, User)
_GROUPS = _asking(_GROUP, Community, Community.id == any_(_NUMBERS))
_FEEDS = _asking(_COLLECTION, Feed)
_THINGS: tuple[tuple[Loader[Any], Any], ...] = tuple(
    (loader, select(*loader.columns).where(table.ap_id == any_(_IDS)))
    for loader, table in ((_POST, Post), (_COMMENT, Comment), (_MESSAGE, ChatMessage))
)
_BURIED = text("SELECT key FROM pieloop.tombstone WHERE key = ANY(:keys)").bindparams(
    bindparam("keys", type_=ARRAY(LargeBinary))
)
_HOLD = text("SELECT id FROM post WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE").bindparams(
    bindparam("ids", type_=ARRAY(Integer))
)
LONGEST_STORED = 255  # characters of an id in pyfedi's tables


class _Wanted:
    """The ids of a batch: those of actors in both spellings that are stored, and the names that ids of this site say.

    Parameters:
        ids: as they were written.
        domain: this site's.
    """

    def __init__(self, ids: Iterable[str], domain: str) -> None:
        self.ids = _storable(ids)
        self._actors = sorted({spelled for one in self.ids for spelled in (one, one.lower())})
        self._named: dict[tuple[str, str], list[str]] = {}
        for one in self.ids:
            if place := local_name(one, domain):
                self._named.setdefault(place, []).append(one.lower())

    def parameters(self, folder: str) -> dict[str, Any]:
        """Return what a statement asks for."""
        return {"actors": self._actors, "names": [name for kind, name in self._named if kind == folder]}

    def meanings(self, folder: str, row: Any) -> list[str]:
        """Return the ids, in lower case, that mean the actor of a row: its own, or of this site those with its name."""
        known_by = [row.known_by.lower()] if row.known_by else []
        return [*known_by, *self._named.get((folder, row.named or ""), [])]


async def look_up(db: AsyncConnection, ids: Iterable[str], domain: str, done: Iterable[str] = ()) -> Known:
    """Find actors, things and messages.

    Parameters:
        db: a connection.
        ids: of all that a batch names.
        domain: this site's, whose actors are found by the names that their ids say.
        done: names of activities, which may have been taken back.
    """
    wanted = _Wanted(ids, domain)
    things = await _things(db, wanted.ids)
    actors: dict[str, Person | Group | Collection] = {}
    for row in await db.execute(_FEEDS, wanted.parameters("f")):
        actors |= dict.fromkeys(wanted.meanings("f", row), _COLLECTION.load(row))
    groups: dict[int, Group] = {}
    await _add_groups(db, actors, groups, wanted, things)
    for row in await db.execute(_PEOPLE, wanted.parameters("u")):
        actors |= dict.fromkeys(wanted.meanings("u", row), _PERSON.load(row))
    people = [one.id for one in actors.values() if isinstance(one, Person)]
    return Known(
        actors=actors,
        things=things,
        groups_by_id=groups,
        authors=await authors_of(db, people),
        buried=await _buried(db, [*wanted.ids, *done]),
    )


async def look_again(db: AsyncConnection, known: Known, ids: Iterable[str]) -> None:
    """Find those things anew that may have come or changed since, in the same transaction."""
    wanted = _storable(ids)
    known.things |= await _things(db, wanted)
    known.buried |= await _buried(db, wanted)


async def hold_posts(session: AsyncSession, known: Known) -> None:
    """Hold the posts of a batch in the order of their ids, as everybody does, before anything else is held."""
    posts = sorted({one.post_id for one in known.things.values() if isinstance(one, Thing)})
    if posts:
        await session.execute(_HOLD, {"ids": posts})


async def _things(db: AsyncConnection, wanted: list[str]) -> dict[str, Thing | Message]:
    return {
        found.url: found
        for loader, statement in _THINGS
        for found in map(loader.load, await db.execute(statement, {"ids": wanted}))
    }


async def _add_groups(
    db: AsyncConnection,
    actors: dict[str, Person | Group | Collection],
    groups: dict[int, Group],
    wanted: _Wanted,
    things: dict[str, Thing | Message],
) -> None:
    """Add the communities that are named, and those in which the things stand."""
    places = sorted(
        {one.community_id for one in things.values() if isinstance(one, Thing) and one.community_id}
    )
    for row in await db.execute(_GROUPS, wanted.parameters("c") | {"numbers": places}):
        found = _GROUP.load(row)
        groups[found.id] = found
        actors |= dict.fromkeys(wanted.meanings("c", row), found)


def _storable(ids: Iterable[str]) -> list[str]:
    return sorted({one for one in ids if len(one) <= LONGEST_STORED})


async def _buried(db: AsyncConnection, ids: list[str]) -> set[str]:
    keys = {key_of(one): one for one in ids}
    return {keys[key] for (key,) in await db.execute(_BURIED, {"keys": list(keys)})}
