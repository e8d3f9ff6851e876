"""Two programs write to one database at once: nothing is lost, nobody is told twice, and figures come right again."""

import asyncio
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import text

from service.config import Config
from service.doctor.counters import look_at_counters
from service.http.application import Application
from tests.databases import connect
from tests.faults.neighbour import Neighbour
from tests.faults.sizes import SIDE_BY_SIDE
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import app_of, token_of
from tests.serving import held_by
from tests.working import work_off

WRITERS, THEIRS, POSTS = 3, 3, 4


@pytest.fixture
def config(config: Config) -> Config:
    """With the setting for the days on which both write."""
    return msgspec.structs.replace(config, database=msgspec.structs.replace(config.database, give_way=0.25))


@pytest.mark.timeout(300 + 2 * SIDE_BY_SIDE)
async def test_both_write_at_once(
    app: Application, config: Config, record_property: Callable[[str, object], None]
) -> None:
    database = held_by(app).database
    ana, made = await app_of(app, app.test_client(), "ana")
    people = [await making.member(database, f"writer{number}") for number in range(WRITERS)]
    theirs = await making.member(database, "theirs")
    posts = [
        (await ana.post("/post", title=f"Post {number}", community_id=made.community_id, body="Words"))
        for number in range(POSTS)
    ]
    places = {post["post_view"]["post"]["id"]: made.community_id for post in posts}
    await work_off(held_by(app))
    connections = [await connect(config.database.url.replace("+asyncpg", "")) for _ in range(THEIRS)]
    told = [made.member.id, *(one.id for one in people)]
    neighbour = Neighbour(connections, theirs.id, places, told)
    stop = asyncio.Event()
    writing = asyncio.create_task(neighbour.write_until(stop))
    async with asyncio.timeout(SIDE_BY_SIDE + 60):
        answered = await asyncio.gather(
            *(write(App(app.test_client(), token_of(one)), [*places], SIDE_BY_SIDE) for one in people)
        )
        stop.set()
        await writing
    for connection in connections:
        await connection.close()
    await work_off(held_by(app))

    ours = {comment_id for one in answered for comment_id in one}
    assert ours
    assert neighbour.done
    async with database.read() as db:
        kept = set(
            await db.scalars(text("SELECT id FROM post_reply WHERE body LIKE 'ours%' AND NOT deleted"))
        )
        votes = Counter(
            await db.scalars(
                text("SELECT user_id || ' ' || post_reply_id FROM post_reply_vote WHERE effect > 0")
            )
        )
        news = Counter(
            await db.scalars(
                text(
                    "SELECT user_id || ' ' || (targets ->> 'comment_id') FROM notification"
                    " WHERE targets ->> 'comment_id' IS NOT NULL"
                )
            )
        )
    assert kept == ours, "every comment that was answered is there"
    assert max(votes.values()) == max(news.values()) == 1, "nobody votes or is told twice"
    assert len(news) >= len(ours), "and whoever wrote the post is told"
    assert neighbour.deadlocks == 0, "whoever gives way is us, and tries again"
    drifted = await look_at_counters(config, repair=True)
    assert (await look_at_counters(config, repair=False)).well
    record_property(
        "drill",
        (
            f"two programs on one database for {SIDE_BY_SIDE} s",
            f"{len(ours)} comments of ours, {neighbour.done} writes of theirs; {drifted.words}",
        ),
    )


async def write(app: App, post_ids: list[int], seconds: float) -> list[int]:
    """Comment, vote and read for so long; return the comments that were answered."""
    written: list[int] = []
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        post_id = post_ids[len(written) % len(post_ids)]
        made = await app.post("/comment", post_id=post_id, body=f"ours {len(written)}")
        written.append(made["comment_view"]["comment"]["id"])
        await app.post("/post/like", post_id=post_id, score=len(written) % 2)
    return written
