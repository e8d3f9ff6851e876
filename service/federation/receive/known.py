"""What activities name, found in the tables: one statement a table for all ids of a batch."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Integer, LargeBinary, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.intake.envelope import key_of
from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.accounts.queries.authors import authors_of
from service.forum.local_names import local_name


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An account, of here or elsewhere; `inbox` is its server's shared one where there is one."""

    id: int
    url: str
    instance_id: int
    inbox: str | None
    deleted: bool
    fetched_at: datetime | None
    approves_followers: bool

    @property
    def local(self) -> bool:
        """Whether it is an account of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A community, of here or elsewhere.

    Attributes:
        url: its id, as its own server writes it.
        hidden: of this site, and private or for this site alone: nothing of it comes from or goes to others.
        private: what stands in it is for its members.
        followed: somebody of this site is a member.
    """

    id: int
    url: str
    instance_id: int
    hidden: bool
    private: bool
    closed: bool
    followed: bool
    moderators: str | None
    featured: str | None
    fetched_at: datetime | None

    @property
    def local(self) -> bool:
        """Whether it is a community of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of communities, of here or elsewhere."""

    id: int
    url: str
    instance_id: int
    owner_id: int | None
    following: str | None

    @property
    def local(self) -> bool:
        """Whether it is a feed of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A post or a comment.

    Attributes:
        post_id: of a comment, the post that it stands below; of a post, itself.
        path: of a comment, the comments above it and itself.
        type: of a post; see the forum's kinds.
    """

    kind: Literal["post", "comment"]
    id: int
    url: str
    author_id: int | None
    community_id: int | None
    instance_id: int
    deleted: bool
    post_id: int
    path: tuple[int, ...] = ()
    type: int | None = None

    @property
    def local(self) -> bool:
        """Whether it was written on this site."""
        return self.instance_id == LOCAL_INSTANCE


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A private message."""

    id: int
    url: str
    sender_id: int | None
    recipient_id: int | None


Found = Person | Group | Collection | Thing | Message


class Known(msgspec.Struct, kw_only=True):
    """What was found, by id; ids of actors are compared without regard to case.

    Attributes:
        groups_by_id: communities by their rows' ids, those of the things among them.
        authors: what permissions need to know of the people, by their rows' ids.
        buried: ids of which we were told that they are deleted.
    """

    actors: dict[str, Person | Group | Collection]
    things: dict[str, Thing | Message]
    groups_by_id: dict[int, Group]
    authors: dict[int, Author]
    buried: set[str]

    def find(self, identity: str | None) -> Found | None:
        """Return what has an id; None if it is not known."""
        if identity is None:
            return None
        return self.actors.get(identity.lower()) or self.things.get(identity)

    def person(self, identity: str | None) -> Person | None:
        """Return an account by its id."""
        found = self.find(identity)
        return found if isinstance(found, Person) else None

    def group(self, identity: str | None) -> Group | None:
        """Return a community by its id."""
        found = self.find(identity)
        return found if isinstance(found, Group) else None

    def thing(self, identity: str | None) -> Thing | None:
        """Return a post or comment by its id."""
        found = self.find(identity)
        return found if isinstance(found, Thing) else None

    def place_of(self, thing: Thing | None) -> Group | None:
        """Return the community in which something stands."""
        return self.groups_by_id.get(thing.community_id or 0) if thing else None


_IDS = bindparam("ids", type_=ARRAY(String))
_ACTORS = bindparam("actors", type_=ARRAY(String))
_NAMES = bindparam("names", type_=ARRAY(String))

_PEOPLE = text(f"""
    SELECT id, ap_profile_id, coalesce(instance_id, {LOCAL_INSTANCE}), ap_inbox_url, deleted IS TRUE,
        ap_fetched_at, ap_manually_approves_followers IS TRUE, CASE WHEN ap_id IS NULL THEN lower(user_name) END
    FROM "user" WHERE ap_profile_id = ANY(:actors) OR (ap_id IS NULL AND lower(user_name) = ANY(:names))
""").bindparams(_ACTORS, _NAMES)
_GROUPS = text(f"""
    SELECT id, ap_profile_id, coalesce(ap_public_url, ap_profile_id), coalesce(instance_id, {LOCAL_INSTANCE}),
        local_only IS TRUE OR (private IS TRUE AND coalesce(instance_id, {LOCAL_INSTANCE}) = {LOCAL_INSTANCE}),
        private IS TRUE, banned IS TRUE,
        EXISTS (
            SELECT FROM community_member m JOIN "user" u ON u.id = m.user_id
            WHERE m.community_id = community.id AND u.instance_id = {LOCAL_INSTANCE}
        ),
        ap_moderators_url, ap_featured_url, ap_fetched_at, CASE WHEN ap_id IS NULL THEN lower(name) END
    FROM community WHERE ap_profile_id = ANY(:actors) OR (ap_id IS NULL AND lower(name) = ANY(:names))
        OR id = ANY(:numbers)
