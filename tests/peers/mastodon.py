"""A server that speaks Mastodon's API, without communities: GoToSocial."""

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.peers.driver import Person, Refused, Server, handle


class Mastodon(Server):
    """Such a server; its accounts are those whose tokens the environment names."""

    async def begin(self) -> None:
        self.version = str((await self.ask("GET", "/api/v1/instance"))["version"])

    async def person(self, word: str = "ana") -> "Tooter":
        token = self.an_account()[0]
        shown = await self.ask("GET", "/api/v1/accounts/verify_credentials", token)
        return Tooter(self, shown["username"], token)


@dataclass
class Tooter(Person):
    """Somebody there.

    Attributes:
        rows: what ids are called there.
    """

    rows: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"https://{self.server.name}/users/{self.name}"

    async def find(self, actor: str) -> None:
        shown = await self.get("/api/v2/search", q=f"@{handle(actor)}", resolve="true", type="accounts")
        assert shown["accounts"], f"{self.server.name} does not find {actor}"
        self.rows[actor] = shown["accounts"][0]["id"]

    async def follow(self, actor: str, *, follows: bool = True) -> None:
        """Follow an actor that was found, or not any more."""
        await self.post(f"/api/v1/accounts/{self.rows[actor]}/{'follow' if follows else 'unfollow'}")

    async def follows(self, actor: str) -> bool:
        """Whether the actor has accepted."""
        shown = await self.get("/api/v1/accounts/relationships", **{"id[]": self.rows[actor]})
        return bool(shown[0]["following"])

    async def publish(self, text: str, *, to: str = "public", below: str = "", **more: Any) -> str:
        """Publish a status; return its id.

        Parameters:
            to: public, unlisted, private or direct.
            below: the id of a status that was seen, which it answers.
        """
        above = {"in_reply_to_id": self.rows[below]} if below else {}
        made = await self.post("/api/v1/statuses", status=text, visibility=to, **above, **more)
        self.rows[made["uri"]] = made["id"]
        return str(made["uri"])

    async def upload(self, picture: bytes, alt: str) -> str:
        """Upload a PNG for a status; return what the API calls it."""
        form = aiohttp.FormData({"description": alt})
        form.add_field("file", picture, filename="picture.png", content_type="image/png")
        return str((await self.server.ask("POST", "/api/v1/media", self.token, data=form))["id"])

    async def sees(self, thing: str) -> dict[str, Any] | None:
        """Return a status that has come, in the API's own words, or None."""
        if thing not in self.rows:
            shown = await self.get("/api/v2/search", q=thing, resolve="false", type="statuses")
            for status in shown["statuses"]:
                self.rows[status["uri"]] = status["id"]
        if thing not in self.rows:
            return None
        shown = await self.get(f"/api/v1/statuses/{self.rows[thing]}")
        return dict(shown)

    async def knows(self, thing: str) -> bool:
        """Whether a status that was seen is still there."""
        try:
            return await self.sees(thing) is not None
        except Refused:
            return False

    async def home(self) -> list[str]:
        """The ids of what is in the home timeline, boosts as what they boost."""
        shown = await self.get("/api/v1/timelines/home", limit=40)
        return [(status.get("reblog") or status)["uri"] for status in shown]

    async def favour(self, thing: str, *, favours: bool = True) -> None:
        """Like a status that was seen, or not any more."""
        await self.post(f"/api/v1/statuses/{self.rows[thing]}/{'favourite' if favours else 'unfavourite'}")

    async def edit(self, thing: str, text: str) -> None:
        """Change a status of one's own."""
        await self.put(f"/api/v1/statuses/{self.rows[thing]}", status=text)

    async def delete(self, thing: str) -> None:
        """Delete a status of one's own."""
        await self.server.ask("DELETE", f"/api/v1/statuses/{self.rows[thing]}", self.token)

    async def choose(self, thing: str, *choices: int) -> None:
        """Vote in a poll that was seen."""
        poll = (await self.get(f"/api/v1/statuses/{self.rows[thing]}"))["poll"]["id"]
        await self.post(f"/api/v1/polls/{poll}/votes", choices=list(choices))

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """What one was told of: mention, favourite, follow, poll."""
        shown = await self.get("/api/v1/notifications", limit=40)
        return [dict(one) for one in shown if one["type"] == kind]

    async def mentions(self) -> list[str]:
        """The ids of what one was told that it mentions one."""
        return [one["status"]["uri"] for one in await self.told("mention")]

    async def report(self, actor: str, thing: str, reason: str) -> None:
        """Report somebody for a status, also to their server."""
        row = {"account_id": self.rows[actor], "status_ids": [self.rows[thing]]}
        await self.post("/api/v1/reports", **row, comment=reason, forward=True)

    async def reports(self) -> list[str]:
        """What reports say that came to the server; for its administrator."""
        shown = await self.get("/api/v1/admin/reports", limit=40)
        return [one["comment"] for one in shown]

    async def profile(self, actor: str) -> str:
        """What somebody says of themselves, in HTML."""
        return str((await self.get(f"/api/v1/accounts/{self.rows[actor]}"))["note"])
