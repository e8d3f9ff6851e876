"""Two people who talk in a community, and the worker that tells them things."""

from typing import Any

from sqlalchemy import select

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.outbox import done
from service.storage.tables import Notification, OutboxEvent, User
from service.storage.transaction import Database
from tests.forum.making import DOMAIN


class Talk:
    """A community with two people in it, and the worker that tells them things."""

    def __init__(self, database: Database, ana: Viewer, ben: Viewer, cats: int) -> None:
        self.database, self.ana, self.ben, self.cats = database, ana, ben, cats

    async def post(self, author: Viewer, body: str = "") -> int:
        """Publish a post."""
        new = NewPost(community_id=self.cats, title="A post", body=body)
        return (await self.database.write(posts.publish, author, new, domain=DOMAIN)).post_id

    async def comment(self, author: Viewer, post_id: int, body: str, parent_id: int | None = None) -> int:
        """Publish a comment."""
        new = NewComment(post_id=post_id, body=body, parent_id=parent_id)
        return (await self.database.write(comments.publish, author, new, domain=DOMAIN)).comment_id

    async def tell(self) -> None:
        """Work on what the outbox has for the worker."""
        await self.database.write(self._consume_all)

    async def received(self, viewer: Viewer) -> list[notifications.NotificationRow]:
        """What somebody was told, the newest first; the counter agrees with it."""
        async with self.database.read() as db:
            rows = (await notifications.listing(db, viewer)).notifications
            counter = await db.scalar(select(User.unread_notifications).where(User.id == viewer.id))
        assert counter == sum(not row.read for row in rows)
        return rows

    async def _consume_all(self, session: Any) -> None:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.topic == "notify").order_by(OutboxEvent.id)
        )
        for event in events.all():
            before = await _stored(session)
            changed = await notifications.consume(session, event.kind, event.payload, domain=DOMAIN)
            assert _owners(before ^ await _stored(session)) <= changed, "whose streams are to be woken"
            await done(session, event.id)


Stored = tuple[int, int, bool]  # a notification, whose it is, and whether it was read


async def _stored(session: Any) -> set[Stored]:
    rows = await session.execute(select(Notification.id, Notification.user_id, Notification.read))
    return {(row.id, row.user_id, row.read) for row in rows}


def _owners(stored: set[Stored]) -> set[int]:
    return {account_id for _, account_id, _ in stored}
