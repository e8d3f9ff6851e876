"""What is counted now and then: who is active in communities, and what may have drifted."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.communities import counting
from service.lifecycle import Resources
from service.storage.clock import utcnow
from service.storage.tables import Comment, CommentVote, Community, Post, PostVote, User
from tests.forum.making import add, community, member
from workers.upkeep import count_active, count_just_active, recount_communities

ACTIVE = (
    Community.active_daily,
    Community.active_weekly,
    Community.active_monthly,
    Community.active_6monthly,
)


async def _figures(resources: Resources, *columns: Any) -> dict[str | None, tuple[int, ...]]:
    async with resources.database.read() as db:
        rows = await db.execute(select(Community.name, *columns))
        return {row[0]: tuple(row[1:]) for row in rows}


@pytest.mark.parametrize(
    ("batch", "volume", "steps"),
    [(20, 100, 1), (1, 100, 2), (20, 1, 2)],
    ids=["together", "one by one", "a large one in parts"],
)
async def test_who_wrote_or_voted_is_active_once_in_each_window(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, batch: int, volume: int, steps: int
) -> None:
    monkeypatch.setattr(counting, "BATCH", batch)
    monkeypatch.setattr(counting, "VOLUME", volume)
    database = resources.database
    ana, ben, cleo, bot = [await member(database, name) for name in ("ana", "ben", "cleo", "robot")]
    cats, dogs = await community(database, ana), await community(database, ana, "dogs")

    async def prepare(session: AsyncSession) -> None:
        await session.execute(update(User).where(User.id == bot.id).values(bot=True))
        await session.execute(update(Community).where(Community.id == dogs).values(active_daily=7))
        large = {"post_count": 4, "post_reply_count": 2}
        await session.execute(update(Community).where(Community.id == cats).values(large))

    await database.write(prepare)

    def days_ago(days: float) -> dict[str, object]:
        return {"posted_at": utcnow() - timedelta(days=days), "instance_id": 1, "community_id": cats}

    await add(
        database,
        Post(id=1, user_id=ana.id, title="Old", **days_ago(100)),
        Post(id=2, user_id=ana.id, title="New", **days_ago(0.1)),
        Post(id=3, user_id=cleo.id, title="Older than all windows", **days_ago(200)),
        Post(id=4, user_id=bot.id, title="By a bot", from_bot=True, **days_ago(0.1)),
        Post(id=5, title="By nobody", **days_ago(0.1)),
    )
    await add(
        database,
        Comment(id=1, post_id=1, user_id=ben.id, body="x", **days_ago(3)),
        Comment(id=2, post_id=1, user_id=ana.id, body="x", **days_ago(40)),
        PostVote(user_id=cleo.id, post_id=1, effect=1, created_at=utcnow() - timedelta(days=20)),
        PostVote(user_id=bot.id, post_id=1, effect=1, created_at=utcnow()),
    )
    await add(
        database,
        CommentVote(user_id=cleo.id, post_reply_id=1, effect=1, created_at=utcnow() - timedelta(days=25)),
    )
    assert await count_active({"resources": resources}) == steps
    assert await _figures(resources, *ACTIVE) == {"cats": (1, 2, 3, 3), "dogs": (0, 0, 0, 0)}


async def test_communities_in_use_are_counted_soon_and_anew(resources: Resources) -> None:
    database = resources.database
    ana, ben = await member(database, "ana"), await member(database, "ben")
    await community(database, ana), await community(database, ana, "dogs")

    async def drift(session: AsyncSession) -> None:
        await session.execute(
            update(Community).values(post_count=9, post_reply_count=9, subscriptions_count=9, active_daily=9)
        )
        await session.execute(
            update(Community).where(Community.name == "dogs").values(last_active=utcnow() - timedelta(days=9))
        )

    await database.write(drift)
    here = {"community_id": 1, "instance_id": 1}
    await add(database, Post(id=1, user_id=ana.id, title="One", **here))
    await add(database, Post(id=2, user_id=ben.id, title="Gone", deleted=True, **here))
    await add(database, Comment(id=1, post_id=1, user_id=ben.id, body="x", **here))
    counted = (
        Community.post_count,
        Community.post_reply_count,
        Community.subscriptions_count,
        Community.active_daily,
    )
    assert await recount_communities({"resources": resources}) == 1
    assert await _figures(resources, *counted) == {"cats": (1, 1, 1, 9), "dogs": (9, 9, 9, 9)}
    with patch.object(counting, "VOLUME", 1):  # in what is larger, a few make no difference
        assert await count_just_active({"resources": resources}) == 0
    assert await count_just_active({"resources": resources}) == 1
    assert await _figures(resources, *counted) == {"cats": (1, 1, 1, 2), "dogs": (9, 9, 9, 9)}
