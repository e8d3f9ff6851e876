"""What Lemmy's API and PieFed's have in common: rows have numbers, by which things are asked for."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.peers.driver import Member


@dataclass
class NumberedMember(Member):
    """Somebody on such a server.

    Attributes:
        api: what the paths of the API begin with.
        numbers: the rows that ids have there.
        comments: which of them are comments.
    """

    api: ClassVar[str]
    numbers: dict[str, int] = field(default_factory=dict)
    comments: set[str] = field(default_factory=set)

    async def get(self, path: str, **query: Any) -> Any:
        return await super().get(self.api + path, **query)

    async def post(self, path: str, **body: Any) -> Any:
        return await super().post(self.api + path, **body)

    async def put(self, path: str, **body: Any) -> Any:
        return await super().put(self.api + path, **body)

    def know(self, row: Any) -> str:
        """Remember the number of a post, comment, community or person; return its id."""
        self.numbers[row["ap_id"]] = row["id"]
        if "post_id" in row:
            self.comments.add(row["ap_id"])
        return str(row["ap_id"])

    def noun(self, thing: str) -> str:
        """What the API calls a post or comment."""
        return "comment" if thing in self.comments else "post"

    def named(self, thing: str) -> dict[str, int]:
        """How the API is told which post or comment is meant."""
        return {f"{self.noun(thing)}_id": self.numbers[thing]}
