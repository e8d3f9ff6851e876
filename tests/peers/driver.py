"""What the judge asks of a server, whichever program it runs: the verbs of its people, and what they see.

Things are named by their ids, which are the same everywhere. What a driver shows is what its server has in its
database: it never lets the server fetch a thing to look at it, since that would hide a delivery that was lost.
"""

import random
import secrets
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.federate.acting import fresh

TOO_LATE = 408
PASSWORD = "a-password-of-the-judge-1"


@dataclass(frozen=True)
class Draft:
    """A post to be.

    Attributes:
        url: of the link, the picture or the film.
        alt: the picture's alternative text.
        choices: of a poll.
        event: when it begins and ends, in ISO 8601.
    """

    title: str = field(default_factory=lambda: fresh("Title"))
    body: str = ""
    url: str = ""
    alt: str = ""
    nsfw: bool = False
    choices: tuple[str, ...] = ()
    event: tuple[str, str] | None = None


@dataclass(frozen=True)
class Seen:
    """A post or comment, as a server shows it.

    Attributes:
        author: their id.
        above: of a comment: how many stand above it.
        votes: for and against.
        gone: whether it is deleted or removed, or not shown any more.
        choices: of a poll, with the votes of each.
        kind: of a post, in the program's own word.
    """

    id: str
    author: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    alt: str = ""
    above: int = 0
    votes: tuple[int, int] = (0, 0)
    gone: bool = False
    locked: bool = False
    pinned: bool = False
    nsfw: bool = False
    choices: tuple[tuple[str, int], ...] = ()
    kind: str = ""


@dataclass(frozen=True)
class Profile:
    """Somebody, as a server shows them."""

    bio: str = ""
    banned: bool = False
    deleted: bool = False


def handle(actor: str) -> str:
    """Return how a person or community is asked for: NAME@HOST."""
    host, _, path = actor.removeprefix("https://").partition("/")
    return f"{path.rpartition('/')[2]}@{host}"


def is_community(thing: str) -> bool:
    """Whether an id is a community's, and not of a post that stands below one."""
    return "/c/" in thing and "/p/" not in thing and "/post/" not in thing


class Refused(Exception):
    """A server did not do what it was asked for."""


@dataclass
class Server(ABC):
    """A running server.

    Attributes:
        name: its domain.
        credentials: what the environment says of it, by the words after its name.
    """

    name: str
    credentials: dict[str, str]
    session: aiohttp.ClientSession
    version: str = ""
    accounts: list[str] = field(default_factory=list)

    @abstractmethod
    async def begin(self) -> None:
        """Learn its version."""

    @abstractmethod
    async def person(self, word: str = "ana") -> "Person":
        """Make an account and sign in."""

    def an_account(self) -> list[str]:
        """Return name and password of an account that was not used yet, of those that the environment names."""
        self.accounts = self.accounts or _shuffled(self.credentials["ACCOUNTS"].split())
        return self.accounts.pop().split(":")

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """Ask its API; return the decoded answer.

        Raises:
            Refused: it did not answer with success; with what it said.
        """
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self.session.request(
            method, f"https://{self.name}{path}", headers=headers, **more
        ) as answer:
            said = await answer.text()
            if answer.status == TOO_LATE:  # it has not read what it was asked
                return await self.ask(method, path, token, headers=headers, **more)
            if not answer.ok:
                raise Refused(f"{self.name}: {method} {path}: {answer.status} {said[:300]}")
            return await answer.json(content_type=None) if said else None


