"""Posts that wait for their time: seen by their author alone, published once it has come, and again."""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from service.forum.errors import Forbidden, Invalid, NotFound
from service.forum.posts import operations
from service.forum.posts.choices import PostStatus, PostType, Repeat
from service.forum.posts.operations import NewPost
from service.forum.posts.schedule import Schedule, check, dated, following, in_utc, moment_of
from service.forum.posts.waiting import due, waiting_posts
from service.http.web.frame.zones import local_time
from service.storage.clock import utcnow
from service.storage.tables import OutboxEvent, Post, PostVote, User
from service.storage.transaction import Database
from tests.forum import making

BERLIN = "Europe/Berlin"


def at(year: int, month: int, day: int, hour: int, repeat: Repeat = Repeat.ONCE) -> Schedule:
    return Schedule(at=datetime(year, month, day, hour), timezone=BERLIN, repeat=repeat)


def test_a_clock_stays_the_same_in_summer_and_a_month_has_an_end() -> None:
    weekly = at(2030, 3, 28, 8, Repeat.WEEKLY)
    assert moment_of(weekly) == datetime(2030, 3, 28, 7)
    following_week = following(weekly, datetime(2030, 3, 28, 7))
    assert following_week
    assert moment_of(following_week) == datetime(2030, 4, 4, 6)
    january = at(2030, 1, 31, 8, Repeat.MONTHLY)
    february = following(january, datetime(2030, 1, 31, 7))
    assert february
    assert february.at == datetime(2030, 2, 28, 8)
    march = following(february, datetime(2030, 2, 28, 8), day=31)
    assert march
    assert march.at == datetime(2030, 3, 31, 8)
    missed = following(at(2030, 1, 1, 8, Repeat.DAILY), datetime(2030, 1, 10, 12))
    assert missed
    assert missed.at == datetime(2030, 1, 11, 8)
    ended = msgspec.structs.replace(weekly, until=datetime(2030, 4, 1))
    assert following(ended, datetime(2030, 3, 28, 7)) is None
    assert following(at(2030, 1, 1, 8), datetime(2030, 1, 1, 7)) is None


@pytest.mark.parametrize("kind", [PostType.POLL, PostType.EVENT])
def test_what_is_asked_once_or_on_one_day_is_not_repeated(kind: int) -> None:
    now = datetime(2030, 1, 1)
    check(at(2030, 3, 1, 8), now, kind=kind)
    check(at(2030, 3, 1, 8, Repeat.WEEKLY), now, kind=PostType.TEXT)
    with pytest.raises(Invalid, match="can't be repeated"):
        check(at(2030, 3, 1, 8, Repeat.WEEKLY), now, kind=kind)


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "Europe", "../Europe/Berlin", "x" * 5000])
def test_a_stored_zone_that_is_none_is_universal_time(zone: str) -> None:
    noon = datetime(2030, 7, 1, 12)
    assert in_utc(noon, zone) == local_time(noon, zone).replace(tzinfo=None) == noon
    assert moment_of(Schedule(at=noon, timezone=zone)) == noon


def test_a_title_has_the_day_in_it() -> None:
    assert dated("{% week %}/{%year%}: {% day %}.{% month %}. {% no %}", datetime(2031, 1, 2)) == (
        "01/2031: 02.01. {% no %}"
    )


async def counts(database: Database) -> tuple[Any, ...]:
    """Posts that are out, votes, how many the author is said to have, and what is to be told."""
    async with database.read() as db:
        out = select(func.count()).where(Post.status > 0)
        return tuple(
            [
                await db.scalar(statement)
                for statement in (
                    out,
                    select(func.count(PostVote.id)),
                    select(func.sum(User.post_count)),
                    select(func.count()).where(
                        OutboxEvent.kind == "PostPublished", OutboxEvent.topic == "notify"
                    ),
                )
            ]
        )


async def schedule(database: Database, author: Any, **changed: Any) -> int:
    community_id = changed.pop("community_id")
    when = Schedule(at=utcnow() + timedelta(hours=1), **changed)
    new = NewPost(community_id=community_id, title="Week {% week %}", body="Words", schedule=when)
    made = await database.write(operations.publish, author, new, domain=making.DOMAIN)
    return made.post_id


async def let_time_come(database: Database, post_id: int) -> None:
    earlier = update(Post).where(Post.id == post_id).values(scheduled_for=utcnow() - timedelta(minutes=1))
    await database.write(lambda session: session.execute(earlier))


