"""Votes: one row a person and thing voted on."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base


class PostVote(Base):
    """A person's vote on a post."""

    __tablename__ = "post_vote"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    # whose reputation it changes
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    effect: Mapped[float | None] = mapped_column(index=True)  # 1 up, -1 down, 0 not counted
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    emoji: Mapped[str | None] = mapped_column(String(20))  # shown with an upvote, if any

    __table_args__ = (
        Index("ix_post_vote_created", created_at),
        Index("ix_post_vote_post_created", post_id, created_at),
        Index("ix_post_vote_user_id_id_desc", user_id, id.desc()),
    )


class CommentVote(Base):
    """A person's vote on a comment."""

    __tablename__ = "post_reply_vote"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    # whose reputation it changes
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_reply_id: Mapped[int | None] = mapped_column(
        ForeignKey("post_reply.id", ondelete="CASCADE"), index=True
    )
    effect: Mapped[float | None]  # 1 up, -1 down, 0 not counted
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    emoji: Mapped[str | None] = mapped_column(String(20))  # shown with an upvote, if any

    __table_args__ = (
        Index("ix_post_reply_vote_created", created_at),
        Index("ix_post_reply_vote_reply_created", post_reply_id, created_at),
        Index("ix_post_reply_vote_user_id_id_desc", user_id, id.desc()),
    )
