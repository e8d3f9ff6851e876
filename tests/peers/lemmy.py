"""A server that speaks Lemmy's API, version 4."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

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

API = "/api/v4"
WHY = "off topic"


class Lemmy(Server):
    """Lemmy. Accounts are made as everybody makes them, so its registration has to be open and its limits high."""

    async def begin(self) -> None:
        self.version = str((await self.ask("GET", f"{API}/site"))["version"])

    async def person(self, word: str = "ana") -> "Lemming":
        name = a_name(word)
        given = await self.ask(
            "POST",
            f"{API}/account/auth/register",
            json={"username": name, "password": PASSWORD, "password_verify": PASSWORD, "show_nsfw": True},
        )
        return Lemming(self, name, given["jwt"])


@dataclass
class Lemming(NumberedMember):
    """Somebody there."""

    api = API

    @property
    def id(self) -> str:
        return f"https://{self.server.name}/u/{self.name}"

    async def keeper(self) -> "Lemming":
        name, password = self.server.credentials["ADMIN"].split(":")
        given = await self.server.ask(
            "POST", f"{API}/account/auth/login", json={"username_or_email": name, "password": password}
        )
        return Lemming(self.server, name, given["jwt"])

    async def find(self, actor: str) -> None:
        sign = "!" if is_community(actor) else "@"
        found = await self.get("/resolve_object", q=sign + handle(actor))
        self.know(found["community" if sign == "!" else "person"])

    async def community(self, word: str = "garden") -> str:
        made = await self.post("/community", name=a_name(word), title=f"The {word}")
        return self.know(made["community_view"]["community"])

    async def join(self, community: str, *, joins: bool = True) -> None:
        await self.post("/community/follow", community_id=await self._row(community), follow=joins)

    async def joined(self, community: str) -> bool:
        actions = (await self._group(community)).get("community_actions") or {}
        return bool(actions.get("follow_state") == "accepted")

    async def members(self, community: str) -> int:
        return int((await self._group(community))["community"]["subscribers"])

    async def describe(self, community: str, text: str) -> None:
        await self.put("/community", community_id=await self._row(community), sidebar=text)

    async def description(self, community: str) -> str:
        return str((await self._group(community))["community"].get("sidebar") or "")

    async def publish(self, community: str, draft: Draft) -> str:
        more = {"url": draft.url, "alt_text": draft.alt, "body": draft.body}
        made = await self.post(
            "/post",
            community_id=await self._row(community),
            name=draft.title,
            nsfw=draft.nsfw,
            **{name: value for name, value in more.items() if value},
        )
        return self.know(made["post_view"]["post"])

    async def comment(self, post: str, body: str, *, below: str = "") -> str:
        parent = {"parent_id": self.numbers[below]} if below else {}
        made = await self.post("/comment", post_id=self.numbers[post], content=body, **parent)
        return self.know(made["comment_view"]["comment"])

    async def posts(self, community: str) -> list[Seen]:
        return [_seen_post(view) for view in await self._listed_posts(community)]

    async def sees(self, thing: str, within: str) -> Seen | None:
        if thing not in self.numbers:
            await (self._listed_posts(within) if is_community(within) else self._listed_comments(within))
        if thing not in self.numbers:
            return None
        noun = self.noun(thing)
        try:
            shown = await self.get(f"/{noun}", id=self.numbers[thing])
        except Refused:
            return Seen(thing, gone=True)
        view = shown[f"{noun}_view"]
        return _seen_comment(view) if noun == "comment" else _seen_post(view)

    async def vote(self, thing: str, score: int) -> None:
        way = {"is_upvote": score > 0} if score else {}
        await self.post(f"/{self.noun(thing)}/like", **self.named(thing), **way)

    async def choose(self, post: str, choice: str) -> None:
        raise Refused("Lemmy has no polls")

    async def edit(self, thing: str, **changes: str) -> None:
        words = {"title": "name"} | ({"body": "content"} if thing in self.comments else {})
        named = {words.get(name, name): value for name, value in changes.items()}
        await self.put(f"/{self.noun(thing)}", **self.named(thing), **named)

    async def delete(self, thing: str, *, deleted: bool = True) -> None:
        body = self.named(thing) | {"deleted": deleted}
        await self.server.ask("DELETE", f"{API}/{self.noun(thing)}", self.token, json=body)

    async def remove(self, thing: str, *, removed: bool = True) -> None:
        await self.post(f"/{self.noun(thing)}/remove", **self.named(thing), removed=removed, reason=WHY)

    async def lock(self, post: str, *, locked: bool = True) -> None:
        await self.post(f"/{self.noun(post)}/lock", **self.named(post), locked=locked, reason=WHY)

    async def pin(self, post: str, *, pinned: bool = True) -> None:
        await self.post("/post/feature", **self.named(post), featured=pinned, feature_type="community")

    async def appoint(self, community: str, person: str, *, added: bool = True) -> None:
        whom = {"community_id": await self._row(community), "person_id": await self._row(person)}
        await self.post("/community/mod", **whom, added=added)

    async def ban(self, community: str, person: str, *, banned: bool = True, days: int = 0) -> None:
        whom = {"community_id": await self._row(community), "person_id": await self._row(person)}
        until = {"expires_at": _in_days(days)} if days else {}
        await self.post("/community/ban_user", **whom, ban=banned, reason="spam", **until)

    async def banned(self, community: str, person: str) -> bool:
        views = await self._listed_posts(community)
        theirs = [view for view in views if view["creator"]["ap_id"].lower() == person.lower()]
        assert theirs, f"{person} has posted nothing there"
        return any(view["creator_banned_from_community"] for view in theirs)

    async def ban_from_site(self, person: str, *, banned: bool = True, content: bool = False) -> None:
        number = await self._row(person)
        await self.post(
            "/admin/ban", person_id=number, ban=banned, remove_or_restore_data=content, reason="spam"
        )

    async def profile(self, person: str) -> Profile | None:
        try:
            view = (await self.get("/person", person_id=await self._row(person)))["person_view"]
        except Refused:
            return Profile(deleted=True) if person in self.numbers else None
        row = view["person"]
        return Profile(row.get("bio") or "", bool(view["banned"]), bool(row["deleted"]))

    async def introduce(self, bio: str) -> None:
        await self.put("/account/settings/save", bio=bio)

    async def report(self, thing: str, reason: str) -> None:
        await self.post(f"/{self.noun(thing)}/report", **self.named(thing), reason=reason)

    async def reports(self, reason: str) -> list[bool]:
        return [bool(row["resolved"]) for _, row in await self._reports(reason)]

    async def resolve(self, reason: str) -> None:
        for noun, row in await self._reports(reason):
            await self.put(f"/{noun}/report/resolve", report_id=row["id"], resolved=True)

    async def write(self, person: str, text: str) -> None:
        await self.post("/private_message", content=text, recipient_id=await self._row(person))

    async def letters(self) -> list[str]:
        return [item["private_message"]["content"] for item in await self._told("private_message")]

    async def told(self) -> list[str]:
        items = await self._told("comment") + await self._told("post")
        return [item[item["type_"]]["ap_id"] for item in items]

    async def leave(self) -> None:
        body = {"password": PASSWORD, "delete_content": True}
        await self.server.ask("DELETE", f"{API}/account", self.token, json=body)

    async def _group(self, community: str) -> Any:
        return (await self.get("/community", id=await self._row(community)))["community_view"]

    async def _listed_posts(self, community: str) -> list[Any]:
        within = await self._row(community)
        shown = await self.get("/post/list", community_id=within, sort="new", limit=50, type_="all")
        for view in shown["items"]:
            self.know(view["post"])
            self.know(view["creator"])
        return list(shown["items"])

    async def _listed_comments(self, post: str) -> None:
        within = self.numbers[post]
        shown = await self.get("/comment/list", post_id=within, sort="new", limit=50, type_="all")
        for view in shown["items"]:
            self.know(view["comment"])
            self.know(view["creator"])

    async def _reports(self, reason: str) -> list[tuple[str, Any]]:
        """The reports with a reason that one may see, and of what noun each is."""
        listed = await self.get("/report/list", limit=50, show_community_rule_violations="true")
        rows = [(item["type_"], item[f"{item['type_']}_report"]) for item in listed["items"]]
        return [(noun, row) for noun, row in rows if reason in row["reason"]]

    async def _told(self, kind: str) -> list[Any]:
        listed = await self.get("/account/notification/list", limit=50)
        return [item["data"] for item in listed["items"] if item["data"]["type_"] == kind]

    async def _row(self, actor: str) -> int:
        if actor not in self.numbers:
            await self.find(actor)
        return self.numbers[actor]


def _seen_post(view: Any) -> Seen:
    row = view["post"]
    return Seen(
        row["ap_id"],
        author=view["creator"]["ap_id"].lower(),
        title=row["name"],
        body=row.get("body") or "",
        url=row.get("url") or "",
        alt=row.get("alt_text") or "",
        votes=(row["upvotes"], row["downvotes"]),
        gone=bool(row["deleted"] or row["removed"]),
        locked=bool(row["locked"]),
        pinned=bool(row["featured_community"]),
        nsfw=bool(row["nsfw"]),
    )


def _seen_comment(view: Any) -> Seen:
    row = view["comment"]
    return Seen(
        row["ap_id"],
        author=view["creator"]["ap_id"].lower(),
        body=row["content"],
        above=len(row["path"].split(".")) - 2,
        votes=(row["upvotes"], row["downvotes"]),
        gone=bool(row["deleted"] or row["removed"]),
        locked=bool(row["locked"]),
    )


def _in_days(days: int) -> int:
    """Seconds since 1970."""
    return int((datetime.now(UTC) + timedelta(days=days)).timestamp())
