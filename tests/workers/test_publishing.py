"""Scheduled posts come out by themselves; one that is refused holds nobody else up."""

from datetime import timedelta

from sqlalchemy import select, update

from service.forum.posts.choices import PostStatus
from service.forum.posts.operations import NewPost, publish
from service.forum.posts.schedule import Schedule
from service.lifecycle import Resources
from service.storage.clock import utcnow
from service.storage.tables import Post, User
from service.storage.tables.own import ClockReading
from tests.forum.making import DOMAIN, community, member
from workers.publishing import publish_scheduled


async def test_what_is_due_comes_out_and_the_rest_waits(resources: Resources) -> None:
    database = resources.database
    ana, bob = await member(database, "ana"), await member(database, "bob")
    cats = await community(database, ana)
    when = Schedule(at=utcnow() + timedelta(hours=1))
    for author, title in ((bob, "Banned since"), (ana, "Due"), (ana, "Not yet due")):
        new = NewPost(community_id=cats, title=title, schedule=when)
        await database.write(publish, author, new, domain=DOMAIN)
    due = (
        update(Post).where(Post.title != "Not yet due").values(scheduled_for=utcnow() - timedelta(minutes=1))
    )
    await database.write(lambda session: session.execute(due))
    banned = update(User).where(User.id == bob.id).values(ban_posts=True)
    await database.write(lambda session: session.execute(banned))
    assert (
        await publish_scheduled({"resources": resources}) == 0
    )  # nobody knows yet whether the clock is right
    steady = update(ClockReading).values(steady_since=utcnow() - timedelta(hours=1))
    await database.write(lambda session: session.execute(steady))
    assert await publish_scheduled({"resources": resources}) == 1
    async with database.read() as db:
        rows = await db.execute(select(Post.title, Post.status, Post.scheduled_for.is_(None)))
        assert {tuple(row) for row in rows} == {
            ("Banned since", PostStatus.SCHEDULED, True),
            ("Due", PostStatus.PUBLISHED, True),
            ("Not yet due", PostStatus.SCHEDULED, False),
        }
    assert await publish_scheduled({"resources": resources}) == 0
