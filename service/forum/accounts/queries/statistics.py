"""Figures about accounts for administrators: how many there are, and how many come."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.rules import PRIVATELY
from service.forum.bans import is_banned
from service.storage.clock import utcnow
from service.storage.tables import User

HOURS = 24


class AccountFigures(msgspec.Struct, frozen=True):
    """Accounts that are not deleted; all but the first and third are of local ones."""

    total: int
    local: int
    remote: int
    verified: int
    banned: int
    active_day: int
    active_week: int
    active_month: int
    registered_today: int
    registered_week: int
    registered_month: int


class DayFigure(msgspec.Struct, frozen=True):
    """Registrations of one day (UTC)."""

    day: str
    private: int
    public: int


class RegistrationFigures(msgspec.Struct, frozen=True):
    """Registrations of some days; `hours` counts them by the hour of the day (UTC)."""

    private: int
    public: int
    days: list[DayFigure]
    hours: list[int]


async def account_figures(db: AsyncConnection) -> AccountFigures:
    """Count accounts, in one statement."""
    now = utcnow()
    local = User.is_local
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def seen_within(days: int) -> ColumnElement[int]:
        return func.count().filter(local, User.last_seen > now - timedelta(days=days))

    def registered_since(when: datetime) -> ColumnElement[int]:
        return func.count().filter(local, User.created >= when)

    row = (
        await db.execute(
            select(
                func.count(),
                func.count().filter(local),
                func.count().filter(~local),
                func.count().filter(local, User.verified.is_(True)),
                func.count().filter(local, is_banned()),
                *[seen_within(days) for days in (1, 7, 30)],
                registered_since(today),
                registered_since(now - timedelta(days=7)),
                registered_since(now - timedelta(days=30)),
            ).where(User.deleted.is_not(True))
        )
    ).one()
    return AccountFigures(*row)


async def registration_figures(db: AsyncConnection, days: int) -> RegistrationFigures:
    """Count the local accounts that were made within the last days, today included; also those deleted since."""
    first = utcnow().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    hour = func.date_trunc("hour", User.created)
    is_private = func.coalesce(User.referrer, "") == PRIVATELY
    rows = (
        await db.execute(
            select(
                hour,
                func.count().filter(is_private),
                func.count().filter(~is_private),
                cast(func.extract("hour", hour), Integer),
            )
            .where(User.is_local, User.created >= first)
            .group_by(hour)
        )
    ).all()
    by_day = {(first + timedelta(days=offset)).date().isoformat(): [0, 0] for offset in range(days)}
    hours = [0] * HOURS
    for when, private, public, number in rows:
        found = by_day.setdefault(when.date().isoformat(), [0, 0])
        found[0] += private
        found[1] += public
        hours[number] += private + public
    counted = [DayFigure(day, private, public) for day, (private, public) in sorted(by_day.items())]
    return RegistrationFigures(
        sum(one.private for one in counted), sum(one.public for one in counted), counted, hours
    )
