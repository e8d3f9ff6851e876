"""Votes in sets come to the same as votes one by one."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.reactions import Kind
from service.forum.votes import vote_on_comment, vote_on_post
from service.forum.votes.batches import CastVote, Result, apply
from service.storage.tables import (
    Base,
    Comment,
    CommentVote,
    Community,
    CommunityBan,
    CommunityMember,
    Instance,
    InstanceBlock,
    Post,
    PostVote,
    User,
    UserBlock,
)
from service.storage.transaction import Database
from tests.forum import making


async def voters(database: Database, number: int, *, instance_id: int | None = None) -> list[int]:
    async def add(session: AsyncSession) -> list[int]:
        home = instance_id
        if home is None:
            there = Instance(domain="there.example", software="lemmy")
            session.add(there)
            await session.flush()
            home = there.id
        people = [
            User(user_name=f"v{at}", instance_id=home, ap_profile_id=f"https://there.example/u/{home}v{at}")
            for at in range(number)
        ]
        session.add_all(people)
        await session.flush()
        return [one.id for one in people]

    return await database.write(add)


async def world(database: Database) -> tuple[Viewer, list[int], list[int]]:
    ana = await making.member(database, "ana")
    community_id = await making.community(database, ana)
    posts = await making.posts(database, ana, community_id, 3)
    comments = await making.comments(database, ana, community_id, posts)
    return ana, posts, comments


async def state(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as db:
        found: list[tuple[object, ...]] = []
        for table in (Post, Comment):
            columns = (table.up_votes, table.down_votes, table.score, table.ranking)
            found += [tuple(row) for row in await db.execute(select(*columns).order_by(table.id))]
        for vote, column in ((PostVote, PostVote.post_id), (CommentVote, CommentVote.post_reply_id)):
            votes = select(vote.user_id, column, vote.effect, vote.author_id).order_by(vote.user_id, column)
            found += [tuple(row) for row in await db.execute(votes)]
        found += [tuple(row) for row in await db.execute(select(User.reputation).order_by(User.id))]
        return found


async def test_ones_own_votes_earn_nothing_and_those_of_others_do(database: Database) -> None:
    ana, (post, *_), (comment, *_) = await world(database)
    (zoe,) = await voters(database, 1)
    async with database.engine.begin() as db:
        await db.execute(update(Post).where(Post.id == post).values(user_id=zoe))
        await db.execute(update(Comment).where(Comment.id == comment).values(user_id=zoe))

    async def reputation_after(voter: int, effect: int) -> float:
        things: list[tuple[Kind, int]] = [("post", post), ("comment", comment)]
        votes = [CastVote(voter_id=voter, kind=kind, thing_id=thing, effect=effect) for kind, thing in things]
        await database.write(apply, votes)
        async with database.read() as db:
            return float(await db.scalar(select(User.reputation).where(User.id == zoe)) or 0)

    steps = [(zoe, 1), (zoe, -1), (zoe, 0), (ana.id, 1), (ana.id, -1), (ana.id, 0)]
    assert [await reputation_after(*step) for step in steps] == [0, 0, 0, 2, -2, 0]


async def test_a_set_comes_to_the_same_as_one_after_another(database: Database) -> None:
    _, posts, comments = await world(database)
    people = [await making.member(database, f"m{at}") for at in range(4)]
    chance = random.Random(7)
    things: list[tuple[Kind, int]] = [
        *(("post", id_) for id_ in posts),
        *(("comment", id_) for id_ in comments),
    ]
    votes = [
        CastVote(chance.choice(people).id, *chance.choice(things), chance.choice((1, 1, -1, 0)))
        for _ in range(80)
    ]
    by_id = {one.id: one for one in people}
    for vote in votes:
        operation = vote_on_post if vote.kind == "post" else vote_on_comment
        await database.write(operation, by_id[vote.voter_id], vote.thing_id, vote.effect)
    one_by_one = await state(database)
    for thing_kind, thing_id in things:
        undone = [CastVote(one.id, thing_kind, thing_id, 0) for one in people]
        await database.write(apply, undone)
    for start in range(0, len(votes), 17):
        await database.write(apply, votes[start : start + 17])
    assert await state(database) == one_by_one


@pytest.mark.scenario(59, 60)
async def test_the_last_word_counts(database: Database) -> None:
    _, posts, _ = await world(database)
    (one,) = await voters(database, 1)
    for effects, end in (((1, -1), -1), ((-1, 1), 1), ((1, 0), 0), ((0, 1), 1), ((1, 1), 1)):
        await database.write(apply, [CastVote(one, "post", posts[0], effect) for effect in effects])
        for effect in effects:
            await database.write(apply, [CastVote(one, "post", posts[1], effect)])
        async with database.read() as db:
            rows = await db.execute(
                select(Post.score, func.sum(PostVote.effect), func.count(PostVote.id))
                .outerjoin(PostVote, PostVote.post_id == Post.id)
                .where(Post.id.in_(posts[:2]))
                .group_by(Post.id)
            )
            for score, total, count in rows:
                assert (score, total or 0, count) == (end, end, abs(end))


@pytest.mark.scenario(70)
async def test_a_thousand_votes_at_once_are_a_thousand(database: Database) -> None:
    _, posts, comments = await world(database)
    people = await voters(database, 480)
    members = [await making.member(database, f"m{at}") for at in range(20)]
    things: list[tuple[Kind, int]] = [("post", posts[0]), ("comment", comments[0])]
    batches = [
        [CastVote(who, *thing, 1) for thing in things for who in people[start : start + 48]]
        for start in range(0, 480, 48)
    ]
    # And those who vote here at the same moment, one by one, in either order.
    clicks = [(vote_on_post, posts[0]), (vote_on_comment, comments[0])]
    await asyncio.gather(
        *(database.write(apply, batch) for batch in batches),
        *(database.write(vote, one, thing, 1) for one in members[::2] for vote, thing in clicks),
        *(database.write(vote, one, thing, 1) for one in members[1::2] for vote, thing in clicks[::-1]),
    )
    async with database.read() as db:
        for table, thing_id in ((Post, posts[0]), (Comment, comments[0])):
            row = (await db.execute(select(table.up_votes, table.score).where(table.id == thing_id))).one()
            assert tuple(row) == (500, 500)


REFUSED: dict[str, tuple[type[Base], dict[str, Any]]] = {
    "banned": (User, {"banned": True}),
    "bot": (User, {"bot": True}),
    "closed": (Community, {"banned": True}),
    "not there": (Community, {"private": True}),
    "local only": (Community, {"local_only": True}),
    "no downvotes": (Community, {"downvote_accept_mode": -1}),
}


@pytest.mark.parametrize("refusal", REFUSED)
@pytest.mark.scenario(65, 66)
async def test_whoever_may_not_vote_does_not_count(database: Database, refusal: str) -> None:
    _, posts, comments = await world(database)
    (one,) = await voters(database, 1)
    table, values = REFUSED[refusal]
    async with database.engine.begin() as db:
        await db.execute(update(table).values(**values))
    votes = [CastVote(one, "post", posts[0], -1), CastVote(one, "comment", comments[0], -1)]
    assert [one.refusal for one in await database.write(apply, votes)] == [refusal] * 2
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(PostVote)) == 0


async def test_bans_blocks_and_modes_of_downvotes(database: Database) -> None:
    ana, posts, _ = await world(database)
    member, shut_out, blocked, stranger = await voters(database, 4)
    loud = Instance(domain="loud.example", software="lemmy")
    await making.add(database, loud)
    (of_blocked,) = await voters(database, 1, instance_id=loud.id)
    async with database.read() as db:
        community_id = await db.scalar(select(Post.community_id).where(Post.id == posts[0]))
        home = await db.scalar(select(User.instance_id).where(User.id == stranger))
    assert community_id is not None
    await making.add(
        database,
        CommunityMember(user_id=member, community_id=community_id),
        CommunityBan(user_id=shut_out, community_id=community_id),
        UserBlock(blocker_id=ana.id, blocked_id=blocked),
        InstanceBlock(user_id=ana.id, instance_id=loud.id),
    )
    up = await database.write(
        apply, [CastVote(one, "post", posts[0], 1) for one in (member, shut_out, blocked, of_blocked)]
    )
    assert up == [Result(True), Result(False, "banned"), Result(False, "blocked"), Result(False, "blocked")]
    for mode, taken in ((2, [True, False]), (4, [False, False]), (6, [False, False]), (0, [True, True])):
        async with database.engine.begin() as db:
            await db.execute(update(Community).values(downvote_accept_mode=mode))
        down = await database.write(
            apply, [CastVote(one, "post", posts[1], -1) for one in (member, stranger)]
        )
        assert [one.refusal is None for one in down] == taken
    async with database.engine.begin() as db:
        await db.execute(update(Community).values(downvote_accept_mode=6))
        await db.execute(update(Instance).where(Instance.id == home).values(trusted=True))
    down = await database.write(apply, [CastVote(stranger, "post", posts[2], -1)])
    assert down == [Result(True)]
