"""Our own part about pictures, in the schema `pieloop`: what `file` has no column for, and what lies in the store."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base
from service.storage.tables.own import NOW, SCHEMA

PATH = String(120)


class Picture(Base):
    """What belongs to a row of `file` with the same id. It counts only as long as that row is there.

    The three sizes and `waiting` are paths in the store; an upload that no worker has come to has only `waiting`.
    """

    __tablename__ = "picture"

    file_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    original: Mapped[str | None] = mapped_column(PATH)
    medium: Mapped[str | None] = mapped_column(PATH)
    thumbnail: Mapped[str | None] = mapped_column(PATH)
    waiting: Mapped[str | None] = mapped_column(PATH)
    problem: Mapped[str | None] = mapped_column(String(255))  # why the worker could make nothing of it
    medium_width: Mapped[int | None]  # pixels
    average: Mapped[str | None] = mapped_column(String(7))  # mean colour, #rrggbb
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))  # bytes in the store
    remote: Mapped[bool] = mapped_column(default=False, server_default=false())  # a copy of somebody else's
    kept_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    unused_since: Mapped[datetime | None]  # only deleted posts show it

    __table_args__ = (
        Index("ix_picture_original", original, postgresql_where=text("original IS NOT NULL")),
        Index("ix_picture_medium", medium, postgresql_where=text("medium IS NOT NULL")),
        Index("ix_picture_thumbnail", thumbnail, postgresql_where=text("thumbnail IS NOT NULL")),
        Index("ix_picture_waiting", waiting, postgresql_where=text("waiting IS NOT NULL")),
        Index("ix_picture_remote", kept_at, postgresql_where=text("remote")),
        {"schema": SCHEMA},
    )


class EmbeddedPicture(Base):
    """The text of a post, or of a comment below it, shows a picture of ours; `comment_id` is 0 for the post's own."""

    __tablename__ = "embedded_picture"

    file_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, default=0, server_default=text("0")
    )

    __table_args__ = (Index("ix_embedded_picture_text", post_id, comment_id), {"schema": SCHEMA})


class StoredObject(Base):
    """A file in the store, by its path: announced before it is written, marked before it is deleted.

    So whoever writes and whoever deletes the same content meet at one row, and neither undoes the other.
    """

    __tablename__ = "stored_object"

    path: Mapped[str] = mapped_column(PATH, primary_key=True)
    # Tells a row from an earlier one of the same path, whose file was deleted.
    life: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    announced_at: Mapped[datetime | None]  # NULL: nobody is writing it
    doomed_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)
