"""What a process keeps of posts and comments: shown while they are as they were, and never to who changed something."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments import queries as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection
from service.forum.comments.shapes import CommentRow
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import listed as posts_listed
from service.forum.posts.queries import post_by_id
from service.forum.posts.shapes import NOT_MINE, PostRow
from service.storage import kept_rows
from service.storage.engine import create_engine
from service.storage.kept_rows import KeptRows, Kind
from service.storage.tables import Comment, Community, Post, User, UserFlair
from service.storage.transaction import Database
from tests.forum import making

KEPT = 60.0  # seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that it is, in seconds, by which things are kept."""
    now = [0.0]
    monkeypatch.setattr(kept_rows, "monotonic", lambda: now[0])
    return now


@pytest.fixture
async def database(config: Config) -> AsyncIterator[Database]:
    engine = create_engine(config, "web")
    yield Database(engine, keep=KEPT)
    await engine.dispose()


@dataclass
class Scene:
    """A post by ben and a comment by him in a place of ana's; cleo reads, and an administrator."""

    database: Database
    people: dict[str, Viewer]
    place: int
    post: int
    comment: int

    async def change(self, *statements: Any) -> None:
        """As another process does."""

        async def write(session: AsyncSession) -> None:
            for statement in statements:
                await session.execute(statement)

        await self.database.write(write)

    async def listed(self, name: str) -> PostRow | None:
        async with self.database.read() as db:
            page = await page_of_posts(db, self.people.get(name), PostSelection(), Sort.NEW)
        return next(iter(page.posts), None)

    async def in_tree(self, name: str) -> CommentRow:
        viewer = self.people.get(name)
        async with self.database.read() as db:
            post = await post_by_id(db, viewer, self.post)
            tree = await comments.tree_of_comments(db, viewer, post, CommentSort.NEW)
        return tree.nodes[0].comment

    async def in_thread(self, name: str) -> CommentRow:
        selection = CommentSelection(post_id=self.post)
        async with self.database.read() as db:
            page = await comments.page_of_comments(db, self.people.get(name), selection, CommentSort.NEW)
        return page.comments[0]


@pytest.fixture
async def scene(database: Database) -> Scene:
    people = {"admin": await making.administrator(database)}
    people |= {name: await making.member(database, name) for name in ("ana", "ben", "cleo")}
    place = await making.community(database, people["ana"])
    people["ana"] = await making.viewer_of(database, people["ana"].id)
    [post] = await making.posts(database, people["ben"], place, 1)
    [comment] = await making.comments(database, people["ben"], place, [post])
    return Scene(database, people, place, post, comment)


Read = Callable[[Scene, str], Awaitable[Any]]
READS: dict[str, Read] = {"list": Scene.listed, "tree": Scene.in_tree, "thread": Scene.in_thread}
READERS = ("nobody", "cleo")
WHO_MAY_CHANGE_IT = ("ben", "ana", "admin")


class Change(NamedTuple):
    """What is changed of the post and of the comment, and what is to be seen of it then."""

    values: dict[str, Any]
    seen: Callable[[Any], Any]


