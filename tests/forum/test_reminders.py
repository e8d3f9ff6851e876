"""Reminders: asked for, moved, taken back, and told when their time has come; also those that PieFed wrote."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.forum.accounts.operations import delete_account
from service.forum.errors import Conflict, Gone, Invalid, NotFound
from service.forum.notifications.queries import totals
from service.forum.reminders import operations, queries
from service.forum.reminders.rules import LATEST, Kind
from service.storage.clock import utcnow
from service.storage.tables import Comment, Notification, Post, Reminder, User
from service.storage.transaction import Database
from tests.forum.making import add, comments, community, member, posts

LATER = timedelta(days=3)


async def test_a_reminder_is_set_moved_and_taken_back(database: Database) -> None:
    ana, ben = [await member(database, name) for name in ("ana", "ben")]
    cats = await community(database, ana)
    (post,) = await posts(database, ana, cats, 1, title="A post")
    (comment,) = await comments(database, ana, cats, [post])
    now = utcnow()
    for at in (now - timedelta(minutes=1), now + LATEST + LATER):
        with pytest.raises(Invalid):
            await database.write(operations.set_reminder, ben, "post", post, at)
    kinds: tuple[Kind, ...] = ("post", "comment")
    for kind in kinds:
        with pytest.raises((NotFound, Gone)):
            await database.write(operations.set_reminder, ben, kind, 4711, now + LATER)
    asked: tuple[tuple[Kind, int, int], ...] = (("post", post, 1), ("comment", comment, 2), ("post", post, 3))
    ids = [
        await database.write(operations.set_reminder, ben, kind, entity, now + days * LATER)
        for kind, entity, days in asked
    ]
    assert ids[0] == ids[2] != ids[1], "asked again for the same, it moves"
    async with database.read() as db:
        waiting = await queries.waiting(db, ben)
        assert await queries.waiting(db, ana) == []
    assert [(one.kind, one.entity_id, one.post_id, one.title) for one in waiting] == [
        ("comment", comment, post, "A post"),
        ("post", post, post, "A post"),
    ]
    with pytest.raises(NotFound):
        await database.write(operations.forget, ana, ids[0])
    await database.write(operations.forget, ben, ids[0])
    async with database.read() as db:
        assert [one.id for one in await queries.waiting(db, ben)] == [ids[1]]


async def test_so_many_wait_and_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "WAITING_MAX", 2)
    ana = await member(database, "ana")
    cats = await community(database, ana)
    first, second, third = await posts(database, ana, cats, 3)
    at = utcnow() + LATER
    for post in (first, second):
        await database.write(operations.set_reminder, ana, "post", post, at)
    with pytest.raises(Conflict):
        await database.write(operations.set_reminder, ana, "post", third, at)
    await database.write(operations.set_reminder, ana, "post", second, at + LATER)  # it waits already


async def test_what_is_due_is_told_once_unless_it_is_gone(database: Database) -> None:
    ana, ben = [await member(database, name) for name in ("ana", "ben")]
    cats = await community(database, ana)
    kept, gone = await posts(database, ben, cats, 2, title="A post")
    said, unsaid = await comments(database, ana, cats, [kept, kept])
    await database.write(lambda s: s.execute(update(Post).where(Post.id == gone).values(deleted=True)))
    await database.write(
        lambda s: s.execute(update(Comment).where(Comment.id == unsaid).values(deleted=True))
    )
    due, later = utcnow() - timedelta(minutes=1), utcnow() + LATER
    for type_, entity, at in (
        *((1, kept, due), (2, said, due), (1, gone, due), (2, unsaid, due), (7, kept, due)),
        *((1, 4711, due), (2, 4711, due), (1, kept, later)),
    ):
        row = {"reminder_type": type_, "reminder_destination": entity, "remind_at": at}
        await add(database, Reminder(user_id=ben.id, **row))
    assert await database.write(operations.remind) == 7
    assert await database.write(operations.remind) == 0
    async with database.read() as db:
        told = await db.execute(select(Notification.title, Notification.url).order_by(Notification.url))
        assert [tuple(row) for row in told] == [
            ("Reminder: A post", f"/post/{kept}"),
            ("Reminder: comment on A post", f"/post/{kept}/comment/{said}"),
        ]
        assert await db.scalar(select(func.count(Reminder.id))) == 1
        assert await db.scalar(select(User.unread_notifications).where(User.id == ben.id)) == 2
        assert (await totals(db, ben)).unread == 2


async def test_who_leaves_is_reminded_of_nothing(database: Database) -> None:
    ana, ben = [await member(database, name) for name in ("ana", "ben")]
    (post,) = await posts(database, ana, await community(database, ana), 1)
    for who in (ana, ben):
        await database.write(operations.set_reminder, who, "post", post, utcnow() + LATER)
    await database.write(delete_account, ben, ben.id)
    async with database.read() as db:
        assert list(await db.scalars(select(Reminder.user_id))) == [ana.id]
