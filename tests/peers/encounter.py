"""A community of ours, and somebody of a microblog who follows it."""

from dataclasses import dataclass
from typing import Any

from tests.federate.acting import fresh
from tests.peers.driver import Draft, handle
from tests.peers.mastodon import Tooter
from tests.peers.meeting import arrives, becomes
from tests.peers.piefed import Piefedian


@dataclass
class Encounter:
    """A community of ours with its host, and somebody of a microblog who follows it.

    Attributes:
        host: who made the community.
        blogger: who follows it, and the host.
    """

    community: str
    host: Piefedian
    blogger: Tooter

    async def post(self, draft: Draft | None = None) -> str:
        """Let the host publish, and wait until the microblog has it."""
        post = await self.host.publish(self.community, draft or Draft())
        await self.shows(post)
        return post

    async def status(self, text: str = "", **more: Any) -> str:
        """Let the blogger write to the community, and wait until it stands there."""
        text = f"{text or fresh('A text of some length')} @{handle(self.community)}"
        status = await self.blogger.publish(text, **more)
        await arrives(self.host, status, self.community)
        return status

    async def shows(self, thing: str, **expected: object) -> None:
        """Wait until the microblog shows something as it should."""

        async def look() -> dict[str, object] | None:
            seen = await self.blogger.sees(thing)
            return None if seen is None else {name: seen[name] for name in expected}

        await becomes(look, expected, f"{self.blogger.server.name} shows {thing}")


async def encountered(host: Piefedian, blogger: Tooter) -> Encounter:
    """Let somebody of ours make a community, and a blogger follow them and it."""
    community = await host.community()
    for actor in (community, host.id):
        await blogger.find(actor)
        await blogger.follow(actor)
    await becomes(lambda: blogger.follows(community), True, "the community has accepted")
    return Encounter(community, host, blogger)