AT_ONCE = {
    "its text": Change({"body": "Other words"}, lambda row: row.body),
    "its votes": Change(
        {"up_votes": 7, "down_votes": 2}, lambda row: (row.up_votes, row.down_votes, row.score)
    ),
    "its language": Change({"language_id": 3}, lambda row: row.language_id),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("change", AT_ONCE.values(), ids=AT_ONCE)
@pytest.mark.usefixtures("clock")
async def test_what_stands_in_a_row_is_seen_at_once(
    scene: Scene, change: Change, read: Read, reader: str
) -> None:
    before = change.seen(await read(scene, reader))
    await scene.change(*(update(table).values(**change.values) for table in (Post, Comment)))
    assert change.seen(await read(scene, reader)) != before


@pytest.mark.usefixtures("clock")
async def test_what_is_taken_away_is_gone_at_once(scene: Scene) -> None:
    assert await scene.listed("cleo")
    await scene.in_tree("cleo")
    await scene.change(update(Comment).values(deleted=True))
    assert (await scene.in_thread("cleo")).body == ""
    await scene.change(update(Community).where(Community.id == scene.place).values(title="Lions"))
    listed = await scene.listed("cleo")
    assert listed is not None
    assert listed.community.title == "Lions"
    await scene.change(update(Post).values(deleted=True))
    assert await scene.listed("cleo") is None


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_what_belongs_to_it_is_kept_from_those_who_cannot_have_changed_it(
    scene: Scene, clock: list[float], read: Read
) -> None:
    async def titles(*names: str) -> list[str | None]:
        return [(await read(scene, name)).author.title for name in names]

    shown, title = "ben", update(User).where(User.id == scene.people["ben"].id)
    for name in WHO_MAY_CHANGE_IT:
        assert await titles(*READERS) == [shown, shown]
        await scene.change(title.values(title=f"As {name} wishes"))
        assert await titles(*READERS) == [shown, shown]
        shown = f"As {name} wishes"
        assert await titles(name) == [shown]
        shown = (await titles(*READERS))[0] or ""
    await scene.change(title.values(title="Ben"))
    clock[0] += KEPT
    assert await titles(*READERS) == ["Ben", "Ben"]


@pytest.mark.usefixtures("clock")
async def test_what_a_member_calls_themself_in_a_place_they_see_at_once(scene: Scene) -> None:
    ben = scene.people["ben"]
    await scene.listed("ben")
    await making.add(scene.database, UserFlair(user_id=ben.id, community_id=scene.place, flair="Baker"))
    for read in READS.values():
        assert (await read(scene, "ben")).author.flair == "Baker"
    await scene.change(delete(UserFlair))
    assert (await scene.in_tree("ben")).author.flair is None


@pytest.mark.usefixtures("clock")
async def test_nothing_personal_is_kept(scene: Scene) -> None:
    await scene.database.write(votes.vote_on_post, scene.people["cleo"], scene.post, 1)
    await scene.database.write(votes.vote_on_comment, scene.people["cleo"], scene.comment, -1)
    for name, of_post, of_comment in (("cleo", 1, -1), ("nobody", 0, 0), ("ana", 0, 0), ("cleo", 1, -1)):
        listed = await scene.listed(name)
        assert listed is not None
        assert (listed.mine.vote, (await scene.in_tree(name)).mine.vote) == (of_post, of_comment)
        assert (await scene.in_thread(name)).post.mine.vote == of_post


@pytest.mark.usefixtures("clock")
async def test_a_post_may_go_while_it_is_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.listed("cleo")
    monkeypatch.setattr(posts_listed, "overlay", AsyncMock(return_value={}))
    shown = await scene.listed("cleo")
    assert shown is not None
    assert shown.mine == NOT_MINE


@pytest.mark.parametrize("kind", [5, 6], ids=["poll", "event"])
@pytest.mark.usefixtures("clock")
async def test_what_others_answer_is_not_kept(scene: Scene, kind: int) -> None:
    await scene.change(update(Post).values(type=kind))
    await scene.listed("cleo")
    await scene.change(update(User).where(User.id == scene.people["ben"].id).values(title="Benjamin"))
    listed = await scene.listed("cleo")
    assert listed is not None
    assert listed.author.title == "Benjamin"


WORDS: Kind[str] = Kind("words", len)


async def test_what_is_kept_has_a_bound(clock: list[float]) -> None:
    kept = KeptRows(KEPT, most=3 * (kept_rows.BESIDES + 100))
    read: list[int] = []

    async def words(ids: list[int]) -> dict[int, str]:
        read.extend(ids)
        return {id_: "x" * (kept_rows.LARGEST + 1 if id_ == 9 else 100) for id_ in ids if id_ != 8}

    async def ask(*ids: int) -> list[int]:
        read.clear()
        found = await kept.read(WORDS, dict.fromkeys(ids, 1), words, unless=lambda _: False)
        assert sorted(found) == sorted(set(ids) - {8})
        return read

    assert await ask(1, 2, 3) == [1, 2, 3]
    assert await ask(1, 2, 3) == []
    assert await ask(4) == [4]
    assert (len(kept), await ask(4, 3, 2, 1)) == (3, [1])  # the oldest made room
    assert [len(await ask(8)) for _ in range(2)] == [1, 1]  # gone
    kept = KeptRows(KEPT)
    assert [len(await ask(9)) for _ in range(2)] == [1, 1]  # too large
    await ask(3)
    clock[0] += KEPT
    assert await ask(3) == [3]
