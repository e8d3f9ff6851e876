"""When a ban is in force, whoever pronounced it: the site, a community or another server.

The database's clock decides, as of everything that expires: it is the one clock that all processes share, and a ban
must not be over for one of them while it lasts for another. It is the time of the statement, which the planner may
treat as a constant.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.tables import InstanceBan, User

NOW_TEXT = "timezone('utc', statement_timestamp())"


def in_force(until: Any) -> ColumnElement[bool]:
    """SQL: a ban that ends then, or never where it is NULL, has not ended."""
    return or_(until.is_(None), until > func.timezone("utc", func.statement_timestamp()))


def in_force_text(until: str) -> str:
    """The same for statements that are written as text."""
    return f"({until} IS NULL OR {until} > {NOW_TEXT})"


def is_banned(person: type[User] = User) -> ColumnElement[bool]:
    """SQL: an account is banned from the site; a ban that has run out does not count."""
    return and_(person.banned.is_(True), in_force(person.banned_until))


def is_banned_here_or_at_home(person: Any = User) -> ColumnElement[bool]:
    """SQL: an account is banned from this site, or by its own server, whose word on its people counts here too."""
    by_home = exists().where(
        InstanceBan.user_id == person.id,
        InstanceBan.instance_id == person.instance_id,
        in_force(InstanceBan.banned_until),
    )
    return or_(is_banned(person), by_home)


async def is_banned_now(session: AsyncSession, account_id: int) -> bool:
    """Whether an account is banned from the site."""
    return bool(await session.scalar(select(is_banned()).where(User.id == account_id)))