""").bindparams(_ACTORS, _NAMES, bindparam("numbers", type_=ARRAY(Integer)))
_FEEDS = text(f"""
    SELECT id, ap_profile_id, coalesce(ap_public_url, ap_profile_id), coalesce(instance_id, {LOCAL_INSTANCE}),
        user_id, ap_following_url, CASE WHEN ap_id IS NULL THEN lower(name) END
    FROM feed WHERE ap_profile_id = ANY(:actors) OR (ap_id IS NULL AND lower(name) = ANY(:names))
""").bindparams(_ACTORS, _NAMES)
_POSTS = text(f"""
    SELECT id, ap_id, user_id, community_id, coalesce(instance_id, {LOCAL_INSTANCE}), deleted IS TRUE, type
    FROM post WHERE ap_id = ANY(:ids)
""").bindparams(_IDS)
_COMMENTS = text(f"""
    SELECT id, ap_id, user_id, community_id, coalesce(instance_id, {LOCAL_INSTANCE}), deleted IS TRUE, post_id,
        coalesce(path, '{{}}')
    FROM post_reply WHERE ap_id = ANY(:ids)
""").bindparams(_IDS)
_MESSAGES = text("""
    SELECT id, ap_id, sender_id, recipient_id FROM chat_message WHERE ap_id = ANY(:ids)
""").bindparams(_IDS)
_BURIED = text("SELECT key FROM pieloop.tombstone WHERE key = ANY(:keys)").bindparams(
    bindparam("keys", type_=ARRAY(LargeBinary))
)


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

    def meanings(self, folder: str, url: str | None, name: str | None) -> list[str]:
        """Return the ids, in lower case, that mean an actor with this id, or of this site with this name."""
        return [*([url.lower()] if url else []), *self._named.get((folder, name or ""), [])]


async def look_up(db: AsyncConnection, ids: Iterable[str], domain: str) -> Known:
    """Find actors, things and messages.

    Parameters:
        db: a connection.
        ids: of all that a batch names.
        domain: this site's, whose actors are found by the names that their ids say.
    """
    wanted = _Wanted(ids, domain)
    things = await _things(db, wanted.ids)
    actors: dict[str, Person | Group | Collection] = {}
    for row in await db.execute(_FEEDS, wanted.parameters("f")):
        found = Collection(id=row[0], url=row[2] or "", instance_id=row[3], owner_id=row[4], following=row[5])
        actors |= dict.fromkeys(wanted.meanings("f", row[1], row[-1]), found)
    groups: dict[int, Group] = {}
    await _add_groups(db, actors, groups, wanted, things)
    for row in await db.execute(_PEOPLE, wanted.parameters("u")):
        actors |= dict.fromkeys(wanted.meanings("u", row[1], row[-1]), _person(row))
    people = [one.id for one in actors.values() if isinstance(one, Person)]
    return Known(
        actors=actors,
        things=things,
        groups_by_id=groups,
        authors=await authors_of(db, people),
        buried=await _buried(db, wanted.ids),
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
    things: dict[str, Thing | Message] = {}
    for row in await db.execute(_POSTS, {"ids": wanted}):
        things[row[1]] = _post(row)
    for row in await db.execute(_COMMENTS, {"ids": wanted}):
        things[row[1]] = _comment(row)
    for row in await db.execute(_MESSAGES, {"ids": wanted}):
        things[row[1]] = Message(id=row[0], url=row[1], sender_id=row[2], recipient_id=row[3])
    return things


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
        groups[row[0]] = found = _group(row)
        actors |= dict.fromkeys(wanted.meanings("c", row[1], row[-1]), found)


def _storable(ids: Iterable[str]) -> list[str]:
    return sorted({one for one in ids if len(one) <= LONGEST_STORED})


_HOLD = text("SELECT id FROM post WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE").bindparams(
    bindparam("ids", type_=ARRAY(Integer))
)
LONGEST_STORED = 255  # characters of an id in pyfedi's tables


async def _buried(db: AsyncConnection, ids: list[str]) -> set[str]:
    keys = {key_of(one): one for one in ids}
    return {keys[key] for (key,) in await db.execute(_BURIED, {"keys": list(keys)})}


def _person(row: Any) -> Person:
    return Person(
        id=row[0],
        url=row[1] or "",
        instance_id=row[2],
        inbox=row[3],
        deleted=row[4],
        fetched_at=row[5],
        approves_followers=row[6],
    )


def _group(row: Any) -> Group:
    return Group(
        id=row[0],
        url=row[2] or "",
        instance_id=row[3],
        hidden=row[4],
        private=row[5],
        closed=row[6],
        followed=row[7],
        moderators=row[8],
        featured=row[9],
        fetched_at=row[10],
    )


def _post(row: Any) -> Thing:
    return Thing(
        kind="post",
        id=row[0],
        url=row[1],
        author_id=row[2],
        community_id=row[3],
        instance_id=row[4],
        deleted=row[5],
        post_id=row[0],
        type=row[6],
    )


def _comment(row: Any) -> Thing:
    return Thing(
        kind="comment",
        id=row[0],
        url=row[1],
        author_id=row[2],
        community_id=row[3],
        instance_id=row[4],
        deleted=row[5],
        post_id=row[6] or 0,
        path=tuple(row[7]),
    )
