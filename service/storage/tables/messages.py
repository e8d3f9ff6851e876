"""Private messages between people."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base


class ChatMessage(Base):
    """One message of a conversation."""

    __tablename__ = "chat_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    body: Mapped[str | None]
    body_html: Mapped[str | None]
    reported: Mapped[bool | None] = mapped_column(default=False)
    read: Mapped[bool | None] = mapped_column(default=False)
    encrypted: Mapped[str | None] = mapped_column(String(15))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    edited_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    deleted: Mapped[bool | None] = mapped_column(default=False)


class Conversation(Base):
    """A conversation between two or more people."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # who began it
    reported: Mapped[bool | None] = mapped_column(default=False)
    read: Mapped[bool | None] = mapped_column(default=False)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class ConversationMember(Base):
    """A person who takes part in a conversation."""

    __tablename__ = "conversation_member"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    joined: Mapped[bool | None] = mapped_column(default=True, server_default=true())  # false: has left it
