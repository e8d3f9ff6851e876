"""What activities name, as the tables have it."""

from typing import Literal

import msgspec

from service.forum.accounts.author import LOCAL_INSTANCE, Author


class Person(msgspec.Struct, frozen=True):
    """An account, of here or elsewhere; `inbox` is its server's shared one where there is one."""

    id: int
    url: str
    instance_id: int
    inbox: str | None
    deleted: bool
    approves_followers: bool

    @property
    def local(self) -> bool:
        """Whether it is an account of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Group(msgspec.Struct, frozen=True):
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
    followed: bool
    moderators: str | None
    featured: str | None

    @property
    def local(self) -> bool:
        """Whether it is a community of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Collection(msgspec.Struct, frozen=True):
    """A feed of communities, of here or elsewhere."""

    id: int
    url: str
    instance_id: int

    @property
    def local(self) -> bool:
        """Whether it is a feed of this site."""
        return self.instance_id == LOCAL_INSTANCE


class Thing(msgspec.Struct, frozen=True):
    """A post or a comment.

    Attributes:
        post_id: of a comment, the post that it stands below; of a post, itself.
        path: of a comment, the comments above it and itself.
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

    @property
    def local(self) -> bool:
        """Whether it was written on this site."""
        return self.instance_id == LOCAL_INSTANCE


class Message(msgspec.Struct, frozen=True):
    """A private message."""

    id: int
    url: str
    sender_id: int | None


Found = Person | Group | Collection | Thing | Message


class Known(msgspec.Struct, kw_only=True):
    """What was found, by id; ids of actors are compared without regard to case.

    Attributes:
        groups_by_id: communities by their rows' ids, those of the things among them.
        authors: what permissions need to know of the people, by their rows' ids.
        buried: names of what we were told is deleted or taken back.
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
