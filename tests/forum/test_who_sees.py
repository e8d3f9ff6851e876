"""Who sees a post, and a comment below it, in which state: in lists, one by one, and to vote on."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import comment_by_id, page_of_comments
from service.forum.comments.queries.wanted import CommentSelection
from service.forum.communities.queries.lists import listing
from service.forum.errors import ForumError
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts.queries import post_by_id
from service.storage.tables import (
    Comment,
    Community,
    CommunityBan,
    CommunityMember,
    Post,
    Site,
    User,
    UserRole,
)
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.who_may import DONE, outcome

VISITOR = "visitor"
# `author` wrote the post, `speaker` the comment below it; `outcast` is a member who was banned from the community.
PEOPLE = ("author", "speaker", "owner", "mod", "member", "stranger", "outcast", "staff", "admin")
EVERYBODY = {*PEOPLE, VISITOR}
SITE = {"staff", "admin"}
MODERATORS = {"owner", "mod"}
INSIDE = {"owner", "mod", "member"} | SITE


class Place:
    """A community with a post and a comment, and everybody around it."""

    def __init__(self, database: Database, people: dict[str, Viewer | None], ids: dict[str, int]) -> None:
        self.database, self.people, self.ids = database, people, ids

    async def who(self, read: Callable[[AsyncConnection, Viewer | None], Awaitable[bool]]) -> set[str]:
        found = set()
        for name, viewer in self.people.items():
            async with self.database.read() as db:
                try:
                    if await read(db, viewer):
                        found.add(name)
                except ForumError:
                    continue
        return found

    async def seen(self) -> dict[str, set[str]]:
        """Who sees it by which way."""
        post, comment, cats = self.ids["post"], self.ids["comment"], self.ids["cats"]

        async def listed(db: AsyncConnection, viewer: Viewer | None) -> bool:
            page = await page_of_posts(db, viewer, PostSelection(), Sort.NEW)
            return post in {row.id for row in page.posts}

        async def in_community(db: AsyncConnection, viewer: Viewer | None) -> bool:
            page = await page_of_posts(db, viewer, PostSelection(community_id=cats), Sort.NEW)
            return post in {row.id for row in page.posts}

        async def one(db: AsyncConnection, viewer: Viewer | None) -> bool:
            return (await post_by_id(db, viewer, post)).id == post

        async def comments(db: AsyncConnection, viewer: Viewer | None) -> bool:
            page = await page_of_comments(db, viewer, CommentSelection(), CommentSort.NEW)
            return comment in {row.id for row in page.comments}

        async def one_comment(db: AsyncConnection, viewer: Viewer | None) -> bool:
            return (await comment_by_id(db, viewer, comment)).id == comment

        async def community(db: AsyncConnection, viewer: Viewer | None) -> bool:
            found = (await listing(db, viewer, show_nsfw=True)).communities
            return cats in {one.community.id for one in found}

        async def votes_on(name: str, viewer: Viewer | None) -> bool:
            return (
                viewer is not None
                and await outcome(self.database, votes.vote_on_post, viewer, post, 1) == DONE
            )

        return {
            "listed": await self.who(listed),
            "in the community": await self.who(in_community),
            "one": await self.who(one),
            "comments": await self.who(comments),
            "one comment": await self.who(one_comment),
            "its community": await self.who(community),
            "votes": {name for name, viewer in self.people.items() if await votes_on(name, viewer)},
        }

    async def run(self, *statements: Any) -> None:
        async def write(session: AsyncSession) -> None:
            for statement in statements:
                await session.execute(statement)

        await self.database.write(write)


@pytest.fixture
async def place(database: Database) -> Place:
    admin = await making.administrator(database)
    people: dict[str, Viewer | None] = {
        name: await making.member(database, f"the_{name}") for name in PEOPLE if name != "admin"
    }
    people["admin"] = admin
    ids = {name: viewer.id for name, viewer in people.items() if viewer}
    owner, author, speaker = (people[name] for name in ("owner", "author", "speaker"))
    assert owner
    assert author
    assert speaker
    cats = await making.community(database, owner)
    (post,) = await making.posts(database, author, cats, 1)
    (comment,) = await making.comments(database, speaker, cats, [post])
    place = Place(database, {}, {"cats": cats, "post": post, "comment": comment})
    await place.run(
        insert(CommunityMember).values(user_id=ids["mod"], community_id=cats, is_moderator=True),
        insert(CommunityMember).values(user_id=ids["member"], community_id=cats),
        insert(CommunityMember).values(user_id=ids["outcast"], community_id=cats, is_banned=True),
        insert(CommunityBan).values(user_id=ids["outcast"], community_id=cats, banned_by=owner.id),
        insert(UserRole).values(user_id=ids["staff"], role_id=3),
        update(User).values(hide_nsfw=0, hide_nsfl=0),
    )
    place.people = {name: await making.viewer_of(database, number) for name, number in ids.items()}
    place.people[VISITOR] = None
    return place


WAYS = ("listed", "in the community", "one", "comments", "one comment", "its community", "votes")
NOBODY: set[str] = set()
VOTERS = EVERYBODY - {VISITOR, "outcast"}
ELSEWHERE = EVERYBODY - {"outcast"}
PUBLIC = (ELSEWHERE, EVERYBODY, EVERYBODY, ELSEWHERE, EVERYBODY, EVERYBODY, VOTERS)
OWN = {"author"} | SITE  # who may know of it although it is not out
ADULTS = EVERYBODY - {VISITOR}


def not_out(
    known: set[str], votes: set[str], community: frozenset[str] | set[str] = frozenset(EVERYBODY)
) -> tuple[set[str], ...]:
    return NOBODY, NOBODY, known, NOBODY, known, set(community), votes


NO_NSFW, NSFW = update(Site).values(enable_nsfw=False), update(Site).values(enable_nsfw=True)

# What was done to it, and who still sees it by which of the ways.
STATES: dict[str, tuple[list[Any], tuple[set[str], ...]]] = {
    "published": ([], PUBLIC),
    "of an old program": ([update(Post).values(status=None)], PUBLIC),
    "a draft": ([update(Post).values(status=-1)], not_out(OWN, OWN)),
    "scheduled": ([update(Post).values(status=-2)], not_out(OWN, OWN)),
    "held back": ([update(Post).values(status=0)], not_out(OWN | MODERATORS, OWN | MODERATORS)),
    "deleted": (
        [update(Post).values(deleted=True, deleted_by=Post.user_id)],
        (NOBODY, NOBODY, OWN | MODERATORS, NOBODY, OWN | MODERATORS | {"speaker"}, EVERYBODY, NOBODY),
    ),
    "its comment deleted": (
        [update(Comment).values(deleted=True, deleted_by=Comment.user_id)],
        (*PUBLIC[:3], NOBODY, *PUBLIC[4:]),
    ),
    "private": (
        [update(Community).values(private=True)],
        (INSIDE, INSIDE, INSIDE | OWN, INSIDE, INSIDE | OWN, INSIDE, INSIDE),
    ),
    "in a deleted community": ([update(Community).values(banned=True)], not_out(OWN, NOBODY, NOBODY)),
    "NSFW where the site takes it": (
        [update(Post).values(nsfw=True), NSFW],
        (ADULTS - {"outcast"}, ADULTS, EVERYBODY, ADULTS - {"outcast"}, EVERYBODY, EVERYBODY, VOTERS),
    ),
    "NSFW where it does not": ([update(Post).values(nsfw=True), NO_NSFW], not_out(OWN, OWN)),
    "in an NSFW community where it does not": (
        [update(Community).values(nsfw=True), NO_NSFW],
        not_out(OWN, SITE, NOBODY),
    ),
    "gore where nobody said so": (
        [update(Post).values(nsfl=True), update(Site).values(enable_nsfl=None)],
        not_out(OWN, OWN),
    ),
}
AS_IT_WAS = (
    update(Post).values(status=1, deleted=False, deleted_by=None, nsfw=False, nsfl=False),
    update(Comment).values(deleted=False, deleted_by=None),
    update(Community).values(private=False, banned=False, nsfw=False),
    update(Site).values(enable_nsfw=False, enable_nsfl=False),
)


async def test_who_sees_what(place: Place) -> None:
    found = {}
    for state, (statements, _) in STATES.items():
        await place.run(*statements)
        found[state] = await place.seen()
        await place.run(*AS_IT_WAS)
    assert found == {state: dict(zip(WAYS, who, strict=True)) for state, (_, who) in STATES.items()}
