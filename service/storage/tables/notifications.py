"""What people are told, and what they asked to be told about."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base, Json


class Notification(Base):
    """One thing that a person is told."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None] = mapped_column(String(150))
    url: Mapped[str | None] = mapped_column(String(512))
    read: Mapped[bool | None] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who caused it
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # 0 person, 1 community, 2 topic, 3 post, 4 comment, 5 feed, 6 mention, 7 message, 20 report, ...
    notif_type: Mapped[int | None] = mapped_column(index=True, default=999)
    subtype: Mapped[str | None] = mapped_column(String(50), index=True)
    targets: Mapped[dict[str, Any] | None] = mapped_column(Json)  # ids and names that the text is made from


class NotificationSubscription(Base):
    """A person wants to be told about a person, community, topic, post, comment or feed."""

    __tablename__ = "notification_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(256))
    type: Mapped[int | None] = mapped_column(index=True, default=0)  # as notif_type of a notification
    entity_id: Mapped[int | None] = mapped_column(index=True)  # id of the thing, by type
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
