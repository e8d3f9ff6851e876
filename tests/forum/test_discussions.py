"""Discussions of ten thousand comments: every one is found, by the tree and by the list, and no page is dear."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from service.forum.accounts.viewer import Viewer
from service.forum.comments import queries
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection
from service.forum.comments.shapes import CommentNode, CommentTree
from service.forum.posts.queries import post_by_id
from service.storage.transaction import Database
from tests.forum.discussions import Discussion, discuss
from tests.forum.making import community, member, posts
from tests.holding import tenth_of_a_second


@dataclass
class Scene:
    """A place for discussions."""

    database: Database
    ana: Viewer
    place: int

    async def discuss(self, kind: Discussion, number: int) -> tuple[int, list[int]]:
        """Make a post with so many comments; return its id and theirs."""
        (post_id,) = await posts(self.database, self.ana, self.place, 1)
        return post_id, await discuss(self.database, self.ana.id, self.place, post_id, kind, number)


@pytest.fixture
async def scene(database: Database) -> Scene:
    ana = await member(database, "ana")
    return Scene(database, ana, await community(database, ana))


def flatten(nodes: list[CommentNode]) -> list[CommentNode]:
    return [each for node in nodes for each in (node, *flatten(node.children))]


async def walk(read: Callable[[int | None, int], Awaitable[CommentTree]]) -> tuple[set[int], int]:
    """What is found on all pages of the post and of the branches that are cut, and the most on one page."""
    found: set[int] = set()
    pending: list[int | None] = [None]
    most = 0
    while pending:
        parent_id = pending.pop()
        on_all: list[int] = []
        page = 1
        while page:
            tree = await read(parent_id, page)
            nodes = flatten(tree.nodes)
            own = [node.comment.id for node in nodes if node.comment.id != parent_id]
            assert own, "no page is empty"
            on_all += own
            pending += [node.comment.id for node in nodes if node.more]
            most = max(most, len(own))
            page = int(tree.next_cursor) if tree.next_cursor else 0
        assert len(on_all) == len(set(on_all)), "nothing stands on two pages"
        found |= set(on_all)
    return found, most


@pytest.mark.parametrize("kind", Discussion)
async def test_every_comment_is_found(scene: Scene, kind: Discussion) -> None:
    post_id, ids = await scene.discuss(kind, 1000)
    for sort in (CommentSort.HOT, CommentSort.OLD):
        await every_one_is_found(scene, post_id, ids, sort)


async def every_one_is_found(scene: Scene, post_id: int, ids: list[int], sort: CommentSort) -> None:
    """Read the tree and the list, page by page."""
    async with scene.database.read() as db:
        post = await post_by_id(db, None, post_id)

        async def read(parent_id: int | None, page: int) -> CommentTree:
            return await queries.tree_of_comments(db, None, post, sort, parent_id=parent_id, page=page)

        found, most = await walk(read)
        assert found == set(ids)
        assert most <= 2 * queries.LARGEST_TREE
        listed: list[int] = []
        for page in range(1, 4):
            feed = CommentSelection(post_id=post_id)
            part = await queries.page_of_comments(db, None, feed, sort, limit=400, page=page)
            listed += [comment.id for comment in part.comments]
            assert part.has_more == (page < 3)
        assert len(listed) == len(ids)
        assert set(listed) == set(ids)


async def test_a_page_of_ten_thousand_is_cheap(scene: Scene) -> None:
    async with scene.database.read() as db:
        for kind in (Discussion.WIDE, Discussion.MIXED):
            post_id, ids = await scene.discuss(kind, 10_000)
            post = await post_by_id(db, None, post_id)
            for parent_id in (None, ids[0]):
                spent = []
                for _ in range(3):
                    started = time.thread_time()
                    await queries.tree_of_comments(db, None, post, CommentSort.HOT, parent_id=parent_id)
                    spent.append(time.thread_time() - started)
                assert min(spent) < 1.2 * tenth_of_a_second(), kind.name


async def test_a_branch_is_read_by_pages_of_its_answers(scene: Scene) -> None:
    post_id, ids = await scene.discuss(Discussion.WIDE, 130)
    async with scene.database.read() as db:
        post = await post_by_id(db, None, post_id)

        async def read(**how: Any) -> CommentTree:
            return await queries.tree_of_comments(db, None, post, CommentSort.OLD, parent_id=ids[0], **how)

        first, last, beyond = (
            await read(limit=100),
            await read(limit=100, page=2),
            await read(limit=100, page=3),
        )
        assert [node.comment.id for node in first.nodes[0].children] == ids[1:101]
        assert [node.comment.id for node in last.nodes[0].children] == ids[101:]
        assert (first.next_cursor, last.next_cursor, beyond.nodes) == ("2", None, [])
        assert (first.nodes[0].more, last.nodes[0].more) == (0, 0), "they are on the pages"
        alone = await read(max_depth=0)
        assert (flatten(alone.nodes)[0].more, len(flatten(alone.nodes)), alone.has_more) == (129, 1, False)
