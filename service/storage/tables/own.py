"""Our own tables, in the PostgreSQL schema `pieloop`: `DROP SCHEMA pieloop CASCADE` undoes us.

No table here has a foreign key into `public`: pyfedi deletes its rows and drops its tables without knowing of
ours. Readers join with the shared tables and so never see what belongs to a deleted row; upkeep removes it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base

SCHEMA = "pieloop"
NOW = text("timezone('utc', now())")
ERROR = String(1000)


class OutboxEvent(Base):
    """An event still to be worked on, written in the transaction of the change that it tells of.

    The transaction of the effect deletes the row, so the table holds only what is pending, claimed or parked.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    # not to be tried before
    available_at: Mapped[datetime] = mapped_column(server_default=NOW)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    claimed_until: Mapped[datetime | None]  # after this the claim of a worker that died is void
    parked_at: Mapped[datetime | None]  # given up; waits for a human
    last_error: Mapped[str | None] = mapped_column(ERROR)

    __table_args__ = (
        Index("ix_outbox_pending", available_at, id, postgresql_where=text("parked_at IS NULL")),
        {"schema": SCHEMA},
    )


class LoginSession(Base):
    """A browser that is logged in. Only the hash of its token is kept; deleting the row logs it out."""

    __tablename__ = "session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # SHA-256
    user_id: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    last_seen_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str | None] = mapped_column(String(255))
    ip: Mapped[str | None] = mapped_column(String(50))

    __table_args__ = (
        CheckConstraint("octet_length(token_hash) = 32", name="session_token_hash_is_sha256"),
        {"schema": SCHEMA},
    )


class IdempotencyKey(Base):
    """The answer already given to a request, so that its repetition gets the same one and does nothing again.

    A row without a status is a request that is being worked on, or whose end nobody saw.
    """

    __tablename__ = "idempotency_key"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    route: Mapped[str] = mapped_column(String(100), primary_key=True)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[str | None] = mapped_column(String(1_000_000))
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW, index=True)

    __table_args__ = ({"schema": SCHEMA},)


class AuditEntry(Base):
    """Something done or refused with an administrator's power, by whom, to what, and how it ended; never changed."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)  # NULL: the system, or a command line
    actor_name: Mapped[str | None] = mapped_column(String(255))  # survives the account
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str | None] = mapped_column(String(255))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ip: Mapped[str | None] = mapped_column(String(50))
    # done, or the word of the refusal
    result: Mapped[str] = mapped_column(String(60), default="done", server_default=text("'done'"))

    __table_args__ = (
        Index("ix_audit_log_action", action, id),
        {"schema": SCHEMA},
    )


class DisabledAccount(Base):
    """A local account that an administrator has switched off; the row is what switches it on again.

    The account itself is marked as not verified, which keeps it out of pyfedi as well.
    """

    __tablename__ = "disabled_account"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    disabled_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    reason: Mapped[str | None] = mapped_column(String(500))
    was_verified: Mapped[bool]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)  # NULL: until somebody enables it

    __table_args__ = ({"schema": SCHEMA},)


class PostWords(Base):
    """The words of a post, as the database's function `pieloop.words` splits them; triggers keep them up."""

    __tablename__ = "post_words"

    post_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index("ix_post_words_words", words, postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class CommentWords(Base):
    """The words of a comment, likewise."""

    __tablename__ = "comment_words"

    comment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index("ix_comment_words_words", words, postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class WordsBacklog(Base):
    """Up to where the words of a table with texts are still to be written down; no row: all of them are there."""

    __tablename__ = "words_backlog"

    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    below: Mapped[int]

    __table_args__ = ({"schema": SCHEMA},)


class ClockReading(Base):
    """What the database's clock said when it was last looked at, in the one row there is."""

    __tablename__ = "clock_reading"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]
    steady_since: Mapped[datetime]  # it has not jumped since

    __table_args__ = ({"schema": SCHEMA},)


class Appearance(Base):
    """How the site looks, in the one row there may be: a colour, and a style sheet of its own."""

    __tablename__ = "appearance"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    accent: Mapped[str] = mapped_column(String(7), default="", server_default=text("''"))
    css: Mapped[str] = mapped_column(String(50_000), default="", server_default=text("''"))

    __table_args__ = ({"schema": SCHEMA},)


class LetterWords(Base):
    """What administrators let a letter say instead of its usual words; '' for what they left as it is."""

    __tablename__ = "letter_words"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(150), default="", server_default=text("''"))
    body: Mapped[str] = mapped_column(String(10_000), default="", server_default=text("''"))

    __table_args__ = ({"schema": SCHEMA},)


class RemovedFeed(Base):
    """A feed that an administrator took down: its owner cannot bring it back."""

    __tablename__ = "removed_feed"

    feed_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = ({"schema": SCHEMA},)


class LinkCard(Base):
    """What the page says of itself to which a post leads."""

    __tablename__ = "link_card"

    post_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(String(2048))  # the post's when the page was read
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(String(1000), default="", server_default=text("''"))

    __table_args__ = ({"schema": SCHEMA},)


class AccountLook(Base):
    """How pages look to an account: words of `forum/accounts/looks.py`."""

    __tablename__ = "account_look"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(String(80))

    __table_args__ = ({"schema": SCHEMA},)


class MonthlyDay(Base):
    """On which day of the month a scheduled post is repeated, where some months are shorter."""

    __tablename__ = "monthly_day"

    post_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int]

    __table_args__ = ({"schema": SCHEMA},)


class Newsletter(Base):
    """What an administrator wrote to all who want to hear from the site."""

    __tablename__ = "newsletter"

    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(String(50_000))
    sent_by: Mapped[int | None]
    sent_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    recipients: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = ({"schema": SCHEMA},)
