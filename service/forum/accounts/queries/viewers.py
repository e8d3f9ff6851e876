"""Who asks: the viewer of a request, and what signing in needs to know."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    LargeBinary,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import AIVisibility, Visibility
from service.forum.accounts.columns import NOW, WANTED, picture
from service.forum.accounts.filters import filters_from
from service.forum.accounts.looks import Look
from service.forum.accounts.queries.addresses import BANNED_ADDRESSES, coming_from, is_among
from service.forum.accounts.rules import (
    APPLICATION_UNCONFIRMED,
    APPLICATION_WAITING,
    FIRST_ACCOUNT,
    ROLE_ADMIN,
    ROLE_STAFF,
)
from service.forum.accounts.tokens import Claims, hash_of, hash_of_app
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of, address_sql
from service.forum.bans import is_banned
from service.forum.checks import is_id, storable
from service.forum.comments.choices import CommentSort
from service.forum.communities.roles import moderates
from service.forum.feeds.choices import Listing, Sort
from service.storage.clock import database_now, utcnow
from service.storage.statements import literal_limit
from service.storage.tables import (
    AccountLook,
    CommunityMember,
    DisabledAccount,
    Filter,
    LoginSession,
    Registration,
    RolePermission,
    TokenEnd,
    User,
    UserRole,
)

# How often at most it is written down that somebody was here.
TOUCH_AFTER = timedelta(minutes=10)

_AVATAR = picture("avatar")
TODAY = cast(NOW, Date)
_ISSUED_AT: ColumnElement[int] = bindparam("issued_at", type_=BigInteger())


class Credentials(msgspec.Struct, frozen=True):
    """What signing in needs to know of an account.

    Attributes:
        banned: Banned now; a ban that has run out does not count.
        waiting: An application for it has not been decided on.
        disabled: An administrator has switched it off.
    """

    account_id: int
    name: str
    password_hash: str | None
    verified: bool
    banned: bool
    waiting: bool
    disabled: bool


async def viewer_of_session(db: AsyncConnection, token: str, address: str = "") -> Viewer | None:
    """The viewer whose browser holds this token; None if it is not, or no longer, signed in.

    Parameters:
        address: where the request comes from, if that matters: for `address_is_banned`.
    """
    values = _asked(hash_of(token), address)
    row = (await db.execute(_viewer_by_session(), values)).one_or_none()
    return None if row is None else _viewer(row, values, row, row.last_seen_at)


async def viewer_of_token(db: AsyncConnection, claims: Claims, address: str = "") -> Viewer | None:
    """The viewer of an API token.

    None if the account is not in good standing, its password changed since, or the app that has it was signed out.

    Parameters:
        address: see `viewer_of_session`.
    """
    if not is_id(claims.account_id):
        return None
    values = _asked(claims.account_id, address) | {"issued_at": claims.issued_at}
    if claims.key is None:
        row = (await db.execute(_viewer_by_token_alone(), values)).one_or_none()
        return None if row is None else _viewer(row, values, None, row.last_seen)
    values["session"] = hash_of_app(claims.key)
    row = (await db.execute(_viewer_by_app(), values)).one_or_none()
    return None if row is None else _viewer(row, values, row, row.last_seen_at)


async def viewer_of_account(db: AsyncConnection, account_id: int) -> Viewer | None:
    """The viewer that an account would be; for jobs and commands that act in its name."""
    values = _asked(account_id)
    row = (await db.execute(_viewer_by_id(), values)).one_or_none()
    return None if row is None else _viewer(row, values, None, row.last_seen)


def _asked(wanted: int | bytes, address: str = "") -> dict[str, Any]:
    """What the statements about viewers are asked with."""
    return {"wanted": wanted, "now": utcnow(), **coming_from(address)}


async def credentials_of(db: AsyncConnection, name_or_email: str) -> Credentials | None:
    """What is needed to let a local account in, looked up by its name in any case, or by its e-mail address."""
    wanted = name_or_email.strip()
    if not storable(wanted):
        return None
    named = (
        User.email.in_({wanted, wanted.lower()})
        if "@" in wanted
        else func.lower(User.user_name) == wanted.lower()
    )
    statement = (
        select(
            User.id,
            User.user_name,
            User.password_hash,
            User.verified,
            is_banned().label("banned_now"),
            waits().label("waiting"),
            exists().where(DisabledAccount.user_id == User.id).label("disabled"),
        )
        .where(named, User.is_local, User.deleted.is_not(True))
        .order_by(User.id)
        .limit(literal_limit(1))
    )
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        return None
    return Credentials(
        row.id,
        row.user_name,
        row.password_hash,
        bool(row.verified),
        bool(row.banned_now),
        bool(row.waiting),
        row.disabled,
    )


async def known_addresses(db: AsyncConnection, account_id: int) -> list[str]:
    """The network addresses that an account's sessions come from, and the last one that it came in from."""
    sessions = select(LoginSession.ip).where(LoginSession.user_id == account_id)
    last = select(User.ip_address).where(User.id == account_id)
    return [address for (address,) in await db.execute(sessions.union(last)) if address]


