"""What lists of posts leave out, each list for itself: by what the post is, where it stands, and who asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import operations as posts
from service.forum.posts.announced import announced_posts
from service.forum.posts.operations import NewPost
from service.storage.clock import utcnow
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN
from tests.forum.taken_back import while_so

Ask = Callable[[AsyncConnection, Viewer], Awaitable[set[int]]]
ADDRESS = "https://news.example/story"
ABOVE, BELOW = 50, 51  # a feed, and one below it in which the community stands


def _asked(sort: Sort = Sort.NEW, **selection: Any) -> Ask:
    async def ask(db: AsyncConnection, viewer: Viewer) -> set[int]:
        page = await page_of_posts(db, viewer, PostSelection(**selection), sort)
        return {row.id for row in page.posts}

    return ask


async def _announced(db: AsyncConnection, _: Viewer) -> set[int]:
    now = utcnow()
    return {one.id for one in await announced_posts(db, now - timedelta(days=1), now + timedelta(days=1))}


LISTS: dict[str, Ask] = {
    "new": _asked(),
    "scaled": _asked(Sort.SCALED),
    "local": _asked(listing=Listing.LOCAL),
    "popular": _asked(listing=Listing.POPULAR),
    "joined": _asked(listing=Listing.SUBSCRIBED),
    "community": _asked(community_id=1),
    "found": _asked(search="kittens"),
    "by address": _asked(url=ADDRESS),
    "syndicated": _asked(syndicated=True),
    "liked": _asked(liked=True),
    "saved": _asked(saved=True),
    "of a feed": _asked(feed_id=ABOVE),
    "announced": _announced,
}
EVERY = set(LISTS)


@dataclass(frozen=True)
class State:
    """What is so, and the lists that leave the post out then.

    Attributes:
        sql: statements with the people's ids in them; ben asks.
    """

    sql: str
    without: set[str]


STATES: dict[str, State] = {
    "as it is": State("SELECT 1", set()),
    "deleted": State("UPDATE post SET deleted = true", EVERY),
    "held back": State("UPDATE post SET status = 0", EVERY),
    "in a deleted community": State("UPDATE community SET banned = true", EVERY),
    "by a bot": State("UPDATE post SET from_bot = true", {"scaled", "announced"}),
    "not to be found": State("UPDATE post SET indexable = false", {"found", "by address", "announced"}),
    "by who is not to be found": State(
        "UPDATE \"user\" SET indexable = false WHERE user_name = 'ana'", {"found", "by address", "announced"}
    ),
    "where all keeps to the site": State(
        "UPDATE community SET local_only = true", {"syndicated", "announced"}
    ),
    "nsfw": State("UPDATE post SET nsfw = true", {"announced"}),
    "gruesome": State("UPDATE post SET nsfl = true; UPDATE site SET enable_nsfl = true", {"announced"}),
    "private": State("UPDATE community SET private = true", {"syndicated", "announced"}),
    "one's own": State("UPDATE post SET user_id = {ben}", {"liked"}),
    "not for everybody's list": State(
        "UPDATE community SET show_all = false", {"new", "scaled", "syndicated"}
    ),
    "not popular": State("UPDATE community SET show_popular = false", {"popular"}),
    "of an unpopular server": State(
        "UPDATE instance SET popular = false WHERE id = 7; UPDATE community SET instance_id = 7", {"popular"}
    ),
    "voted down": State("UPDATE post_vote SET effect = -1 WHERE user_id = {ben}", {"liked"}),
    "liked by somebody else": State("DELETE FROM post_vote WHERE user_id = {ben}", {"liked"}),
    "saved by somebody else": State("UPDATE post_bookmark SET user_id = {ana}", {"saved"}),
    "in a private feed": State(f"UPDATE feed SET public = false WHERE id = {BELOW}", {"of a feed"}),
    "in a deleted feed": State(f"UPDATE feed SET banned = true WHERE id = {BELOW}", {"of a feed"}),
    "below a private feed": State(f"UPDATE feed SET public = false WHERE id = {ABOVE}", {"of a feed"}),
    "below a feed that shows none": State(
        f"UPDATE feed SET show_posts_in_children = false WHERE id = {ABOVE}", {"of a feed"}
    ),
    "from elsewhere": State("UPDATE post SET instance_id = 7", {"announced"}),
    "of long ago": State("UPDATE post SET posted_at = posted_at - interval '3 days'", {"announced"}),
}


async def test_what_lists_of_posts_leave_out(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats = await making.community(database, ana)
    new = NewPost(community_id=cats, title="Of kittens", url=ADDRESS)
    post = (await database.write(posts.publish, ana, new, domain=DOMAIN)).post_id
    async with database.engine.begin() as db:
        for statement in (
            "INSERT INTO instance (id, domain) VALUES (7, 'far.example')",
            f"INSERT INTO community_member (user_id, community_id) VALUES ({ben.id}, {cats})",
            f"INSERT INTO post_vote (user_id, author_id, post_id, effect) VALUES ({ben.id}, {ana.id}, {post}, 1)",
            f"INSERT INTO post_bookmark (user_id, post_id) VALUES ({ben.id}, {post})",
            f"""INSERT INTO feed (id, name, title, user_id, public, show_posts_in_children, parent_feed_id) VALUES
            ({ABOVE}, 'above', 'Above', {ana.id}, true, true, NULL),
            ({BELOW}, 'below', 'Below', {ana.id}, true, false, {ABOVE})""",
            f"INSERT INTO feed_item (feed_id, community_id) VALUES ({BELOW}, {cats})",
            'UPDATE "user" SET hide_nsfw = 0, hide_nsfl = 0',
        ):
            await db.execute(text(statement))
    ben = await making.viewer_of(database, ben.id)

    async def lists(db: AsyncConnection) -> set[str]:
        return {name for name, ask in LISTS.items() if post in await ask(db, ben)}

    found = {
        name: EVERY - await while_so(database, state.sql.format(ana=ana.id, ben=ben.id), lists)
        for name, state in STATES.items()
    }
    assert found == {name: state.without for name, state in STATES.items()}
