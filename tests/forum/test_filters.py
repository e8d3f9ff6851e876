"""What somebody does not want to read is hidden or folded away, wherever it stands and however it is written."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts import queries as reads
from service.forum.accounts.choices import FilterAction
from service.forum.accounts.filters import FILTERS_MAX, WORDS_MAX, filters_from, sql_pattern
from service.forum.accounts.operations import FilterChange
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.operations import NewComment
from service.forum.comments.queries import CommentSelection, page_of_comments, tree_of_comments
from service.forum.errors import Invalid, NotFound
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.posts.queries import post_by_id
from service.storage.clock import utcnow
from service.storage.tables import Community, Feed, FeedItem, Filter, Topic
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN


class World(msgspec.Struct):
    """Ana writes, bob reads through filters."""

    database: Database
    ana: Viewer
    bob: Viewer
    place: int

    async def publish(self, title: str, body: str = "", author: Viewer | None = None) -> int:
        new = NewPost(community_id=self.place, title=title, body=body, url="https://news.example/a")
        made = await self.database.write(posts.publish, author or self.ana, new, domain=DOMAIN)
        return made.post_id

    async def say(self, post: int, body: str, parent: int | None = None) -> int:
        new = NewComment(post_id=post, body=body, parent_id=parent)
        return (await self.database.write(comments.publish, self.ana, new, domain=DOMAIN)).comment_id

    async def filter(self, **columns: Any) -> None:
        """Let bob have this filter alone."""

        async def replace(session: AsyncSession) -> None:
            await session.execute(delete(Filter))
            session.add(
                Filter(
                    user_id=self.bob.id, **({"title": "No cats", "hide_type": FilterAction.HIDE} | columns)
                )
            )

        await self.database.write(replace)
        self.bob = await making.viewer_of(self.database, self.bob.id)

    async def seen(self, feed: PostSelection, viewer: Viewer | None = None) -> dict[str, str]:
        """The titles of a feed, with the filter that folds each away."""
        async with self.database.read() as db:
            page = await page_of_posts(db, viewer or self.bob, feed, Sort.NEW)
        return {post.title: post.mine.folded for post in page.posts}


@pytest.fixture
async def world(database: Database) -> World:
    ana, bob = await making.member(database, "ana"), await making.member(database, "bob")
    return World(database, ana, bob, await making.community(database, ana))


PARTS = [
    PostSelection(community_id=1),
    PostSelection(topic_id=1),
    PostSelection(feed_id=1),
    PostSelection(domain_id=1),
]


async def test_posts_are_hidden_or_folded_where_the_filter_says(world: World) -> None:
    await world.publish("A cat on a mat")
    await world.publish("Fine")
    await _group(world)
    home = [PostSelection(), PostSelection(listing=Listing.LOCAL), PostSelection(minimum_upvotes=1)]
    chosen = [
        PostSelection(person_id=world.ana.id),
        PostSelection(search="cat"),
        PostSelection(url="https://news.example/a"),
    ]
    both = {"A cat on a mat": "", "Fine": ""}
    for on_home, on_parts in ((True, True), (True, False), (False, True), (False, False)):
        places = {"filter_home": on_home, "filter_posts": on_parts, "keywords": "cat"}
        for feeds, on in ((home, on_home), (PARTS, on_parts), (chosen[:1], False)):
            await world.filter(**places)
            for feed in feeds:
                assert await world.seen(feed) == ({"Fine": ""} if on else both), (feed, places)
            await world.filter(**places, hide_type=FilterAction.FOLD)
            for feed in feeds:
                assert await world.seen(feed) == (both | {"A cat on a mat": "No cats"} if on else both), feed
    await world.filter(keywords="cat")
    for feed in chosen[1:]:
        assert "A cat on a mat" in await world.seen(feed)


async def _group(world: World) -> None:
    await making.add(
        world.database,
        Topic(id=1, name="Animals", machine_name="animals"),
        Feed(id=1, title="Mix", name="mix", machine_name="mix", public=True),
        FeedItem(feed_id=1, community_id=world.place),
    )

    async def change(session: AsyncSession) -> None:
        await session.execute(update(Community).values(topic_id=1))

    await world.database.write(change)


@pytest.mark.parametrize(
    ("keywords", "title", "body", "found"),
    [
        ("cat", "CAT!", "", True),
        ("cat", "concatenate", "", False),
        ("cat", "Nothing", "here is a cat", True),
        ("Dog\r\n\r\ncat", "a (cat)", "", True),
        ("black cat", "A tale", "Black   cat", True),
        ("black cat", "black dog cat", "", False),
        ("ärger", "ÄRGER", "", True),
        ("ärger", "Verärgert", "", False),
        ("straße", "Die Straße", "", True),
        ("猫", "黒猫です", "", True),
        ("c++", "I like C++", "", True),
        ("a.b", "axb it is", "", False),
        ("100%", "It is 100% sure", "", True),
        ("[x](y)|z*", "look: [x](y)|z*", "", True),
        ("[x](y)|z*", "x and z", "", False),
        ("\\d", "7 dwarfs", "", False),
        ("   \n", "Anything", "", False),
        ("_", "snake _ case", "", True),
    ],
)
async def test_which_words_are_found(world: World, keywords: str, title: str, body: str, found: bool) -> None:
    await world.publish(title, body)
    kept = " ".join(title.split())
    await world.filter(keywords=keywords)
    assert await world.seen(PostSelection()) == ({} if found else {kept: ""})
    await world.filter(keywords=keywords, hide_type=FilterAction.FOLD)
    assert await world.seen(PostSelection()) == {kept: "No cats" if found else ""}


async def test_one_s_own_and_an_expired_filter_are_passed_over(world: World) -> None:
    await world.publish("My cat", author=world.bob)
    await world.publish("Her cat")
    today = utcnow().date()
    for end, hidden in {
        None: True,
        today + timedelta(1): True,
        today: False,
        date(2020, 1, 1): False,
    }.items():
        for how in (FilterAction.HIDE, FilterAction.FOLD):
            await world.filter(keywords="cat", expire_after=end, hide_type=how)
            seen = await world.seen(PostSelection())
            expected = {"My cat": ""} | (
                {} if hidden and how == FilterAction.HIDE else {"Her cat": "No cats" if hidden else ""}
            )
            assert seen == expected, (end, how)
    assert set(await world.seen(PostSelection(), world.ana)) == {"My cat", "Her cat"}


async def test_comments_are_hidden_or_folded_in_trees_and_lists(world: World) -> None:
    post = await world.publish("Fine")
    root = await world.say(post, "A cat, as it were")
    await world.say(post, "an answer", root)
    await world.say(post, "Something else")
    everything = {"A cat, as it were": "", "an answer": "", "Something else": ""}
    for on, how, tree, flat in (
        (True, FilterAction.HIDE, {"Something else": ""}, {"an answer": "", "Something else": ""}),
        (
            True,
            FilterAction.FOLD,
            everything | {"A cat, as it were": "No cats"},
            everything | {"A cat, as it were": "No cats"},
        ),
        (False, FilterAction.HIDE, everything, everything),
    ):
        await world.filter(keywords="cat", filter_replies=on, hide_type=how)
        async with world.database.read() as db:
            nodes = (
                await tree_of_comments(db, world.bob, await post_by_id(db, world.bob, post), CommentSort.OLD)
            ).nodes
            page = await page_of_comments(db, world.bob, CommentSelection(), CommentSort.OLD)
        shown = [node.comment for top in nodes for node in (top, *top.children)]
        assert {comment.body: comment.mine.folded for comment in shown} == tree
        assert {comment.body: comment.mine.folded for comment in page.comments} == flat


async def test_making_changing_and_deleting_filters(world: World) -> None:
    new = FilterChange(title=" Cats ", keywords="cat \r\n\ncat\ndog")
    made = await world.database.write(accounts.add_filter, world.bob, new)
    async with world.database.read() as db:
        (row,) = await reads.filters_of(db, world.bob)
    assert (row.id, row.title, row.keywords, row.hide_type) == (made, "Cats", "cat\ndog", FilterAction.HIDE)
    for operation, arguments in ((accounts.edit_filter, (made, new)), (accounts.delete_filter, (made,))):
        with pytest.raises(NotFound):
            await world.database.write(operation, world.ana, *arguments)
    await world.database.write(accounts.edit_filter, world.bob, made, FilterChange(title="C", keywords="cow"))
    for bad in (
        {"title": ""},
        {"title": "x" * 51},
        {"keywords": " \n"},
        {"keywords": "x" * 501},
        {"keywords": "\n".join(str(n) for n in range(WORDS_MAX))},
        {"hide_type": 2},
    ):
        change = FilterChange(**({"title": "C", "keywords": "cow"} | bad))
        with pytest.raises(Invalid) as refusal:
            await world.database.write(accounts.add_filter, world.bob, change)
        assert refusal.value.fields.keys() == bad.keys()
    await making.add(
        world.database,
        *(Filter(user_id=world.bob.id, title="C", keywords="x") for _ in range(FILTERS_MAX - 1)),
    )
    with pytest.raises(Invalid):
        await world.database.write(accounts.add_filter, world.bob, new)
    await world.database.write(accounts.delete_filter, world.bob, made)
    assert await world.database.write(accounts.add_filter, world.bob, new)


def test_there_is_an_end_to_the_words_of_an_account() -> None:
    rows = [("t", "\n".join(f"word{n}" for n in range(150)), FilterAction.HIDE, True, True, True)] * 3
    assert sum(len(one.words) for one in filters_from(rows)) == WORDS_MAX
    assert sql_pattern(()) == ""
