"""Our tables of what other servers sent: kept as bytes, since not every JSON text fits into a column for JSON.

What is done is deleted in the transaction of its effect; `seen` remembers what was here, so that a repetition has none.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Identity, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base
from service.storage.tables.own import ERROR, NOW, SCHEMA


class SeenActivity(Base):
    """An activity that was let in once, by the first 16 bytes of the SHA-256 of its id."""

    __tablename__ = "seen"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True, server_default=text("current_date"))

    __table_args__ = ({"schema": SCHEMA},)


class ReceivedActivity(Base):
    """An activity that was verified and waits to be understood."""

    __tablename__ = "received"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    lane: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(60))
    host: Mapped[str] = mapped_column(String(256))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    available_at: Mapped[datetime] = mapped_column(
        default=utcnow, server_default=NOW
    )  # not to be tried before
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    parked_at: Mapped[datetime | None]  # given up; waits for a human
    last_error: Mapped[str | None] = mapped_column(ERROR)

    __table_args__ = (
        Index("ix_received_waiting", lane, seq, postgresql_where=text("parked_at IS NULL")),
        {
            "schema": SCHEMA,
            # Rows come and go all day; the default waits until a fifth of the table is dead.
            "postgresql_with": {
                "fillfactor": 80,
                "autovacuum_vacuum_scale_factor": 0,
                "autovacuum_vacuum_threshold": 5000,
            },
        },
    )


class HeardFollow(Base):
    """The activity by which somebody elsewhere follows something here, as it came."""

    __tablename__ = "follow"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # as in `seen`
    body: Mapped[bytes]
    heard_at: Mapped[datetime] = mapped_column(server_default=NOW)
    follower_id: Mapped[int | None] = mapped_column()
    followed: Mapped[str | None] = mapped_column(String(20))  # "community", "feed" or "person"
    followed_id: Mapped[int | None]

    __table_args__ = (Index("ix_follow_follower", follower_id), {"schema": SCHEMA})


class Successor(Base):
    """A community of another server that moved, and the one that followed it."""

    __tablename__ = "successor"

    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    successor_id: Mapped[int]

    __table_args__ = ({"schema": SCHEMA},)


class Tombstone(Base):
    """Something of which its server said that it is deleted; should it come later, it is not taken."""

    __tablename__ = "tombstone"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # as in `seen`
    until: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = ({"schema": SCHEMA},)


class Quote(Base):
    """A quote on another server of something that was written here, and the stamp that was given for it."""

    __tablename__ = "quote"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # of the stamp
    author_id: Mapped[int] = mapped_column()  # whose it is that is quoted
    asker_id: Mapped[int]  # who quotes it
    post_id: Mapped[int] = mapped_column()  # where it stands
    comment_id: Mapped[int | None] = mapped_column()  # NULL where the post itself is quoted
    quoting: Mapped[str] = mapped_column(String(2048))
    stamp: Mapped[str] = mapped_column(String(8192))
    asked_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_quote_author", author_id),
        Index("ix_quote_post", post_id),
        Index("ix_quote_comment", comment_id, postgresql_where=text("comment_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
