"""What people do on their site in these tests, and what can be seen of it on another one."""

import secrets
from dataclasses import dataclass
from typing import Any

from tests.federate.site import ADMINISTRATOR, HEARD_WITHIN, Person, Site, eventually


@dataclass(frozen=True)
class Place:
    """A community, as one site knows it.

    Attributes:
        number: its row there.
        id: its actor's id, the same everywhere.
    """

    site: Site
    number: int
    id: str

    @property
    def handle(self) -> str:
        """How others ask for it."""
        host, _, name = self.id.removeprefix("https://").partition("/c/")
        return f"!{name}@{host}"


def fresh(word: str) -> str:
    """Return a name that nobody has had."""
    return f"{word}_{secrets.token_hex(4)}"


async def member(site: Site, word: str = "ana") -> Person:
    """Make an account and sign in."""
    name = fresh(word)
    await site.register(name)
    return await site.sign_in(name)


async def community(owner: Person, word: str = "garden", **settings: Any) -> Place:
    """Make a community."""
    name = fresh(word)
    made = await owner.post("/community", name=name, title=f"The {word}", **settings)
    row = made["community_view"]["community"]
    return Place(owner.site, row["id"], row["actor_id"])


async def found(person: Person, place: Place) -> Place:
    """Ask for a community by its handle on another site; return it as that site knows it."""
    answer = await person.get("/resolve_object", q=place.handle)
    return Place(person.site, answer["community"]["community"]["id"], place.id)


async def joined(person: Person, place: Place) -> Place:
    """Join a community of the other site and wait until it has accepted; return it as the person's site knows it."""
    known = await found(person, place)
    await person.post("/community/follow", community_id=known.number, follow=True)

    async def accepted() -> bool:
        seen = await person.get("/community", id=known.number)
        return bool(seen["community_view"]["subscribed"] == "Subscribed")

    await eventually(accepted, f"{person.name} has joined {place.id}")
    return known


async def publish(author: Person, place: Place, title: str = "", **more: Any) -> str:
    """Publish a post; return its id."""
    made = await author.post("/post", community_id=place.number, title=title or fresh("Title"), **more)
    return str(made["post_view"]["post"]["ap_id"])


async def comment(author: Person, post: str, body: str = "", *, below: str = "") -> str:
    """Comment on a post, or on a comment of it; return the comment's id."""
    parent = {"parent_id": await number(author.site, below)} if below else {}
    made = await author.post(
        "/comment", post_id=await number(author.site, post), body=body or fresh("Text"), **parent
    )
    return str(made["comment_view"]["comment"]["ap_id"])


async def number(site: Site, what: str) -> int:
    """Return the row that a post, comment, community or person (by its id) has on a site; wait until it has come."""

    async def row() -> Any:
        return await known(site, what)

    return int(await eventually(row, f"{what} has come to {site.name}"))


async def known(site: Site, what: str) -> Any:
    """Return the row that something (by its id) has on a site, or None."""
    return await site.value(
        "SELECT id FROM post WHERE ap_id = $1 UNION ALL SELECT id FROM post_reply WHERE ap_id = $1 "
        "UNION ALL SELECT id FROM community WHERE ap_profile_id = lower($1) "
        'UNION ALL SELECT id FROM "user" WHERE ap_profile_id = lower($1)',
        what,
    )


async def becomes(
    site: Site, sql: str, values: tuple[Any, ...], expected: Any, within: float = HEARD_WITHIN
) -> None:
    """Wait until a value of a site's database is what it should be.

    Parameters:
        sql: reads one value.
        values: its parameters.
        within: seconds.
    """
    seen: list[Any] = []

    async def is_so() -> bool:
        seen[:] = [await site.value(sql, *values)]
        return bool(seen[0] == expected)

    try:
        await eventually(is_so, f"{sql} {values} is {expected!r} on {site.name}", within=within)
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {seen[0]!r}") from None


async def settled(*sites: Site) -> None:
    """Wait until nothing is on its way between the sites: all was sent, and all that came was worked off."""
    for site in sites:
        # What links lead to cannot be fetched from here, and is tried again for long.
        waiting = "SELECT count(*) FROM pieloop.outbox WHERE parked_at IS NULL AND topic <> 'media'"
        await becomes(site, waiting, (), 0)
        await becomes(site, "SELECT count(*) FROM pieloop.received WHERE parked_at IS NULL", (), 0)


def keeper(site: Site) -> Person:
    """Return the administrator."""
    return site.people[ADMINISTRATOR]