async def password_hash_of(db: AsyncConnection, account_id: int) -> str | None:
    """The stored hash of an account's password; None without an account or a password."""
    return (
        await db.execute(select(User.password_hash).where(User.id == account_id, User.deleted.is_not(True)))
    ).scalar_one_or_none()


def _in_good_standing() -> ColumnElement[bool]:
    """PieFed's rule for API tokens, for sessions as well: local, verified, neither banned nor deleted."""
    return and_(User.is_local, User.verified.is_(True), User.deleted.is_not(True), ~is_banned())


@lru_cache
def _viewer_by_session() -> Select[Any]:
    return (
        select(
            *_viewer_columns(), LoginSession.token_hash, LoginSession.created_at, LoginSession.last_seen_at
        )
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(
            LoginSession.token_hash == WANTED, LoginSession.expires_at > database_now(), _in_good_standing()
        )
    )


@lru_cache
def _viewer_by_id() -> Select[Any]:
    return (
        select(*_viewer_columns())
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(User.id == WANTED, _in_good_standing())
    )


@lru_cache
def _viewer_by_token() -> Select[Any]:
    changed = _whole_seconds(User.password_updated_at)
    return _viewer_by_id().where(or_(User.password_updated_at.is_(None), changed <= _ISSUED_AT))


@lru_cache
def _viewer_by_token_alone() -> Select[Any]:
    """A token that names no session is good until all of the account's are ended."""
    ended = exists().where(TokenEnd.user_id == User.id, _whole_seconds(TokenEnd.ended_at) >= _ISSUED_AT)
    return _viewer_by_token().where(~ended)


@lru_cache
def _viewer_by_app() -> Select[Any]:
    session: ColumnElement[bytes] = bindparam("session", type_=LargeBinary())
    return (
        _viewer_by_token()
        .add_columns(LoginSession.token_hash, LoginSession.created_at, LoginSession.last_seen_at)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.token_hash == session)
    )


def _whole_seconds(when: Any) -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", when)), BigInteger)


def waits() -> ColumnElement[bool]:
    """SQL: an application for the account has not been decided on."""
    return exists().where(Registration.user_id == User.id, Registration.status == APPLICATION_WAITING)


def applies() -> ColumnElement[bool]:
    """SQL: as `waits`, or the application is not handed in before the e-mail address is confirmed."""
    undecided = (APPLICATION_WAITING, APPLICATION_UNCONFIRMED)
    return exists().where(Registration.user_id == User.id, Registration.status.in_(undecided))


