"""A community on one server, and people of both servers in it."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.federate.acting import fresh
from tests.federate.site import eventually
from tests.peers.driver import Draft, Member, Seen

# Seconds, from an act on one server to its effect on the other.
PATIENCE = float(os.environ.get("PEER_PATIENCE", "45"))


@dataclass
class Meeting:
    """A community, and who is there.

    Attributes:
        community: its id.
        host: who made it, on its server.
        guest: who joined it, from the other server.
    """

    community: str
    host: Member
    guest: Member

    def other(self, person: Member) -> Member:
        """Return who is on the other side."""
        return self.guest if person is self.host else self.host

    @property
    def both(self) -> tuple[Member, Member]:
        """The host and the guest."""
        return self.host, self.guest

    async def post(self, author: Member, draft: Draft | None = None) -> str:
        """Publish something and wait until the other side sees it; return its id."""
        post = await author.publish(self.community, draft or Draft())
        await arrives(self.other(author), post, self.community)
        return post

    async def comment(self, author: Member, post: str, *, below: str = "") -> str:
        """Comment and wait until the other side sees it; return the comment's id."""
        comment = await author.comment(post, fresh("Text"), below=below)
        await arrives(self.other(author), comment, post)
        return comment


async def met(host: Member, guest: Member) -> Meeting:
    """Let somebody make a community, and somebody of another server join it."""
    community = await host.community()
    await guest.find(community)
    await guest.join(community)
    await becomes(lambda: guest.joined(community), True, f"{guest.id} has joined {community}")
    await becomes(lambda: host.members(community), 2, f"{host.server.name} knows that {guest.id} has")
    return Meeting(community, host, guest)


async def arrives(person: Member, thing: str, within: str) -> Seen:
    """Wait until somebody sees a post of a community, or a comment of a post; return what they see."""
    seen = await eventually(
        lambda: person.sees(thing, within), f"{person.server.name} has {thing}", within=PATIENCE
    )
    assert seen is not None
    return seen


async def looks(person: Member, thing: str, within: str, **expected: Any) -> None:
    """Wait until something looks as it should to somebody."""

    async def look() -> dict[str, Any]:
        seen = await person.sees(thing, within)
        return {name: getattr(seen, name, None) for name in expected}

    await becomes(look, expected, f"{person.server.name} shows {thing}")


async def becomes(look: Callable[[], Awaitable[Any]], expected: Any, what: str) -> None:
    """Wait until what is looked at is as expected."""
    last: list[Any] = []

    async def is_so() -> bool:
        last[:] = [await look()]
        return bool(last[0] == expected)

    try:
        await eventually(is_so, f"{what}: {expected!r}", within=PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {last[0]!r}") from None


async def has(look: Callable[[], Awaitable[list[str]]], wanted: str) -> None:
    """Wait until something is among what is looked at."""

    async def is_there() -> bool:
        return wanted in await look()

    await becomes(is_there, True, f"{wanted} is there")
