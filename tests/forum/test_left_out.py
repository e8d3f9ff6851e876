"""What lists of communities leave out, each list for itself: by what the community is, and what the viewer is to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.communities.queries.lists import (
    blocked,
    listing,
    moderated,
    moderated_by,
    most_used,
    subscriptions,
)
from service.forum.feeds.choices import Listing
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.taken_back import while_so

Ask = Callable[[AsyncConnection, Viewer | None, int], Awaitable[Any]]


def _listed(which: Listing, **more: Any) -> Ask:
    async def ask(db: AsyncConnection, viewer: Viewer | None, _: int) -> Any:
        return [one.community for one in (await listing(db, viewer, which=which, **more)).communities]

    return ask


LISTS: dict[str, Ask] = {
    "all": _listed(Listing.ALL),
    "with nsfw": _listed(Listing.ALL, show_nsfw=True),
    "of this site": _listed(Listing.LOCAL),
    "popular": _listed(Listing.POPULAR),
    "joined": _listed(Listing.SUBSCRIBED),
    "moderating": _listed(Listing.MODERATING),
    "found": _listed(Listing.ALL, text="cat"),
    "subscriptions": lambda db, viewer, _: subscriptions(db, viewer),  # type: ignore[arg-type]
    "most used": lambda db, viewer, _: most_used(db, viewer),  # type: ignore[arg-type]
    "moderated": lambda db, viewer, _: moderated(db, viewer),  # type: ignore[arg-type]
    "moderated by": lambda db, viewer, owner: moderated_by(db, viewer, owner),
    "blocked": lambda db, viewer, _: blocked(db, viewer),  # type: ignore[arg-type]
}
FOR_MEMBERS = {"joined", "subscriptions", "most used"}
FOR_MODERATORS = {"moderating", "moderated"}
PUBLIC = {"all", "with nsfw", "of this site", "popular", "found"}
LISTED = PUBLIC | {"joined"}  # by the query that heeds what somebody does not want
KEPT = {"subscriptions", "most used"}  # what one has joined stays, whatever the site takes by now
EVERY = PUBLIC | FOR_MEMBERS | {"moderated by"}


@dataclass(frozen=True)
class State:
    """What is so, and the lists in which the community is then.

    Attributes:
        sql: statements with the people's ids in them.
    """

    sql: str
    lists: set[str]


# What is so, and in which lists ben, who is a member, sees the community.
STATES: dict[str, State] = {
    "as it is": State("SELECT 1", EVERY),
    "deleted": State("UPDATE community SET banned = true WHERE name = 'cats'", set()),
    "private": State("UPDATE community SET private = true WHERE name = 'cats'", EVERY),
    "nsfw": State("UPDATE community SET nsfw = true WHERE name = 'cats'", EVERY - LISTED | {"with nsfw"}),
    "nsfw where none is": State(
        "UPDATE community SET nsfw = true WHERE name = 'cats'; UPDATE site SET enable_nsfw = false",
        KEPT,
    ),
    "gruesome": State(
        "UPDATE community SET nsfl = true WHERE name = 'cats'; UPDATE site SET enable_nsfl = true",
        EVERY - LISTED | {"with nsfw"},
    ),
    "gruesome where none is": State(
        "UPDATE community SET nsfl = true WHERE name = 'cats'; UPDATE site SET enable_nsfl = false", KEPT
    ),
    "elsewhere": State(
        "UPDATE community SET ap_id = 'cats@far.example' WHERE name = 'cats'", EVERY - {"of this site"}
    ),
    "not popular": State(
        "UPDATE community SET show_popular = false WHERE name = 'cats'", EVERY - {"popular"}
    ),
    "not to be found": State(
        "UPDATE community SET searchable = false WHERE name = 'cats'", EVERY - {"found"}
    ),
    "called otherwise": State(
        "UPDATE community SET name = 'dogs', title = 'Dogs' WHERE name = 'cats'",
        EVERY - {"found"},
    ),
    "he left": State("DELETE FROM community_member WHERE user_id = {ben}", EVERY - FOR_MEMBERS),
    "he is banned": State(
        "UPDATE community_member SET is_banned = true WHERE user_id = {ben}",
        EVERY - FOR_MEMBERS,
    ),
    "he is banned from a private one": State(
        "UPDATE community_member SET is_banned = true WHERE user_id = {ben};"
        "UPDATE community SET private = true WHERE name = 'cats'",
        set(),
    ),
    "he moderates": State(
        "UPDATE community_member SET is_moderator = true WHERE user_id = {ben}",
        EVERY | FOR_MODERATORS,
    ),
    "he owns it": State(
        "UPDATE community_member SET is_owner = true WHERE user_id = {ben}",
        EVERY | FOR_MODERATORS,
    ),
    "he is a banned moderator": State(
        "UPDATE community_member SET is_moderator = true, is_banned = true WHERE user_id = {ben}",
        EVERY - FOR_MEMBERS,
    ),
    "he blocked it": State(
        "INSERT INTO community_block (user_id, community_id) SELECT {ben}, id FROM community WHERE name = 'cats'",
        EVERY - LISTED | {"blocked"},
    ),
    "somebody else blocked it": State(
        "INSERT INTO community_block (user_id, community_id) SELECT {ana}, id FROM community WHERE name = 'cats'",
        EVERY,
    ),
    "he blocked its server": State(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ben}, 7);"
        "UPDATE community SET instance_id = 7 WHERE name = 'cats'",
        EVERY - LISTED,
    ),
    "somebody else blocked its server": State(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ana}, 7);"
        "UPDATE community SET instance_id = 7 WHERE name = 'cats'",
        EVERY,
    ),
    "its owner is one no more": State(
        "UPDATE community_member SET is_moderator = false, is_owner = false WHERE user_id = {ana}",
        EVERY - {"moderated by"},
    ),
}


async def test_what_lists_of_communities_leave_out(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats = await making.community(database, ana)
    await making.community(database, ana, "birds")
    async with database.engine.begin() as db:
        await db.execute(text("INSERT INTO instance (id, domain) VALUES (7, 'far.example')"))
        await db.execute(
            text(f"INSERT INTO community_member (user_id, community_id) VALUES ({ben.id}, {cats})")
        )
        await db.execute(text('UPDATE "user" SET hide_nsfw = 1, hide_nsfl = 1'))
    ben = await making.viewer_of(database, ben.id)

    async def lists(db: AsyncConnection) -> set[str]:
        return {name for name, ask in LISTS.items() if cats in {one.id for one in await ask(db, ben, ana.id)}}

    found = {
        state: await while_so(database, one.sql.format(ana=ana.id, ben=ben.id), lists)
        for state, one in STATES.items()
    }
    assert found == {state: one.lists for state, one in STATES.items()}
