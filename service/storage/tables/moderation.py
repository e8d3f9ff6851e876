"""What moderators and administrators did, and what they are asked to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import BIT, BitString
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base, Json


class ModLog(Base):
    """An act of a moderator or administrator."""

    __tablename__ = "mod_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    type: Mapped[str | None] = mapped_column(String(10))  # mod or admin
    action: Mapped[str | None] = mapped_column(String(30))  # delete_post, ban_user, ...
    reason: Mapped[str | None] = mapped_column(String(512))
    link: Mapped[str | None] = mapped_column(String(512))
    link_text: Mapped[str | None] = mapped_column(String(512))
    public: Mapped[bool | None] = mapped_column(default=False)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    # the comment concerned
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("post_reply.id"), index=True)
    target_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)


class Report(Base):
    """A report of a person, post, comment, community or conversation."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    reasons: Mapped[str | None] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(String(256))
    # 0 new, 1 escalated, 2 appealed, 3 resolved, -1 discarded
    status: Mapped[int | None] = mapped_column(default=0)
    # 0 person, 1 post, 2 comment, 3 community, 4 conversation
    type: Mapped[int | None] = mapped_column(default=0)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    suspect_community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    suspect_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    suspect_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    updated: Mapped[datetime | None] = mapped_column(default=utcnow)
    suspect_post_reply_id: Mapped[int | None] = mapped_column(ForeignKey("post_reply.id"))
    suspect_conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    in_community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    # the reporter's instance
    source_instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    targets: Mapped[dict[str, Any] | None] = mapped_column(Json)


class BlockedImage(Base):
    """A picture that may not be posted, by its perceptual hash."""

    __tablename__ = "blocked_image"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str | None] = mapped_column(String(255), index=True)
    note: Mapped[str | None] = mapped_column(String(255))
    hash: Mapped[BitString | None] = mapped_column(BIT(256), index=True)