def _viewer_columns() -> list[Any]:
    permissions = (
        select(func.array_agg(RolePermission.permission))
        .join(UserRole, UserRole.role_id == RolePermission.role_id)
        .where(UserRole.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    roles = (
        select(func.array_agg(UserRole.role_id))
        .where(UserRole.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    filters = (
        select(
            func.json_agg(
                func.json_build_array(
                    Filter.title,
                    Filter.keywords,
                    Filter.hide_type,
                    Filter.filter_home,
                    Filter.filter_posts,
                    Filter.filter_replies,
                )
            )
        )
        .where(Filter.user_id == User.id, or_(Filter.expire_after.is_(None), Filter.expire_after > TODAY))
        .correlate(User)
        .scalar_subquery()
    )
    look = select(AccountLook.words).where(AccountLook.user_id == User.id).correlate(User).scalar_subquery()
    moderated = exists().where(CommunityMember.user_id == User.id, moderates()).correlate(User)
    avatar = address_sql(_AVATAR.file_path, _AVATAR.thumbnail_path, _AVATAR.source_url)
    return [
        User.id,
        User.user_name,
        User.title,
        User.bot,
        User.bot_override,
        User.ban_posts,
        User.indexable,
        User.ban_comments,
        User.hide_nsfw,
        User.hide_nsfl,
        User.hide_gen_ai,
        User.ignore_bots,
        User.hide_read_posts,
        User.hide_low_quality,
        User.default_sort,
        User.default_filter,
        User.default_comment_sort,
        User.timezone,
        User.interface_language,
        User.language_id,
        User.read_language_ids,
        User.vote_privately,
        User.feed_auto_follow,
        User.reply_collapse_threshold,
        User.reply_hide_threshold,
        User.community_keyword_filter,
        User.unread_notifications,
        User.last_seen,
        roles.label("roles"),
        permissions.label("permissions"),
        filters.label("filters"),
        look.label("look"),
        moderated.label("moderates"),
        avatar.label("avatar"),
        BANNED_ADDRESSES.label("banned_addresses"),
    ]


def _viewer(row: Any, asked: dict[str, Any], session: Any, last_seen: datetime | None) -> Viewer:
    roles = row.roles or ()
    return Viewer(
        id=row.id,
        name=row.user_name or "",
        title=row.title or row.user_name or "",
        bot=bool(row.bot or row.bot_override),
        is_admin=row.id == FIRST_ACCOUNT or ROLE_ADMIN in roles,
        is_staff=ROLE_STAFF in roles,
        permissions=frozenset(row.permissions or ()),
        ban_posts=bool(row.ban_posts),
        indexable=row.indexable is not False,
        ban_comments=bool(row.ban_comments),
        hide_nsfw=Visibility.stored(row.hide_nsfw, Visibility.HIDE),
        hide_nsfl=Visibility.stored(row.hide_nsfl, Visibility.HIDE),
        hide_gen_ai=AIVisibility.stored(row.hide_gen_ai, AIVisibility.LABEL),
        ignore_bots=Visibility.stored(row.ignore_bots, Visibility.SHOW),
        hide_read_posts=bool(row.hide_read_posts),
        hide_low_quality=bool(row.hide_low_quality),
        default_sort=Sort.stored(row.default_sort, Sort.HOT),
        default_filter=Listing.stored(row.default_filter, Listing.SUBSCRIBED),
        default_comment_sort=CommentSort.stored(row.default_comment_sort, CommentSort.HOT),
        look=None if row.look is None else Look.of(row.look),
        timezone=row.timezone or None,
        interface_language=row.interface_language or None,
        language_id=row.language_id,
        read_language_ids=tuple(row.read_language_ids or ()),
        vote_privately=bool(row.vote_privately),
        feed_auto_follow=row.feed_auto_follow is not False,
        reply_collapse_threshold=_or(row.reply_collapse_threshold, -10),
        reply_hide_threshold=_or(row.reply_hide_threshold, -20),
        community_keyword_filter=row.community_keyword_filter or "",
        filters=filters_from(row.filters),
        moderates=bool(row.moderates),
        unread_notifications=max(row.unread_notifications or 0, 0),
        avatar_url=address_of(row.avatar) or None,
        session=None if session is None else session.token_hash,
        signed_in_at=None if session is None else session.created_at,
        seen_long_ago=last_seen is None or asked["now"] - last_seen > TOUCH_AFTER,
        address_is_banned=is_among(asked["address"], row.banned_addresses),
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
