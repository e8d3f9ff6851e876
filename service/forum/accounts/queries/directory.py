"""The accounts as an administrator sees them: pages with filters, one account, batches for an export."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import DirectorySort
from service.forum.accounts.columns import is_administrator
from service.forum.accounts.rules import APPLICATION_WAITING, ROLE_STAFF, tidy_email
from service.forum.bans import is_banned
from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.storage.clock import EPOCH, utcnow
from service.storage.statements import literal_limit
from service.storage.tables import DisabledAccount, Registration, User, UserRole


class AccountRow(msgspec.Struct, frozen=True):
    """An account with what only administrators see.

    Attributes:
        name: without the host, which `address` has for somebody from elsewhere.
        banned: banned now; `banned_until` None means for ever.
        disabled: switched off by an administrator.
        waiting: its application waits for a decision.
    """

    id: int
    name: str
    address: str
    email: str
    title: str
    about: str
    created: datetime
    last_seen: datetime | None
    verified: bool
    banned: bool
    banned_until: datetime | None
    disabled: bool
    disabled_reason: str
    waiting: bool
    is_admin: bool
    is_staff: bool
    ban_posts: bool
    ban_comments: bool
    local: bool
    posts: int
    comments: int
    reputation: int
    ip_address: str


class DirectoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts are wanted; None asks for all.

    Attributes:
        active: neither banned nor disabled; False asks for those that are.
        search: a part of the name, the display name or the e-mail address.
        last_seen_days: only who was here within so many days.
    """

    local_only: bool = True
    verified: bool | None = None
    active: bool | None = None
    search: str = ""
    last_seen_days: int | None = None


class DirectoryPage(msgspec.Struct, frozen=True):
    """A page of accounts; `total` counts them on all pages."""

    accounts: list[AccountRow]
    total: int


async def directory(
    db: AsyncConnection,
    wanted: DirectoryFilter,
    *,
    sort: DirectorySort = DirectorySort.NEWEST,
    page: int = 1,
    size: int = 50,
) -> DirectoryPage:
    """A page of the accounts that are not deleted.

    Parameters:
        page: from 1.
        size: accounts a page.
    """
    if not storable(wanted.search):
        return DirectoryPage([], 0)
    conditions = _conditions(wanted)
    total = (await db.execute(select(func.count()).select_from(User).where(*conditions))).scalar_one()
    rows = await db.execute(
        _accounts()
        .where(*conditions)
        .order_by(*_ORDERS[sort])
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    return DirectoryPage([_row(row) for row in rows], total)


async def batch_of_accounts(
    db: AsyncConnection, wanted: DirectoryFilter, *, after: int, size: int
) -> list[AccountRow]:
    """The accounts whose ids follow `after`, by id, at most `size` of them: for reading all of them piece by piece."""
    if not storable(wanted.search):
        return []
    rows = await db.execute(
        _accounts().where(*_conditions(wanted), User.id > after).order_by(User.id).limit(literal_limit(size))
    )
    return [_row(row) for row in rows]


async def account_by(
    db: AsyncConnection, *, account_id: int | None = None, name: str = "", email: str = ""
) -> AccountRow:
    """The account with an id, or the local one with a name in any case, or with an e-mail address.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    if account_id is not None:
        wanted = User.id == account_id if is_id(account_id) else None
    elif name:
        wanted = and_(func.lower(User.user_name) == name.strip().lower(), User.is_local)
    else:
        wanted = and_(func.lower(User.email) == tidy_email(email), User.email != "", User.is_local)
    if wanted is None or not storable(name + email):
        raise NotFound
    statement = _accounts().where(wanted, User.deleted.is_not(True)).order_by(User.id).limit(literal_limit(1))
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def _accounts() -> Any:
    waiting = exists().where(Registration.user_id == User.id, Registration.status == APPLICATION_WAITING)
    return select(
        User.id,
        User.user_name,
        User.ap_id,
        User.email,
        User.title,
        User.about,
        User.created,
        User.last_seen,
        User.verified,
        is_banned().label("banned_now"),
        User.banned_until,
        DisabledAccount.user_id.label("disabled_id"),
        DisabledAccount.reason,
        waiting.label("waiting"),
        is_administrator().label("is_admin"),
        exists().where(UserRole.user_id == User.id, UserRole.role_id == ROLE_STAFF).label("is_staff"),
        User.ban_posts,
        User.ban_comments,
        User.post_count,
        User.post_reply_count,
        User.reputation,
        User.ip_address,
    ).outerjoin(DisabledAccount, DisabledAccount.user_id == User.id)


def _conditions(wanted: DirectoryFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [User.deleted.is_not(True)]
    if wanted.local_only:
        conditions.append(and_(User.is_local))
    if wanted.verified is not None:
        conditions.append(func.coalesce(User.verified, False).is_(wanted.verified))
    if wanted.active is not None:
        stopped = or_(
            is_banned(),
            User.id.in_(select(DisabledAccount.user_id)),
        )
        conditions.append(~stopped if wanted.active else stopped)
    if wanted.search:
        fields = (User.user_name, User.title, User.email)
        conditions.append(or_(*[field.icontains(wanted.search, autoescape=True) for field in fields]))
    if wanted.last_seen_days is not None:
        conditions.append(User.last_seen > utcnow() - timedelta(days=wanted.last_seen_days))
    return conditions


_ORDERS: dict[DirectorySort, tuple[ColumnElement[Any], ...]] = {
    DirectorySort.NEWEST: (User.created.desc().nulls_last(), User.id.desc()),
    DirectorySort.OLDEST: (User.created.asc().nulls_first(), User.id.asc()),
    DirectorySort.NAME: (func.lower(User.user_name).asc(), User.id.asc()),
    DirectorySort.NAME_BACKWARDS: (func.lower(User.user_name).desc(), User.id.desc()),
    DirectorySort.SEEN_LAST: (User.last_seen.desc().nulls_last(), User.id.desc()),
    DirectorySort.SEEN_LONG_AGO: (User.last_seen.asc().nulls_first(), User.id.asc()),
    DirectorySort.MOST_POSTS: (func.coalesce(User.post_count, 0).desc(), User.id.asc()),
}


def _row(row: Any) -> AccountRow:
    return AccountRow(
        id=row.id,
        name=row.user_name or "",
        address=row.ap_id or row.user_name or "",
        email=row.email or "",
        title=row.title or row.user_name or "",
        about=row.about or "",
        created=row.created or EPOCH,
        last_seen=row.last_seen,
        verified=bool(row.verified),
        banned=bool(row.banned_now),
        banned_until=row.banned_until,
        disabled=row.disabled_id is not None,
        disabled_reason=row.reason or "",
        waiting=row.waiting,
        is_admin=row.is_admin,
        is_staff=row.is_staff,
        ban_posts=bool(row.ban_posts),
        ban_comments=bool(row.ban_comments),
        local=row.ap_id is None,
        posts=row.post_count or 0,
        comments=row.post_reply_count or 0,
        reputation=round(row.reputation or 0),
        ip_address=row.ip_address or "",
    )
