"""Our tables of what is sent to other servers: one append-only log, and how far each server has got in it."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger, String, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base
from service.storage.tables.own import ERROR, NOW, SCHEMA


class SentActivity(Base):
    """An activity of ours, appended once and never changed, whatever the number of servers that get it.

    It goes to the servers of the followers of a community, to every server that we know, or to the inboxes of
    `Addressed`. The ids are given out in the order of the commits.
    """

    __tablename__ = "sent_activity"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # as in `seen`
    kind: Mapped[str] = mapped_column(String(60))
    signer_kind: Mapped[str] = mapped_column(String(10))  # person, community, feed or site
    signer_id: Mapped[int]
    author_id: Mapped[int | None]  # the local person whose activity a community announces
    lane: Mapped[str] = mapped_column(String(1000))  # what it is about: federation.deliver.lanes
    body: Mapped[bytes] = mapped_column(LargeBinary)
    community_id: Mapped[int | None]
    to_everybody: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW, index=True)

    __table_args__ = (
        Index(
            "ix_sent_activity_community",
            "community_id",
            id,
            postgresql_where=text("community_id IS NOT NULL"),
        ),
        Index("ix_sent_activity_everybody", id, postgresql_where=text("to_everybody")),
        {"schema": SCHEMA},
    )


class Addressed(Base):
    """An inbox that an activity goes to, beside the followers of its community."""

    __tablename__ = "addressed"

    instance_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    activity_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    inbox: Mapped[str] = mapped_column(String(1024), primary_key=True)

    __table_args__ = (
        Index("ix_addressed_activity", activity_id),
        {"schema": SCHEMA},
    )


class Peer(Base):
    """How far a server has got in the log, how it is doing, and which of our processes sends to it."""

    __tablename__ = "peer"

    instance_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # everything up to here is done, or was never for it
    cursor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    # and so are these, which come later
    done_above: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), default=list, server_default=text("'{}'")
    )
    state: Mapped[str] = mapped_column(
        String(10), default="awake", server_default=text("'awake'")
    )  # awake, dormant, gone
    failures: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))  # in a row
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(ERROR)
    skipped: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))  # lost by age
    # which form of signature it takes: cavage or rfc9421
    speaks: Mapped[str] = mapped_column(String(10), default="cavage", server_default=text("'cavage'"))
    wish: Mapped[str | None] = mapped_column(String(10))  # of an administrator's to its owner: retry, forget
    owner: Mapped[str | None] = mapped_column(String(100))
    owned_until: Mapped[datetime | None]

    __table_args__ = (Index("ix_peer_owner", "owner"), {"schema": SCHEMA})


class Courier(Base):
    """A process that sends, as long as it says so."""

    __tablename__ = "courier"

    owner: Mapped[str] = mapped_column(String(100), primary_key=True)
    alive_until: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class Undelivered(Base):
    """An activity that one server cannot take while it takes others: tried again on its own, then given up."""

    __tablename__ = "undelivered"

    instance_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    activity_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    inbox: Mapped[str] = mapped_column(String(1024), primary_key=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    since: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    retry_at: Mapped[datetime | None]  # NULL: given up; waits for a human
    last_error: Mapped[str | None] = mapped_column(ERROR)

    __table_args__ = (
        Index("ix_undelivered_retry_at", "retry_at"),
        {"schema": SCHEMA},
    )


class Said(Base):
    """The id of an activity that may be taken back: an Undo has to name it."""

    __tablename__ = "said"

    about: Mapped[str] = mapped_column(String(1100), primary_key=True)  # its type and its lane
    activity_id: Mapped[str] = mapped_column(String(255))
    said_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)

    __table_args__ = ({"schema": SCHEMA},)
