"""Votes against a real database: exact counters under fire, one a person, permissions, ranks and reputations."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import polls, votes
from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.errors import Forbidden, Gone, Invalid, NotFound
from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.clock import utcnow
from service.storage.tables import Comment, CommentVote, Community, PollChoice, Post, PostVote, Site, User
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, community, member
from tests.statements import counted


@dataclass
class Scene:
    """A post and a comment by ana, and ben, who votes."""

    database: Database
    ana: Viewer
    ben: Viewer
    place: int
    post: int
    comment: int

    async def value(self, column: Any, *where: Any) -> Any:
        async with self.database.read() as db:
            return await db.scalar(select(column).where(*where))

    async def change(self, table: Any, **values: Any) -> None:
        await self.database.write(_change, table, values)


async def _change(session: AsyncSession, table: Any, values: dict[str, Any]) -> None:
    await session.execute(update(table).values(**values))


@pytest.fixture
async def scene(database: Database) -> Scene:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day")
    post = await database.write(posts.publish, ana, new, domain=DOMAIN)
    comment = await database.write(
        comments.publish, ana, NewComment(post_id=post.post_id, body="Hello"), domain=DOMAIN
    )
    return Scene(database, ana, ben, place, post.post_id, comment.comment_id)


async def test_up_down_and_back_move_the_counters(scene: Scene) -> None:
    seen = []
    for vote in (1, 1, -1, 0, 0, -1, 1):
        voted = await scene.database.write(votes.vote_on_post, scene.ben, scene.post, vote)
        seen.append((voted.vote, voted.up_votes, voted.down_votes))
    assert seen == [(1, 2, 0), (1, 2, 0), (-1, 1, 1), (0, 1, 0), (0, 1, 0), (-1, 1, 1), (1, 2, 0)]
    assert await scene.value(Post.score, Post.id == scene.post) == 2
    assert await scene.value(func.count(PostVote.id), PostVote.user_id == scene.ben.id) == 1
    assert await scene.value(User.reputation, User.id == scene.ana.id) == 1


async def test_that_somebody_votes_is_written_down_once_a_minute(scene: Scene) -> None:
    seen = []
    for vote, ago in ((1, 61), (-1, 59), (1, 3600)):
        await scene.change(User, last_seen=utcnow() - timedelta(seconds=ago))
        await scene.database.write(votes.vote_on_post, scene.ben, scene.post, vote)
        last = await scene.value(User.last_seen, User.id == scene.ben.id)
        seen.append(utcnow() - last < timedelta(seconds=30))
    assert seen == [True, False, True]


async def test_fifty_people_at_once_are_counted_exactly(scene: Scene) -> None:
    people = [await member(scene.database, f"voter{number}") for number in range(50)]
    before = await scene.value(User.reputation, User.id == scene.ana.id)
    eight_at_once = asyncio.Semaphore(8)  # what the pool of one process has
    for table, operation, row_id in (
        (Post, votes.vote_on_post, scene.post),
        (Comment, votes.vote_on_comment, scene.comment),
    ):

        async def cast(person: Viewer, vote: int, operation: Any = operation, row_id: int = row_id) -> None:
            async with eight_at_once:
                await scene.database.write(operation, person, row_id, vote)

        await asyncio.gather(*(cast(person, -1 if at < 10 else 1) for at, person in enumerate(people)))
        assert await scene.value(table.up_votes, table.id == row_id) == 41
        assert await scene.value(table.down_votes, table.id == row_id) == 10
        assert await scene.value(table.score, table.id == row_id) == 31
    assert await scene.value(User.reputation, User.id == scene.ana.id) == before + 60


async def test_one_person_at_once_many_times_votes_once(scene: Scene) -> None:
    await asyncio.gather(
        *(scene.database.write(votes.vote_on_post, scene.ben, scene.post, 1) for _ in range(8))
    )
    assert await scene.value(Post.up_votes, Post.id == scene.post) == 2
    assert await scene.value(func.count(PostVote.id), PostVote.user_id == scene.ben.id) == 1


async def test_duplicates_of_an_old_race_are_merged(scene: Scene) -> None:
    await scene.database.write(_stuff, scene.post, scene.ben.id)
    await scene.database.write(votes.vote_on_post, scene.ben, scene.post, -1)
    assert await scene.value(Post.up_votes, Post.id == scene.post) == 1
    assert await scene.value(Post.down_votes, Post.id == scene.post) == 1
    assert await scene.value(func.count(PostVote.id), PostVote.user_id == scene.ben.id) == 1


async def _stuff(session: AsyncSession, post_id: int, voter_id: int) -> None:
    for _ in range(2):
        session.add(PostVote(user_id=voter_id, post_id=post_id, effect=1.0))
    await session.execute(update(Post).where(Post.id == post_id).values(up_votes=3, score=3))


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_vote_on_ones_own_can_be_taken_back_and_earns_nothing(scene: Scene, kind: str) -> None:
    vote = votes.vote_on_post if kind == "post" else votes.vote_on_comment
    for effect, counts in ((1, (1, 0)), (0, (0, 0)), (-1, (0, 1)), (1, (1, 0)), (0, (0, 0))):
        voted = await scene.database.write(vote, scene.ana, getattr(scene, kind), effect)
        assert (voted.up_votes, voted.down_votes) == counts
        assert await scene.value(User.reputation, User.id == scene.ana.id) == 0


async def test_what_may_not_be_voted_on(scene: Scene) -> None:
    write = scene.database.write
    with pytest.raises(Invalid):
        await write(votes.vote_on_post, scene.ben, scene.post, 2)
    with pytest.raises(NotFound):
        await write(votes.vote_on_post, scene.ben, 4711, 1)
    await write(posts.set_deleted, scene.ana, scene.post, deleted=True)
    with pytest.raises(Gone):
        await write(votes.vote_on_post, scene.ben, scene.post, 1)
    await write(comments.set_deleted, scene.ana, scene.comment, deleted=True)
    with pytest.raises(Gone):
        await write(votes.vote_on_comment, scene.ben, scene.comment, 1)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Site, {"enable_downvotes": False}),
        (Community, {"downvote_accept_mode": -1}),
        (Community, {"downvote_accept_mode": 2}),
        (User, {"reputation": -11.0}),
        (User, {"attitude": -0.5}),
    ],
)
async def test_downvotes_can_be_off(scene: Scene, table: Any, values: dict[str, Any]) -> None:
    await scene.change(table, **values)
    with pytest.raises(Forbidden):
        await scene.database.write(votes.vote_on_post, scene.ben, scene.post, -1)
    voted = await scene.database.write(votes.vote_on_post, scene.ben, scene.post, 1)
    assert voted.up_votes == 2


async def test_low_quality_communities_give_no_reputation(scene: Scene) -> None:
    await scene.change(Community, low_quality=True)
    await scene.database.write(votes.vote_on_post, scene.ben, scene.post, 1)
    assert await scene.value(User.reputation, User.id == scene.ana.id) == 0
    await scene.database.write(votes.vote_on_post, scene.ben, scene.post, -1)
    assert await scene.value(User.reputation, User.id == scene.ana.id) == -1


async def test_votes_move_the_rank_and_the_attitude(scene: Scene) -> None:
    hot = await scene.value(Post.ranking, Post.id == scene.post)
    await scene.change(Post, score=400)
    await scene.database.write(votes.vote_on_post, scene.ben, scene.post, 1)
    assert await scene.value(Post.ranking, Post.id == scene.post) >= hot + 2
    assert await scene.value(User.attitude, User.id == scene.ben.id) is None
    await scene.database.write(_fill_votes, scene.post, scene.ben.id)
    await scene.database.write(votes.vote_on_comment, scene.ben, scene.comment, -1)
    assert await scene.value(User.attitude, User.id == scene.ben.id) == pytest.approx(8 / 10)
    assert await scene.value(func.count(CommentVote.id), CommentVote.user_id == scene.ben.id) == 1


async def _fill_votes(session: AsyncSession, post_id: int, voter_id: int) -> None:
    session.add_all(PostVote(user_id=voter_id, post_id=post_id, effect=1.0) for _ in range(8))


async def test_those_whom_the_author_blocked_do_not_vote(scene: Scene) -> None:
    cleo, poll = await member(scene.database, "cleo"), NewPoll(choices=("This", "That"))
    new = NewPost(community_id=scene.place, title="Which?", poll=poll)
    asked = (await scene.database.write(posts.publish, scene.ana, new, domain=DOMAIN)).post_id
    choice = await scene.value(func.min(PollChoice.id), PollChoice.post_id == asked)
    for vote_on, thing in ((votes.vote_on_post, scene.post), (votes.vote_on_comment, scene.comment)):
        await scene.database.write(vote_on, scene.ben, thing, 1)
    await scene.database.write(accounts.block, scene.ana, scene.ben.id)
    for vote_on, thing in ((votes.vote_on_post, scene.post), (votes.vote_on_comment, scene.comment)):
        for vote in (1, -1):
            with pytest.raises(Forbidden):
                await scene.database.write(vote_on, scene.ben, thing, vote)
        assert (await scene.database.write(vote_on, scene.ben, thing, 0)).up_votes == 1
        assert (await scene.database.write(vote_on, cleo, thing, 1)).up_votes == 2
    with pytest.raises(Forbidden):
        await scene.database.write(polls.vote, scene.ben, asked, [choice])
    await scene.database.write(polls.vote, cleo, asked, [choice])


async def test_a_vote_is_four_statements(scene: Scene) -> None:
    await scene.change(Post, posted_at=utcnow() - timedelta(days=400))  # whose ranks no vote moves
    for vote, row_id, at_most in (
        (votes.vote_on_post, scene.post, 4),
        (votes.vote_on_comment, scene.comment, 5),
    ):
        with counted(scene.database) as sent:
            await scene.database.write(vote, scene.ben, row_id, 1)
        assert len(sent) <= at_most, sent
