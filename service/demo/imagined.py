"""The imagined site: its people, groups, posts and comments. `plan` makes one, `rows` makes rows of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from service.demo.subjects import Subject
from service.demo.texts import Kind, Text

LINK, DISCUSSION, PICTURE, FILM = "link", "discussion", "picture", "film"


@dataclass(slots=True, eq=False)
class Person:
    """A member. `activity` weighs how much they write."""

    name: str
    title: str
    about: Text
    activity: float
    avatar: int | None
    created: datetime
    last_seen: datetime
    id: int = 0
    file_id: int | None = None
    posts: int = 0
    comments: int = 0
    reputation: int = 0

    @property
    def has_picture(self) -> bool:
        """Whether a row of `file` belongs to it."""
        return self.avatar is not None


@dataclass(slots=True, eq=False)
class Group:
    """A community, its members (founder and moderators first) and how often each of them writes, summed up."""

    words: Kind
    subject: Subject
    mixture: tuple[int, int, int, int]
    weight: float
    icon: int
    created: datetime
    last_active: datetime
    members: list[Person] = field(default_factory=list)
    activity: list[float] = field(default_factory=list)
    moderators: int = 1
    id: int = 0
    file_id: int | None = None
    posts: int = 0
    comments: int = 0

    @property
    def has_picture(self) -> bool:
        """Whether a row of `file` belongs to it."""
        return True


@dataclass(slots=True, eq=False)
class Entry:
    """A post. `voters` are other people's votes, the first `downs` of them against it."""

    author: Person
    group: Group
    at: datetime
    last_active: datetime
    kind: str
    title: str
    weight: float
    body: Text | None = None
    url: str | None = None
    host: str | None = None
    picture: int | None = None
    edited_at: datetime | None = None
    sticky: bool = False
    voters: list[Person] = field(default_factory=list)
    downs: int = 0
    replies: int = 0
    story: list["Entry"] = field(default_factory=list)
    id: int = 0
    file_id: int | None = None

    @property
    def has_picture(self) -> bool:
        """Whether a row of `file` belongs to it."""
        return self.picture is not None


@dataclass(slots=True, eq=False)
class Reply:
    """A comment; `voters` as of an Entry, `below` counts all comments under it."""

    author: Person
    entry: Entry
    parent: "Reply | None"
    at: datetime
    text: Text
    depth: int
    voters: list[Person] = field(default_factory=list)
    downs: int = 0
    below: int = 0
    path: list[int] = field(default_factory=list)
    id: int = 0


# What may have a picture of its own: a row of `file` each, though many show the same file.
Thing: TypeAlias = Person | Group | Entry


@dataclass(slots=True, eq=False)
class Website:
    """A host that the site links to."""

    host: str
    id: int = 0
    posts: int = 0


@dataclass(frozen=True)
class Chapter:
    """What was written in one part of the site's history, each list in the order of time."""

    entries: list[Entry]
    replies: list[Reply]


@dataclass(frozen=True)
class Imagined:
    """The whole site. Its history comes in chapters, so that no more than one of them has to be in memory.

    Attributes:
        people, groups: in the order of time. Each chapter adds to their counters and to what they did last.
        chapters: from the oldest to the latest, imagined as they are asked for.
        parts: how many chapters there are.
    """

    now: datetime
    people: list[Person]
    groups: list[Group]
    chapters: Iterator[Chapter]
    parts: int


@dataclass(frozen=True)
class Given:
    """What the plan has to start from.

    Attributes:
        now: naive UTC; nothing happens later.
        domain: the site's.
        taken: names that accounts, communities, feeds and websites have already, in lower case.
        pictures: what each picture shows, in a few words.
        avatars, icons: how many there are.
    """

    now: datetime
    domain: str
    taken: frozenset[str]
    pictures: Sequence[str]
    avatars: int
    icons: int
