"""A server that speaks PieFed's API: PieFed itself, and the site that is judged."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from tests.peers.driver import (
    PASSWORD,
    Draft,
    Profile,
    Refused,
    Seen,
    Server,
    a_name,
    handle,
    is_community,
)
from tests.peers.numbered import NumberedMember

API = "/api/alpha"
FILM = "Video"
REPORTED = 6


class PieFed(Server):
    """PieFed, or what is like it.

    Accounts are made by the administrator's API where its SECRET is known; PieFed itself has none in use, so that those
    are taken that the environment names.
    """

    async def begin(self) -> None:
        site = await self.ask("GET", f"{API}/site/version")
        self.version = str(site["version"])

    async def person(self, word: str = "ana") -> "Piefedian":
        if "SECRET" not in self.credentials:
            return await self.sign_in(*self.an_account())
        name = a_name(word)
        await self.ask(
            "POST",
            f"{API}/admin/private_register",
            headers={"X-PieFed-Secret": self.credentials["SECRET"]},
            json={
                "username": name,
                "email": f"{name}@mail.example",
                "password": PASSWORD,
                "auto_activate": True,
            },
        )
        return await self.sign_in(name, PASSWORD)

    async def sign_in(self, name: str, password: str) -> "Piefedian":
        """Return somebody with a token."""
        given = await self.ask("POST", f"{API}/user/login", json={"username": name, "password": password})
        return Piefedian(self, name, given["jwt"])


@dataclass
class Piefedian(NumberedMember):
    """Somebody there."""

    api = API

    @property
    def id(self) -> str:
        return f"https://{self.server.name}/u/{self.name.lower()}"

    async def keeper(self) -> "Piefedian":
        assert isinstance(self.server, PieFed)
        return await self.server.sign_in(*self.server.credentials["ADMIN"].split(":"))

    async def find(self, actor: str) -> None:
        sign = "!" if is_community(actor) else "@"
        found = await self.get("/resolve_object", q=sign + handle(actor))
        kind = "community" if sign == "!" else "person"
        self.numbers[actor] = found[kind][kind]["id"]

    async def community(self, word: str = "garden") -> str:
        name = a_name(word)
        made = await self.post("/community", name=name, title=f"The {word}")
        row = made["community_view"]["community"]
        self.numbers[row["actor_id"]] = row["id"]
        return str(row["actor_id"])

    async def join(self, community: str, *, joins: bool = True) -> None:
        await self.post("/community/follow", community_id=await self._group(community), follow=joins)

    async def joined(self, community: str) -> bool:
        return bool((await self._group_view(community))["subscribed"] == "Subscribed")

    async def members(self, community: str) -> int:
        return int((await self._group_view(community))["counts"]["total_subscriptions_count"])

    async def describe(self, community: str, text: str) -> None:
        await self.put("/community", community_id=await self._group(community), description=text)

    async def description(self, community: str) -> str:
        return str((await self._group_view(community))["community"].get("description") or "")

    async def publish(self, community: str, draft: Draft) -> str:
        more: dict[str, Any] = {}
        if draft.url:
            more["url"] = draft.url
        if draft.alt:
            more["alt_text"] = draft.alt
        if draft.choices:
            choices = [
                {"id": index, "choice_text": text, "sort_order": index}
                for index, text in enumerate(draft.choices, 1)
            ]
            more["poll"] = {"mode": "single", "choices": choices, "end_poll": _in_days(7)}
        if draft.event:
            begins, ends = draft.event
            more["event"] = {"start": begins, "end": ends, "timezone": "UTC", "online": True}
            more["event"] |= {"online_link": "https://example.org/room", "join_mode": "free"}
        made = await self.post(
            "/post",
            community_id=await self._group(community),
            title=draft.title,
            body=draft.body,
            nsfw=draft.nsfw,
            **more,
        )
        return self.know(made["post_view"]["post"])

    async def upload(self, picture: bytes) -> str:
        """Upload a PNG; return its address."""
        form = aiohttp.FormData()
        form.add_field("file", picture, filename="picture.png", content_type="image/png")
        return str((await self.server.ask("POST", f"{API}/upload/image", self.token, data=form))["url"])

    async def comment(self, post: str, body: str, *, below: str = "") -> str:
        parent = {"parent_id": self.numbers[below]} if below else {}
        made = await self.post("/comment", post_id=self.numbers[post], body=body, **parent)
        return self.know(made["comment_view"]["comment"])

    async def posts(self, community: str) -> list[Seen]:
        shown = await self.get(
            "/post/list", community_id=await self._group(community), sort="New", limit=50, type_="All"
        )
        return [self._seen_post(view) for view in shown["posts"]]

    async def sees(self, thing: str, within: str) -> Seen | None:
        if is_community(within):
            return await self._sees_post(thing, within)
        return await self._sees_comment(thing, within)

    async def _sees_post(self, post: str, community: str) -> Seen | None:
        if post not in self.numbers:
            return next((seen for seen in await self.posts(community) if seen.id == post), None)
        try:
            shown = await self.get("/post", id=self.numbers[post])
        except Refused:
            return Seen(post, gone=True)
        return self._seen_post(shown["post_view"])

    async def _sees_comment(self, comment: str, post: str) -> Seen | None:
        if comment not in self.numbers:
            shown = await self.get(
                "/comment/list", post_id=self.numbers[post], limit=100, sort="New", max_depth=20
            )
            for view in shown["comments"]:
                self.know(view["comment"])
        if comment not in self.numbers:
            return None
        try:
            shown = await self.get("/comment", id=self.numbers[comment])
        except Refused:
            return Seen(comment, gone=True)
        return self._seen_comment(shown["comment_view"])

    async def vote(self, thing: str, score: int) -> None:
        await self.post(f"/{self.noun(thing)}/like", **self.named(thing), score=score)

    async def choose(self, post: str, choice: str) -> None:
        shown = await self.get("/post", id=self.numbers[post])
        choices = shown["post_view"]["post"]["poll"]["choices"]
        chosen = [one["id"] for one in choices if one["choice_text"] == choice]
        await self.post("/post/poll_vote", post_id=self.numbers[post], choice_id=chosen)

    async def edit(self, thing: str, **changes: str) -> None:
        await self.put(f"/{self.noun(thing)}", **self.named(thing), **changes)

    async def delete(self, thing: str, *, deleted: bool = True) -> None:
        await self.post(f"/{self.noun(thing)}/delete", **self.named(thing), deleted=deleted)

    async def remove(self, thing: str, *, removed: bool = True) -> None:
        await self.post(
            f"/{self.noun(thing)}/remove", **self.named(thing), removed=removed, reason="off topic"
        )

    async def lock(self, post: str, *, locked: bool = True) -> None:
        await self.post("/post/lock", post_id=self.numbers[post], locked=locked)

    async def pin(self, post: str, *, pinned: bool = True) -> None:
        await self.post(
            "/post/feature", post_id=self.numbers[post], featured=pinned, feature_type="Community"
        )

    async def appoint(self, community: str, person: str, *, added: bool = True) -> None:
        await self.post(
            "/community/mod",
            community_id=await self._group(community),
            person_id=await self._person(person),
            added=added,
        )

    async def ban(self, community: str, person: str, *, banned: bool = True, days: int = 0) -> None:
        whom = {"community_id": await self._group(community), "user_id": await self._person(person)}
        if not banned:
            await self.put("/community/moderate/unban", **whom)
        elif days:
            await self.post("/community/moderate/ban", **whom, reason="spam", expires_at=_in_days(days))
        else:
            await self.post("/community/moderate/ban", **whom, reason="spam", permanent=True)

    async def banned(self, community: str, person: str) -> bool:
        shown = await self.get("/post/list", community_id=await self._group(community), sort="New", limit=50)
        theirs = [view for view in shown["posts"] if view["creator"]["actor_id"].lower() == person.lower()]
        assert theirs, f"{person} has posted nothing there"
        return any(view["creator_banned_from_community"] for view in theirs)

    async def ban_from_site(self, person: str, *, banned: bool = True, content: bool = False) -> None:
        number = await self._person(person)
        if banned:
            await self.post(
                "/user/ban", person_id=number, ban_ip_address=False, purge_content=content, reason="spam"
            )
        else:
            await self.post("/user/unban", person_id=number)

    async def profile(self, person: str) -> Profile | None:
        try:
            shown = await self.get("/user", person_id=await self._person(person))
        except Refused:
            return Profile(deleted=True) if person in self.numbers else None
        row = shown["person_view"]["person"]
        return Profile(str(row.get("about") or ""), bool(row["banned"]), bool(row["deleted"]))

    async def introduce(self, bio: str) -> None:
        await self.put("/user/save_user_settings", bio=bio)

    async def report(self, thing: str, reason: str) -> None:
        more = {"reason": reason, "description": "", "report_remote": True}
        await self.post(f"/{self.noun(thing)}/report", **self.named(thing), **more)

    async def reports(self, reason: str) -> list[bool]:
        listed = await self.get("/post/report/list", limit=50, unresolved_only="false")
        rows = [view["post_report"] for view in listed["post_reports"]]
        return [bool(row["resolved"]) for row in rows if reason in row["reason"]]

    async def resolve(self, reason: str) -> None:
        listed = await self.get("/post/report/list", limit=50)
        for view in listed["post_reports"]:
            if reason in view["post_report"]["reason"]:
                await self.put("/post/report/resolve", report_id=view["post_report"]["id"], resolved=True)

    async def write(self, person: str, text: str) -> None:
        await self.post("/private_message", content=text, recipient_id=await self._person(person))

    async def letters(self) -> list[str]:
        shown = await self.get("/private_message/list", limit=50)
        return [view["private_message"]["content"].strip() for view in shown["private_messages"]]

    async def told(self) -> list[str]:
        shown = await self.get("/user/notifications", status="All", limit=50)
        return [_about(item) for item in shown["items"]]

    async def leave(self) -> None:
        me = (await self.get("/user", username=self.name))["person_view"]["person"]["id"]
        await self.server.ask(
            "DELETE",
            f"{API}/admin/user/{me}",
            headers={"X-PieFed-Secret": self.server.credentials["SECRET"]},
        )

    async def _group(self, community: str) -> int:
        if community not in self.numbers:
            shown = await self.get("/community", name=self._local(community))
            self.numbers[community] = shown["community_view"]["community"]["id"]
        return self.numbers[community]

    async def _group_view(self, community: str) -> Any:
        return (await self.get("/community", id=await self._group(community)))["community_view"]

    async def _person(self, person: str) -> int:
        if person not in self.numbers:
            shown = await self.get("/user", username=self._local(person))
            self.numbers[person] = shown["person_view"]["person"]["id"]
        return self.numbers[person]

    def _local(self, actor: str) -> str:
        """How the server names an actor: without a host if it is its own."""
        return handle(actor).removesuffix(f"@{self.server.name}")

    def _seen_post(self, view: Any) -> Seen:
        row, counts = view["post"], view["counts"]
        self.know(row)
        poll = row.get("poll") or {"choices": []}
        return Seen(
            row["ap_id"],
            author=view["creator"]["actor_id"].lower(),
            title=row["title"],
            body=row.get("body") or "",
            url=row.get("url") or "",
            alt=row.get("alt_text") or "",
            votes=(counts["upvotes"], counts["downvotes"]),
            gone=bool(row["deleted"] or row["removed"]),
            locked=bool(row["locked"]),
            pinned=bool(row["sticky"]),
            nsfw=bool(row["nsfw"]),
            choices=tuple((one["choice_text"], one.get("num_votes") or 0) for one in poll["choices"]),
            kind="Event" if row.get("event") else row["post_type"],
        )

    def _seen_comment(self, view: Any) -> Seen:
        row, counts = view["comment"], view["counts"]
        self.know(row)
        return Seen(
            row["ap_id"],
            author=view["creator"]["actor_id"].lower(),
            body=row["body"],
            above=len(row["path"].split(".")) - 2,
            votes=(counts["upvotes"], counts["downvotes"]),
            gone=bool(row["deleted"] or row["removed"]),
            locked=bool(row.get("locked")),
        )


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _about(item: Any) -> str:
    if "comment" in item:
        return str(item["comment"]["ap_id"])
    return str(item["post"]["post"]["ap_id"]) if "post" in item else ""
