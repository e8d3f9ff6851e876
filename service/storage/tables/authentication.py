"""What guards the way in: wrong passwords, links for a new one, ends of tokens. Our own, in the schema `pieloop`."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base
from service.storage.tables.own import NOW, SCHEMA


class SignInAttempts(Base):
    """Wrong passwords of late for an account, or for an account from one place, and when the next one is heard."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # SHA-256 of whose they are
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime]
    letter_at: Mapped[datetime | None]  # when the owner was last written to about them

    __table_args__ = ({"schema": SCHEMA},)


class PasswordReset(Base):
    """A link for a new password that was sent by letter; only the hash of what it says is kept."""

    __tablename__ = "password_reset"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    expires_at: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class EmailConfirmation(Base):
    """A link that confirms an e-mail address and was sent there by letter; only the hash of what it says is kept."""

    __tablename__ = "email_confirmation"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    expires_at: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class TokenEnd(Base):
    """API tokens of an account that name no session, such as pyfedi's, are good only if they were issued later."""

    __tablename__ = "token_end"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ended_at: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class EmailChange(Base):
    """Another e-mail address for an account, which waits for the consent of both; only hashes of the links are kept."""

    __tablename__ = "email_change"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(255))
    old_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    new_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_agreed: Mapped[bool]
    new_agreed: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    expires_at: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class Departure(Base):
    """An account whose owner wants it deleted, and when it is."""

    __tablename__ = "departure"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime] = mapped_column(default=utcnow, server_default=NOW)
    due_at: Mapped[datetime] = mapped_column(index=True)
    removes_content: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)
