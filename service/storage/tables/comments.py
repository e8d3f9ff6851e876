"""Comments, those kept by people, and those moved into archive files."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, String, false, text, true
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base, Content, Json

NOT_DELETED = text("deleted = false")
NOT_BY_BOT = text("from_bot = false")


class Comment(Content, Base):
    """A comment on a post or on another comment."""

    __tablename__ = "post_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    image_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(index=True)  # NULL: answers the post itself
    root_id: Mapped[int | None] = mapped_column(index=True)  # the comment at the top of its thread
    body: Mapped[str | None]  # Markdown
    score: Mapped[int | None] = mapped_column(index=True, default=0)
    nsfw: Mapped[bool | None] = mapped_column(index=True, default=False)
    created_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    posted_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    ip: Mapped[str | None] = mapped_column(String(50))
    up_votes: Mapped[int | None] = mapped_column(default=0)
    down_votes: Mapped[int | None] = mapped_column(default=0)
    # precomputed for Hot: lower bound of the Wilson interval
    ranking: Mapped[float | None] = mapped_column(index=True, default=0.0)
    edited_at: Mapped[datetime | None]
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    search_vector: Mapped[str | None] = mapped_column(TSVECTOR)
    body_html: Mapped[str | None]  # sanitised
    body_html_safe: Mapped[bool | None] = mapped_column(default=False)
    ap_create_id: Mapped[str | None] = mapped_column(String(100))
    ap_announce_id: Mapped[str | None] = mapped_column(String(100))
    from_bot: Mapped[bool | None] = mapped_column(index=True, default=False)
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"), index=True)
    depth: Mapped[int | None] = mapped_column(default=0)  # 0 at the top
    notify_author: Mapped[bool | None] = mapped_column(default=True)
    reports: Mapped[int | None] = mapped_column(default=0)  # how often reported; -1: ignore reports
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    language_id: Mapped[int | None] = mapped_column(ForeignKey("language.id"), index=True)
    deleted: Mapped[bool | None] = mapped_column(index=True, default=False)
    deleted_by: Mapped[int | None] = mapped_column(index=True)  # a user's id, without a foreign key
    # 0, the root's id, ..., its own id
    path: Mapped[list[int] | None] = mapped_column(ARRAY(Integer), index=True)
    child_count: Mapped[int | None] = mapped_column(default=0)  # all comments below it
    ap_updated: Mapped[datetime | None]
    distinguished: Mapped[bool | None] = mapped_column(default=False)  # spoken as a moderator
    replies_enabled: Mapped[bool | None] = mapped_column(default=True, server_default=true())
    sticky: Mapped[bool | None] = mapped_column(index=True, default=False)
    # the accepted answer to a question
    answer: Mapped[bool | None] = mapped_column(default=False, server_default=false())
    emoji_reactions: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    indexable: Mapped[bool | None] = mapped_column(index=True, default=True, server_default=true())

    __table_args__ = (
        Index("idx_post_reply_fts", search_vector, postgresql_using="gin"),
        Index("idx_post_reply_path", path, postgresql_using="gin"),
        Index("ix_post_reply_community_id_not_deleted", community_id, postgresql_where=NOT_DELETED),
        Index("ix_post_reply_community_posted_bot", community_id, posted_at, postgresql_where=NOT_BY_BOT),
    )


class CommentBookmark(Base):
    """A comment that a person keeps."""

    __tablename__ = "post_reply_bookmark"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_reply_id: Mapped[int | None] = mapped_column(ForeignKey("post_reply.id"), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class ArchivedComment(Base):
    """Remembers whose a comment was that has moved into a post's archive file."""

    __tablename__ = "archived_post_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(index=True)
    post_reply_id: Mapped[int | None]
    created_at: Mapped[datetime | None]
