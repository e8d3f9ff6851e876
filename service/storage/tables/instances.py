"""Our tables of what administrators decided about other servers, beside what pyfedi's tables hold of it."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base
from service.storage.tables.own import SCHEMA


class FollowedList(Base):
    """How the reading of a list of blocks went that another site publishes and this one follows."""

    __tablename__ = "followed_list"

    subscription_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tried_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]  # when it was read last with success
    problem: Mapped[str | None] = mapped_column(String(1000))  # of the last try; NULL where there was none

    __table_args__ = ({"schema": SCHEMA},)


class SilencedCommunity(Base):
    """A community of a server that was silenced, with what was set for it before: so it can be set again."""

    __tablename__ = "silenced_community"

    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instance_id: Mapped[int] = mapped_column(index=True)
    show_popular: Mapped[bool]
    show_all: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)


class Withdrawal(Base):
    """A blocked server all of whose content here is taken down, or comes back (`removed` is false)."""

    __tablename__ = "withdrawal"

    host: Mapped[str] = mapped_column(String(256), primary_key=True)
    by_id: Mapped[int]  # in whose name it is taken down
    reason: Mapped[str] = mapped_column(String(256))
    removed: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)


class Withdrawn(Base):
    """A post or comment that was taken down with its server."""

    __tablename__ = "withdrawn"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # "post" or "comment"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    host: Mapped[str] = mapped_column(String(256), index=True)  # of the withdrawal

    __table_args__ = ({"schema": SCHEMA},)
