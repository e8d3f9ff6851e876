"""Comments against a real database: trees, counts, permissions, tombstones, flat pages."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments import queries
from service.forum.comments.choices import CommentSort
from service.forum.comments.operations import NewComment
from service.forum.comments.queries import CommentSelection
from service.forum.comments.shapes import CommentNode, CommentRow, CommentTree
from service.forum.errors import Forbidden, Gone, Invalid, Locked, NotFound
from service.forum.feeds.choices import Listing
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.posts.queries import post_by_id
from service.storage.tables import Comment, Community, ModLog, OutboxEvent, Post, User, UserBlock
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, community, member, viewer_of

Shape = list[Any]


@dataclass
class Scene:
    """A post by ana, who moderates, and ben, who comments."""

    database: Database
    ana: Viewer
    ben: Viewer
    place: int
    post: int

    async def say(self, author: Viewer, body: str, parent: int | None = None) -> int:
        new = NewComment(post_id=self.post, body=body, parent_id=parent)
        return (await self.database.write(comments.publish, author, new, domain=DOMAIN)).comment_id

    async def change(self, statement: Any) -> None:
        async def write(session: Any) -> None:
            await session.execute(statement)

        await self.database.write(write)

    async def value(self, column: Any, *where: Any) -> Any:
        async with self.database.read() as db:
            return await db.scalar(select(column).where(*where))

    async def one(self, viewer: Viewer | None, comment_id: int) -> CommentRow:
        async with self.database.read() as db:
            return await queries.comment_by_id(db, viewer, comment_id)

    async def flat(
        self, viewer: Viewer | None, sort: CommentSort = CommentSort.OLD, **feed: Any
    ) -> list[int]:
        async with self.database.read() as db:
            page = await queries.page_of_comments(db, viewer, CommentSelection(**feed), sort)
        return [comment.id for comment in page.comments]

    async def tree(
        self, viewer: Viewer | None, sort: CommentSort = CommentSort.OLD, **how: Any
    ) -> CommentTree:
        async with self.database.read() as db:
            post = await post_by_id(db, viewer, self.post)
            return await queries.tree_of_comments(db, viewer, post, sort, **how)


def shape(nodes: list[CommentNode]) -> Shape:
    return [[node.comment.id, *shape(node.children)] for node in nodes]


@pytest.fixture
async def scene(database: Database) -> Scene:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day")
    made = await database.write(posts.publish, ana, new, domain=DOMAIN)
    return Scene(database, ana, ben, place, made.post_id)


async def test_a_thread_knows_its_places(scene: Scene) -> None:
    top = await scene.say(scene.ben, "Hello *there*")
    middle = await scene.say(scene.ana, "Hello back", top)
    low = await scene.say(scene.ben, "Bye", middle)
    row = await scene.one(scene.ben, low)
    assert (row.path, row.depth, row.root_id, row.parent_id) == ((0, top, middle, low), 2, top, middle)
    assert (row.up_votes, row.mine.vote, row.mine.notify, row.author.name) == (1, 1, True, "ben")
    assert row.ap_id == f"https://{DOMAIN}/comment/{low}"
    assert "<em>there</em>" in (await scene.one(None, top)).body_html
    assert (await scene.one(None, top)).child_count == 2
    assert (await scene.one(None, middle)).author_is_moderator
    assert await scene.value(Post.reply_count, Post.id == scene.post) == 3
    assert await scene.value(Post.reply_count_cross_posted, Post.id == scene.post) == 3
    assert await scene.value(Community.post_reply_count, Community.id == scene.place) == 3
    assert await scene.value(User.post_reply_count, User.id == scene.ben.id) == 2
    assert await scene.value(func.count(), OutboxEvent.kind == "CommentPublished") == 2 * 3


async def test_twenty_at_once_are_counted_exactly(scene: Scene) -> None:
    top = await scene.say(scene.ben, "Top")
    await asyncio.gather(*(scene.say(scene.ben, f"Answer {number}", top) for number in range(7)))
    assert await scene.value(Post.reply_count, Post.id == scene.post) == 8
    assert (await scene.one(None, top)).child_count == 7


async def test_two_clicks_make_one_comment(scene: Scene) -> None:
    said = await asyncio.gather(*(scene.say(scene.ben, "Same") for _ in range(5)))
    assert len(set(said)) == 1
    assert await scene.value(Post.reply_count, Post.id == scene.post) == 1
    assert await scene.say(scene.ana, "Same") != said[0]


async def test_trees_in_every_order_and_by_pages(scene: Scene) -> None:
    one, two, three = [await scene.say(scene.ben, f"Top {number}") for number in range(3)]
    below = await scene.say(scene.ana, "Below two", two)
    deeper = await scene.say(scene.ben, "Deeper", below)
    await scene.database.write(votes.vote_on_comment, scene.ana, three, 1)
    await scene.database.write(votes.vote_on_comment, scene.ana, one, -1)
    two_tree = [two, [below, [deeper]]]
    assert shape((await scene.tree(None)).nodes) == [[one], two_tree, [three]]
    assert shape((await scene.tree(None, CommentSort.NEW)).nodes) == [[three], two_tree, [one]]
    assert shape((await scene.tree(None, CommentSort.TOP)).nodes) == [[three], two_tree, [one]]
    assert shape((await scene.tree(None, CommentSort.HOT)).nodes) == [[three], two_tree, [one]]
    assert shape((await scene.tree(None, CommentSort.CONTROVERSIAL)).nodes)[0] == [one]
    first = await scene.tree(None, limit=2)
    assert (shape(first.nodes), first.has_more, first.next_cursor) == ([[one], two_tree], True, "2")
    second = await scene.tree(None, limit=2, page=2)
    assert (shape(second.nodes), second.has_more) == ([[three]], False)
    assert shape((await scene.tree(None, parent_id=two)).nodes) == [two_tree]
    assert shape((await scene.tree(None, parent_id=below)).nodes) == [[below, [deeper]]]
    cut = await scene.tree(None, max_depth=1)
    assert shape(cut.nodes) == [[one], [two, [below]], [three]]
    assert cut.nodes[1].children[0].more == 1


async def test_what_is_shown_and_what_is_left_is_all(scene: Scene) -> None:
    """Whatever the depth and the size of a page: each comment says exactly how many below it were not shown."""
    below: dict[int, int] = {}
    lineage: dict[int, list[int]] = {}
    for parent, children in ((None, 2), (0, 3), (1, 1), (2, 2), (6, 1), (8, 4)):
        for _ in range(children):
            ids = list(below)
            above = ids[parent] if parent is not None else None
            one = await scene.say(scene.ben, f"Comment {len(ids)}", above)
            lineage[one] = [*lineage[above], above] if above else []
            below[one] = 0
            for ancestor in lineage[one]:
                below[ancestor] += 1

    def check(node: CommentNode) -> int:
        shown = sum(check(child) for child in node.children)
        assert shown + node.more == below[node.comment.id], how
        return below[node.comment.id] + 1

    tops = [one for one, above in lineage.items() if not above]
    ways: list[dict[str, Any]] = [
        *({"max_depth": depth} for depth in range(5)),
        *({"limit": 1, "page": page} for page in (1, 2)),
        *({"limit": 100, "budget": budget} for budget in (1, 2, 3, 5, 13)),
        *({"parent_id": one, "max_depth": depth} for one in tops for depth in (0, 1, 2, 3)),
    ]
    for how in ways:
        found = await scene.tree(None, **how)
        assert found.nodes
        for node in found.nodes:
            check(node)
    pages = [await scene.tree(None, limit=1, page=page) for page in (1, 2)]
    assert [page.has_more for page in pages] == [True, False]
    assert [page.nodes[0].comment.id for page in pages] == tops


async def test_max_depth_counts_from_the_top_or_from_the_parent(scene: Scene) -> None:
    top = await scene.say(scene.ben, "Top")
    middle = await scene.say(scene.ben, "Middle", top)
    low = await scene.say(scene.ben, "Low", middle)
    other = await scene.say(scene.ben, "Other")
    assert await scene.flat(None, post_id=scene.post) == [top, middle, low, other]
    assert await scene.flat(None, post_id=scene.post, max_depth=0) == [top, other]
    assert await scene.flat(None, post_id=scene.post, max_depth=1) == [top, middle, other]
    assert await scene.flat(None, parent_id=top, max_depth=1) == [top, middle]
    assert await scene.flat(None, parent_id=middle) == [middle, low]
    assert await scene.flat(None, parent_id=middle, post_id=scene.post, max_depth=0) == [middle]


async def test_the_deleted_stay_as_tombstones_while_something_hangs_on_them(scene: Scene) -> None:
    top = await scene.say(scene.ben, "Top")
    below = await scene.say(scene.ana, "Below", top)
    for _ in range(2):
        await scene.database.write(comments.set_deleted, scene.ben, top, deleted=True)
    tree = await scene.tree(None)
    assert shape(tree.nodes) == [[top, [below]]]
    assert (tree.nodes[0].comment.deleted, tree.nodes[0].comment.body, tree.nodes[0].comment.body_html) == (
        True,
        "",
        "",
    )
    assert await scene.value(Post.reply_count, Post.id == scene.post) == 1
    assert await scene.flat(None, person_id=scene.ben.id) == []
    with pytest.raises(Gone):
        await scene.say(scene.ana, "Too late", top)
    with pytest.raises(Gone):
        await scene.database.write(comments.edit, scene.ben, top, "Changed", domain=DOMAIN)
    await scene.database.write(comments.set_deleted, scene.ana, below, deleted=True)
    assert shape((await scene.tree(None)).nodes) == []
    tombstones = await scene.flat(None, post_id=scene.post)
    assert sorted(tombstones) == [top, below], "apps get what was there, to restore it"
    await scene.database.write(comments.set_deleted, scene.ben, top, deleted=False)
    assert (await scene.one(None, top)).body == "Top"
    assert await scene.value(User.post_reply_count, User.id == scene.ben.id) == 1


async def test_moderators_remove_and_authors_cannot_undo_it(scene: Scene) -> None:
    said = await scene.say(scene.ben, "Rude")
    with pytest.raises(Forbidden):
        await scene.database.write(comments.set_removed, scene.ben, said, removed=True)
    await scene.database.write(comments.set_removed, scene.ana, said, removed=True, reason="rude")
    row = await scene.one(None, said)
    assert (row.removed, row.deleted, row.body) == (True, False, "")
    with pytest.raises(Forbidden):
        await scene.database.write(comments.set_deleted, scene.ben, said, deleted=False)
    await scene.database.write(comments.set_removed, scene.ana, said, removed=False)
    assert (await scene.one(None, said)).body == "Rude"
    actions = await scene.value(func.array_agg(ModLog.action))
    assert sorted(actions) == ["delete_post_reply", "restore_post_reply"]


async def test_what_cannot_be_answered(scene: Scene) -> None:
    said = await scene.say(scene.ben, "Hello")
    for body in ("", "  ", "x" * 20_000_000):
        with pytest.raises(Invalid):
            await scene.say(scene.ben, body)
    with pytest.raises(NotFound):
        await scene.say(scene.ben, "Hello", 4711)
    await scene.database.write(comments.set_locked, scene.ana, said, locked=True)
    with pytest.raises(Locked):
        await scene.say(scene.ben, "More", said)
    await scene.database.write(posts.set_locked, scene.ana, scene.post, locked=True)
    with pytest.raises(Locked):
        await scene.say(scene.ben, "More")
    await scene.say(scene.ana, "The last word")
    await scene.database.write(posts.set_deleted, scene.ana, scene.post, deleted=True)
    with pytest.raises(Gone):
        await scene.say(scene.ben, "More")


async def test_nothing_below_a_locked_comment_takes_answers(scene: Scene) -> None:
    line = [await scene.say(scene.ben, "Top")]
    for depth in range(6):
        line.append(await scene.say(scene.ben, f"Level {depth}", line[-1]))
    beside = await scene.say(scene.ben, "Beside", line[0])
    await scene.database.write(comments.set_locked, scene.ana, line[1], locked=True)
    for below in line[1:]:
        with pytest.raises(Locked):
            await scene.say(scene.ben, "More", below)
        assert (await scene.one(scene.ben, below)).locked
    await scene.say(scene.ben, "More", line[0])
    await scene.say(scene.ben, "More", beside)
    moderated = await scene.say(scene.ana, "The last word", line[-1])
    with pytest.raises(Locked):
        await scene.say(scene.ben, "More", moderated)
    await scene.database.write(comments.set_locked, scene.ana, line[1], locked=False)
    for below in (*line, moderated):
        await scene.say(scene.ben, "More", below)


async def test_a_lock_reaches_what_hangs_below_old_rows(scene: Scene) -> None:
    line = [await scene.say(scene.ben, "Top")]
    for depth in range(4):
        line.append(await scene.say(scene.ben, f"Level {depth}", line[-1]))
    await scene.change(update(Comment).where(Comment.id == line[0]).values(replies_enabled=False))
    await scene.change(update(Comment).values(path=None, root_id=None, depth=None, child_count=None))
    with pytest.raises(Locked):
        await scene.say(scene.ben, "More", line[-1])
    last = await scene.say(scene.ana, "The last word", line[-1])
    assert (await scene.one(None, last)).path == (0, *line, last)
    assert (await scene.one(None, line[0])).child_count == 1


async def test_comments_that_lost_their_parent_stand_at_the_top(scene: Scene) -> None:
    top = await scene.say(scene.ben, "Top")
    lost = await scene.say(scene.ben, "Lost", top)
    below = await scene.say(scene.ben, "Below", lost)
    await scene.change(update(Comment).where(Comment.id == lost).values(parent_id=999_999, root_id=999_999))
    for viewer in (None, scene.ana):
        for sort in CommentSort:
            tree = await scene.tree(viewer, sort)
            assert sorted(shape(tree.nodes)) == [[top], [lost, [below]]], sort
    assert shape((await scene.tree(None, parent_id=lost)).nodes) == [[lost, [below]]]
    assert await scene.flat(None, post_id=scene.post) == [top, lost, below]
    assert await scene.flat(None, parent_id=lost, max_depth=0) == [lost]


async def test_bots_count_like_everybody_but_wake_nothing(scene: Scene) -> None:
    robot = await member(scene.database, "robot")
    await scene.change(update(User).where(User.id == robot.id).values(bot=True))
    robot = await viewer_of(scene.database, robot.id)
    long_ago = datetime(2020, 1, 1)
    await scene.change(update(Post).values(last_active=long_ago))
    top = await scene.say(robot, "Beep")
    said = await scene.say(robot, "Boop", top)

    async def counted() -> list[int]:
        return [
            await scene.value(Post.reply_count, Post.id == scene.post),
            await scene.value(Post.reply_count_cross_posted, Post.id == scene.post),
            await scene.value(Community.post_reply_count, Community.id == scene.place),
            await scene.value(User.post_reply_count, User.id == robot.id),
            1 + (await scene.one(None, top)).child_count,
            len(await scene.flat(None, post_id=scene.post)),
        ]

    assert await counted() == [2] * 6
    assert await scene.value(Post.last_active, Post.id == scene.post) == long_ago
    await scene.database.write(comments.set_removed, scene.ana, said, removed=True)
    assert await counted() == [*[1] * 5, 2], "what was removed is listed as a tombstone"


async def test_who_was_blocked_cannot_answer_and_is_not_shown(scene: Scene) -> None:
    said = await scene.say(scene.ana, "Hello")
    rude = await scene.say(scene.ben, "Rude")

    async def block(session: Any) -> None:
        session.add(UserBlock(blocker_id=scene.ana.id, blocked_id=scene.ben.id))

    await scene.database.write(block)
    with pytest.raises(Forbidden):
        await scene.say(scene.ben, "More", said)
    assert await scene.flat(scene.ana, post_id=scene.post) == [said]
    assert await scene.flat(None, post_id=scene.post) == [said, rude]
    assert shape((await scene.tree(scene.ana)).nodes) == [[said]]


async def test_editing_and_saving(scene: Scene) -> None:
    said = await scene.say(scene.ben, "Hello")
    with pytest.raises(Forbidden):
        await scene.database.write(comments.edit, scene.ana, said, "Changed", domain=DOMAIN)
    await scene.database.write(comments.edit, scene.ben, said, "Changed", domain=DOMAIN)
    await asyncio.gather(
        *(scene.database.write(comments.set_saved, scene.ana, said, saved=True) for _ in range(4))
    )
    row = await scene.one(scene.ana, said)
    assert (row.body, row.mine.saved, row.edited_at is not None) == ("Changed", True, True)
    assert await scene.flat(scene.ana, saved=True) == [said]
    await scene.database.write(comments.set_saved, scene.ana, said, saved=False)
    assert await scene.flat(scene.ana, saved=True) == []


async def test_comments_of_private_communities_stay_there(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana, "secret", private=True)
    made = await database.write(
        posts.publish, ana, NewPost(community_id=place, title="Secret"), domain=DOMAIN
    )
    scene = Scene(database, ana, ben, place, made.post_id)
    said = await scene.say(ana, "Psst")
    with pytest.raises(NotFound):
        await scene.say(ben, "Hello")
    for stranger in (ben, None):
        with pytest.raises(NotFound):
            await scene.one(stranger, said)
        assert await scene.flat(stranger, person_id=ana.id) == []
        assert await scene.flat(stranger, parent_id=said) == []
    assert await scene.flat(ana, person_id=ana.id) == [said]
    assert await scene.flat(ana, listing=Listing.SUBSCRIBED) == [said]


async def test_a_flat_list_by_post_does_not_read_a_private_post(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana, "secret", private=True)
    made = await database.write(
        posts.publish, ana, NewPost(community_id=place, title="Secret"), domain=DOMAIN
    )
    scene = Scene(database, ana, ben, place, made.post_id)
    said = await scene.say(ana, "Psst")
    assert await scene.flat(None, post_id=made.post_id) == []
    assert await scene.flat(ben, post_id=made.post_id) == []
    assert await scene.flat(ana, post_id=made.post_id) == [said]
    assert await scene.value(func.count(Comment.id)) == 1
