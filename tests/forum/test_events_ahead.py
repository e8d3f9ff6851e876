"""The calendar of a community: what lies ahead there, or was lately, in its order, as the viewer may see it."""

from datetime import timedelta

from sqlalchemy import text

from service.forum.calendar import EventDetails
from service.forum.posts import operations as posts
from service.forum.posts.events_ahead import STILL_SHOWN, events_ahead
from service.forum.posts.operations import NewPost
from service.storage.clock import utcnow
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN

DAY = timedelta(days=1)


async def test_what_lies_ahead_and_was_lately(database: Database) -> None:
    ana = await making.member(database, "ana")
    cats, dogs = await making.community(database, ana), await making.community(database, ana, "dogs")
    now = utcnow()
    begins = {
        "later": 9,
        "soon": 1,
        "deleted": 2,
        "removed": 3,
        "waiting": 4,
        "elsewhere": 5,
        "lately": 6,
        "past": 7,
    }
    ids = {}
    for name, days in begins.items():
        event = EventDetails(start=now + days * DAY, end=now + (days + 1) * DAY, timezone="UTC")
        new = NewPost(community_id=dogs if name == "elsewhere" else cats, title=name.title(), event=event)
        ids[name] = (await database.write(posts.publish, ana, new, domain=DOMAIN)).post_id
    await database.write(posts.set_deleted, ana, ids["deleted"], deleted=True)
    ended = {"lately": now - STILL_SHOWN + DAY, "past": now - STILL_SHOWN - DAY}
    async with database.engine.begin() as db:
        await db.execute(text("UPDATE post SET deleted = true, deleted_by = 0 WHERE title = 'Removed'"))
        await db.execute(text("UPDATE post SET status = -2 WHERE title = 'Waiting'"))
        for name, end in ended.items():
            statement = 'UPDATE event SET start = :start, "end" = :end WHERE post_id = :post'
            await db.execute(text(statement), {"start": end - DAY, "end": end, "post": ids[name]})

    async def shown(viewer: object) -> list[str]:
        async with database.read() as db:
            return [row.title.lower() for row in await events_ahead(db, viewer, cats)]  # type: ignore[arg-type]

    assert await shown(None) == ["lately", "soon", "later"]
    assert await shown(ana) == ["lately", "soon", "waiting", "later"]