@dataclass
class Person(ABC):
    """Somebody with an account, signed in to the API."""

    server: Server
    name: str
    token: str

    @property
    @abstractmethod
    def id(self) -> str:
        """Their actor's id."""

    async def get(self, path: str, **query: Any) -> Any:
        """Read from the API."""
        return await self.server.ask("GET", path, self.token, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        """Do something by the API."""
        return await self.server.ask("POST", path, self.token, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """Change something by the API."""
        return await self.server.ask("PUT", path, self.token, json=body)

    @abstractmethod
    async def find(self, actor: str) -> None:
        """Let the server fetch a person or community, by its handle."""


class Member(Person):
    """Somebody on a server with communities."""

    @abstractmethod
    async def keeper(self) -> "Member":
        """The server's administrator."""

    @abstractmethod
    async def community(self, word: str = "garden") -> str:
        """Make a community; return its id."""

    @abstractmethod
    async def join(self, community: str, *, joins: bool = True) -> None:
        """Ask to join, or leave."""

    @abstractmethod
    async def joined(self, community: str) -> bool:
        """Whether the community has accepted."""

    @abstractmethod
    async def members(self, community: str) -> int:
        """How many have joined, as the server says."""

    @abstractmethod
    async def describe(self, community: str, text: str) -> None:
        """Change the community's description."""

    @abstractmethod
    async def description(self, community: str) -> str:
        """The community's description."""

    @abstractmethod
    async def publish(self, community: str, draft: Draft) -> str:
        """Publish a post; return its id."""

    @abstractmethod
    async def comment(self, post: str, body: str, *, below: str = "") -> str:
        """Comment on a post, or on a comment of it; return the comment's id."""

    @abstractmethod
    async def posts(self, community: str) -> list[Seen]:
        """The newest posts of a community."""

    @abstractmethod
    async def sees(self, thing: str, within: str) -> Seen | None:
        """A post of a community, or a comment on a post; None where it has not come.

        Parameters:
            within: the community, or the post.
        """

    @abstractmethod
    async def vote(self, thing: str, score: int) -> None:
        """Vote for (1) or against (-1) something, or take the vote back (0)."""

    @abstractmethod
    async def choose(self, post: str, choice: str) -> None:
        """Vote in a poll."""

    @abstractmethod
    async def edit(self, thing: str, **changes: str) -> None:
        """Change the title or body of what is one's own."""

    @abstractmethod
    async def delete(self, thing: str, *, deleted: bool = True) -> None:
        """Delete or restore what is one's own."""

    @abstractmethod
    async def remove(self, thing: str, *, removed: bool = True) -> None:
        """Remove or restore something as a moderator."""

    @abstractmethod
    async def lock(self, post: str, *, locked: bool = True) -> None:
        """Let nobody comment on a post."""

    @abstractmethod
    async def pin(self, post: str, *, pinned: bool = True) -> None:
        """Put a post first in its community."""

    @abstractmethod
    async def appoint(self, community: str, person: str, *, added: bool = True) -> None:
        """Let somebody moderate a community, or not any more."""

    @abstractmethod
    async def ban(self, community: str, person: str, *, banned: bool = True, days: int = 0) -> None:
        """Ban somebody from a community, for good or for some days; or let them in again."""

    @abstractmethod
    async def banned(self, community: str, person: str) -> bool:
        """Whether somebody is banned from a community, as the server knows."""

    @abstractmethod
    async def ban_from_site(self, person: str, *, banned: bool = True, content: bool = False) -> None:
        """Ban somebody from the server, with what they wrote or without."""

    @abstractmethod
    async def profile(self, person: str) -> Profile | None:
        """Somebody, as the server shows them; None where it does not know them."""

    @abstractmethod
    async def introduce(self, bio: str) -> None:
        """Say something of oneself."""

    @abstractmethod
    async def report(self, thing: str, reason: str) -> None:
        """Report something to its moderators."""

    @abstractmethod
    async def reports(self, reason: str) -> list[bool]:
        """Of the reports with this reason that one may see: whether each is resolved."""

    @abstractmethod
    async def resolve(self, reason: str) -> None:
        """Resolve the reports with this reason."""

    @abstractmethod
    async def write(self, person: str, text: str) -> None:
        """Send a private message."""

    @abstractmethod
    async def letters(self) -> list[str]:
        """The texts of the private messages that came."""

    @abstractmethod
    async def told(self) -> list[str]:
        """The ids of the posts and comments that one was told of."""

    @abstractmethod
    async def leave(self) -> None:
        """Delete one's account, with what one wrote."""


def a_session() -> aiohttp.ClientSession:
    """Return a client that trusts whom SSL_CERT_FILE says."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(), force_close=True)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))


def _shuffled(words: list[str]) -> list[str]:
    return random.sample(words, len(words))


def a_name(word: str) -> str:
    """Return a name that nobody has had, of letters and digits alone."""
    return f"{word}{secrets.token_hex(4)}"