async def test_nobody_hears_of_a_post_before_its_time(database: Database) -> None:
    ana = await making.member(database, "ana")
    cats = await making.community(database, ana)
    before = await counts(database)
    post_id = await schedule(database, ana, community_id=cats)
    changes = operations.PostChanges(body="Other words")
    await database.write(operations.edit, ana, post_id, changes, domain=making.DOMAIN)
    assert await counts(database) == before
    async with database.read() as db:
        assert [one.post.id for one in (await waiting_posts(db, ana)).items] == [post_id]
        assert await due(db, utcnow(), most=10) == []
    await database.write(operations.publish_due, post_id, domain=making.DOMAIN)  # too early
    assert await counts(database) == before
    await let_time_come(database, post_id)
    async with database.read() as db:
        assert await due(db, utcnow(), most=10) == [post_id]
    for _ in range(2):  # a job may run twice
        await database.write(operations.publish_due, post_id, domain=making.DOMAIN)
    assert await counts(database) == tuple(number + 1 for number in before)
    async with database.read() as db:
        row = (await db.execute(select(Post.title, Post.body, Post.status).where(Post.id == post_id))).one()
        assert (await waiting_posts(db, ana)).items == []
    assert row.title == f"Week {utcnow().isocalendar().week:02}"
    assert (row.body, row.status) == ("Other words", PostStatus.PUBLISHED)


async def test_a_repeated_post_waits_again(database: Database) -> None:
    ana = await making.member(database, "ana")
    cats = await making.community(database, ana)
    before = await counts(database)
    post_id = await schedule(database, ana, community_id=cats, repeat=Repeat.WEEKLY)
    await let_time_come(database, post_id)
    await database.write(operations.publish_due, post_id, domain=making.DOMAIN)
    assert await counts(database) == tuple(number + 1 for number in before)
    async with database.read() as db:
        (waiting,) = (await waiting_posts(db, ana)).items
    assert waiting.post.id == post_id
    assert waiting.is_repeated
    assert waiting.at
    assert timedelta(days=6) < waiting.at - utcnow() < timedelta(days=7)


@pytest.mark.parametrize("touched", [False, True], ids=["as it was", "with another end"])
async def test_a_post_of_the_last_day_comes_back_on_the_last_day(database: Database, touched: bool) -> None:
    ana = await making.member(database, "ana")
    post_id = await schedule(database, ana, community_id=await making.community(database, ana))
    last = next(day for ahead in range(1, 63) if (day := utcnow() + timedelta(days=ahead)).day == 31)
    monthly = Schedule(at=last, repeat=Repeat.MONTHLY)
    await database.write(operations.reschedule, ana, post_id, monthly)
    february = update(Post).where(Post.id == post_id).values(scheduled_for=datetime(2023, 2, 28, 8))
    await database.write(lambda session: session.execute(february))
    if touched:
        next_one = (
            datetime(utcnow().year + 1, 2, 28, 8) if utcnow().month > 2 else utcnow() + timedelta(days=1)
        )
        await database.write(
            lambda session: session.execute(
                update(Post).where(Post.id == post_id).values(scheduled_for=next_one)
            )
        )
        ends = msgspec.structs.replace(monthly, at=next_one, until=next_one + timedelta(days=900))
        await database.write(operations.reschedule, ana, post_id, ends)
        await database.write(lambda session: session.execute(february))
    await database.write(operations.publish_due, post_id, domain=making.DOMAIN)
    async with database.read() as db:
        at = await db.scalar(select(Post.scheduled_for).where(Post.id == post_id))
    assert at
    assert at > utcnow()
    assert at.day == monthrange(at.year, at.month)[1]


async def test_who_may_not_post_any_more_has_it_put_off(database: Database) -> None:
    ana = await making.member(database, "ana")
    cats = await making.community(database, ana)
    post_id = await schedule(database, ana, community_id=cats)
    await let_time_come(database, post_id)
    forbidden = update(User).where(User.id == ana.id).values(ban_posts=True)
    await database.write(lambda session: session.execute(forbidden))
    with pytest.raises(Forbidden):
        await database.write(operations.publish_due, post_id, domain=making.DOMAIN)
    await database.write(operations.put_off, post_id)
    async with database.read() as db:
        assert await due(db, utcnow(), most=10) == []
        assert [one.schedule for one in (await waiting_posts(db, ana)).items] == [None]


async def test_a_time_is_ahead_and_a_deleted_post_is_forgotten(database: Database) -> None:
    ana = await making.member(database, "ana")
    cats = await making.community(database, ana)
    before = await counts(database)
    post_id = await schedule(database, ana, community_id=cats)
    for wrong in (utcnow() - timedelta(hours=1), utcnow() + timedelta(days=400)):
        with pytest.raises(Invalid, match="time"):
            await database.write(operations.reschedule, ana, post_id, Schedule(at=wrong))
    bob = await making.member(database, "bob")
    with pytest.raises(NotFound):
        await database.write(operations.reschedule, bob, post_id, Schedule(at=utcnow() + timedelta(hours=1)))
    await let_time_come(database, post_id)
    await database.write(operations.set_deleted, ana, post_id, deleted=True)
    async with database.read() as db:
        assert await due(db, utcnow(), most=10) == []
    assert await counts(database) == before
