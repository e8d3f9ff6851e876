"""Reads of accounts: the viewer of a request, credentials, profiles, people, sessions, applications."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import (
    AUTHOR_WIDTH,
    NOW,
    VIEWER_ID,
    WANTED,
    Scope,
    as_seen_by,
    author_columns,
    author_row,
    is_administrator,
    picture,
    scope_of,
)
from service.forum.accounts.rules import (
    APPLICATION_WAITING,
    ROLE_ADMIN,
    ROLE_STAFF,
    actor_url,
    is_id,
    storable,
)
from service.forum.accounts.tokens import Claims, hash_of
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import address_of, address_sql
from service.forum.errors import NotFound
from service.forum.posts.shapes import AuthorRow
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import (
    Instance,
    InstanceBlock,
    LoginSession,
    Registration,
    RolePermission,
    User,
    UserBlock,
    UserExtraField,
    UserNote,
    UserRole,
)

# How often at most it is written down that somebody was here.
TOUCH_AFTER = timedelta(minutes=10)

_AVATAR, _COVER = picture("avatar"), picture("cover")


class Credentials(msgspec.Struct, frozen=True):
    """What signing in needs to know of an account.

    Attributes:
        banned: Banned now; a ban that has run out does not count.
        waiting: An application for it has not been decided on.
    """

    account_id: int
    name: str
    password_hash: str | None
    verified: bool
    banned: bool
    waiting: bool


class ExtraField(msgspec.Struct, frozen=True):
    """A labelled line on a profile."""

    id: int
    label: str
    text: str


class Profile(msgspec.Struct, frozen=True):
    """A person's page.

    Attributes:
        person: The person as beside a post.
        cover_url: The wide picture; None without one.
        profile_id: The unique identifier (lower case for local accounts); `person.actor_id` is the address as written.
        blocked: The viewer blocked this person.
        note: What the viewer wrote down about this person.
    """

    person: AuthorRow
    about: str
    about_html: str
    cover_url: str | None
    profile_id: str
    post_count: int
    comment_count: int
    reputation: float
    last_seen: datetime | None
    matrix: str | None
    is_staff: bool
    extra_fields: tuple[ExtraField, ...]
    blocked: bool
    note: str | None


class Settings(msgspec.Struct, frozen=True):
    """All that a local account can set about itself; the values are those of the columns of the same name."""

    title: str
    about: str
    email: str
    bot: bool
    searchable: bool
    indexable: bool
    newsletter: bool
    email_unread: bool
    hide_nsfw: int
    hide_nsfl: int
    hide_gen_ai: int
    ignore_bots: int
    hide_read_posts: bool
    hide_low_quality: bool
    default_sort: str
    default_filter: str
    default_comment_sort: str
    theme: str
    timezone: str
    interface_language: str
    read_language_ids: tuple[int, ...]
    reply_collapse_threshold: int
    reply_hide_threshold: int
    accept_private_messages: int
    vote_privately: bool
    feed_auto_follow: bool
    feed_auto_leave: bool
    community_keyword_filter: str
    manually_approves_followers: bool


class SessionRow(msgspec.Struct, frozen=True):
    """A browser that is signed in.

    Attributes:
        key: Names the session, for `operations.revoke_session`; it is no secret.
        current: It is the one that asks.
    """

    key: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    current: bool


class Application(msgspec.Struct, frozen=True):
    """A request for an account.

    Attributes:
        status: One of the APPLICATION_ values of the rules.
        decided_by: The id of the administrator; None while it waits.
    """

    id: int
    account_id: int
    name: str
    email: str
    address: str
    answer: str
    status: int
    created_at: datetime
    decided_at: datetime | None
    decided_by: int | None


class InstanceRow(msgspec.Struct, frozen=True):
    """Another server."""

    id: int
    domain: str
    software: str
    version: str
    created_at: datetime | None
    updated_at: datetime | None


class People(msgspec.Struct, frozen=True):
    """A page of people.

    Attributes:
        has_more: Whether there is a following page.
    """

    people: list[Profile]
    has_more: bool


async def viewer_of_session(db: AsyncConnection, token: str) -> Viewer | None:
    """The viewer whose browser holds this token; None if it is not, or no longer, signed in."""
    now = utcnow()
    row = (await db.execute(_viewer_by_session(), {"wanted": hash_of(token), "now": now})).one_or_none()
    return None if row is None else _viewer(row, row.token_hash, row.last_seen_at, now)


async def viewer_of_token(db: AsyncConnection, claims: Claims) -> Viewer | None:
    """The viewer of an API token; None if the account is not in good standing or its password changed since."""
    now = utcnow()
    values = {"wanted": claims.account_id, "issued_at": claims.issued_at, "now": now}
    row = (await db.execute(_viewer_by_token(), values)).one_or_none() if is_id(claims.account_id) else None
    return None if row is None else _viewer(row, None, row.last_seen, now)


async def viewer_of_account(db: AsyncConnection, account_id: int) -> Viewer | None:
    """The viewer that an account would be; for jobs and commands that act in its name."""
    now = utcnow()
    row = (await db.execute(_viewer_by_id(), {"wanted": account_id, "now": now})).one_or_none()
    return None if row is None else _viewer(row, None, row.last_seen, now)


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
            _banned_at(utcnow()).label("banned_now"),
            _waiting().label("waiting"),
        )
        .where(named, User.ap_id.is_(None), User.deleted.is_not(True))
        .order_by(User.id)
        .limit(literal_limit(1))
    )
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        return None
    return Credentials(
        row.id, row.user_name, row.password_hash, bool(row.verified), bool(row.banned_now), bool(row.waiting)
    )


async def password_hash_of(db: AsyncConnection, account_id: int) -> str | None:
    """The stored hash of an account's password; None without an account or a password."""
    return (
        await db.execute(select(User.password_hash).where(User.id == account_id, User.deleted.is_not(True)))
    ).scalar_one_or_none()


async def profile_by_name(db: AsyncConnection, viewer: Viewer | None, name: str, *, domain: str) -> Profile:
    """The profile of `name` here, or of `name@host`.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: there is nobody of that name, or the account is not yet approved.
    """
    if not storable(name):
        raise NotFound
    bare, _, host = name.strip().lstrip("@").partition("@")
    if not host or host.lower() == domain:
        return await _profile(db, viewer, "ap_profile_id", actor_url(domain, bare))
    return await _profile(db, viewer, "ap_id", f"{bare}@{host}".lower())


async def profile_by_id(db: AsyncConnection, viewer: Viewer | None, account_id: int) -> Profile:
    """The profile of an account, or NotFound."""
    if not is_id(account_id):
        raise NotFound
    return await _profile(db, viewer, "id", account_id)


async def settings_of(db: AsyncConnection, viewer: Viewer) -> Settings:
    """All that the viewer's account can set about itself."""
    statement = select(
        *[getattr(User, name) for name in _SETTING_COLUMNS],
        User.ap_manually_approves_followers,
    ).where(User.id == viewer.id)
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    return Settings(
        *[_setting(name, value) for name, value in zip(Settings.__struct_fields__, row, strict=True)]
    )


async def sessions_of(db: AsyncConnection, viewer: Viewer) -> list[SessionRow]:
    """The browsers in which the viewer is signed in, the last used first."""
    statement = (
        select(LoginSession)
        .with_only_columns(
            LoginSession.token_hash,
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.expires_at,
            LoginSession.user_agent,
            LoginSession.ip,
        )
        .where(LoginSession.user_id == viewer.id, LoginSession.expires_at > utcnow())
        .order_by(LoginSession.last_seen_at.desc())
    )
    return [
        SessionRow(
            row.token_hash.hex(),
            row.created_at,
            row.last_seen_at,
            row.expires_at,
            row.user_agent or "",
            row.ip or "",
            row.token_hash == viewer.session,
        )
        for row in await db.execute(statement)
    ]


async def people(
    db: AsyncConnection,
    viewer: Viewer | None,
    *,
    text: str = "",
    local_only: bool = False,
    sort: str = "New",
    page: int = 1,
    size: int = 20,
) -> People:
    """A page of people whose name or title contains the text.

    Parameters:
        sort: "New", "Old" or, for the most posts first, anything that begins with "Top".
        page: from 1.
        size: people a page.
    """
    if not storable(text):
        return People([], has_more=False)
    statement = _profiles(scope_of(viewer)).where(User.deleted.is_not(True), User.searchable.is_not(False))
    if local_only:
        statement = statement.where(User.ap_id.is_(None))
    if text:
        statement = statement.where(
            or_(User.user_name.icontains(text, autoescape=True), User.title.icontains(text, autoescape=True))
        )
    statement = (
        statement.order_by(*_people_order(sort))
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    found = [_profile_row(row) for row in await db.execute(statement, as_seen_by(viewer))]
    return People(found[:size], len(found) > size)


async def blocked_people(db: AsyncConnection, viewer: Viewer) -> list[AuthorRow]:
    """The people of whom the viewer wants to see nothing, by name."""
    statement = (
        select(*author_columns(User, _AVATAR))
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(User.id.in_(select(UserBlock.blocked_id).where(UserBlock.blocker_id == viewer.id)))
        .order_by(User.user_name, User.id)
    )
    return [author_row(row) for row in await db.execute(statement)]


async def blocked_instances(db: AsyncConnection, viewer: Viewer) -> list[InstanceRow]:
    """The servers of which the viewer wants to see nothing, by domain."""
    statement = (
        select(
            Instance.id,
            Instance.domain,
            Instance.software,
            Instance.version,
            Instance.created_at,
            Instance.updated_at,
        )
        .join(InstanceBlock, InstanceBlock.instance_id == Instance.id)
        .where(InstanceBlock.user_id == viewer.id)
        .order_by(Instance.domain)
    )
    return [
        InstanceRow(id_, domain or "", software or "", version or "", *dates)
        for id_, domain, software, version, *dates in await db.execute(statement)
    ]


async def administrators(db: AsyncConnection) -> list[AuthorRow]:
    """The administrators, the first one first."""
    return [author_row(row) for row in await db.execute(_administrators())]


async def staff(db: AsyncConnection) -> list[AuthorRow]:
    """The members of staff."""
    return [author_row(row) for row in await db.execute(_staff())]


async def administrator_ids(db: AsyncConnection) -> list[int]:
    """The ids of the administrators, for telling them something."""
    return [row[0] for row in await db.execute(_administrators())]


async def applications(
    db: AsyncConnection, *, waiting_only: bool = True, page: int = 1, size: int = 50
) -> list[Application]:
    """The applications for an account, the oldest first."""
    statement = (
        select(
            Registration.id,
            User.id,
            User.user_name,
            User.email,
            User.ip_address,
            Registration.answer,
            Registration.status,
            Registration.created_at,
            Registration.approved_at,
            Registration.approved_by,
        )
        .join(User, User.id == Registration.user_id)
        .order_by(Registration.id)
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    if waiting_only:
        statement = statement.where(Registration.status == APPLICATION_WAITING)
    return [
        Application(
            id_, account_id, name or "", email or "", address or "", answer or "", status or 0, *dates
        )
        for id_, account_id, name, email, address, answer, status, *dates in await db.execute(statement)
    ]


def _in_good_standing() -> ColumnElement[bool]:
    """PieFed's rule for API tokens, for sessions as well: local, verified, neither banned nor deleted."""
    return and_(User.ap_id.is_(None), User.verified.is_(True), User.deleted.is_not(True), ~_banned_at(NOW))


def _banned_at(now: Any) -> ColumnElement[bool]:
    return and_(User.banned.is_(True), or_(User.banned_until.is_(None), User.banned_until > now))


@lru_cache
def _viewer_by_session() -> Select[Any]:
    return (
        select(*_viewer_columns(), LoginSession.token_hash, LoginSession.last_seen_at)
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(LoginSession.token_hash == WANTED, LoginSession.expires_at > NOW, _in_good_standing())
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
    password_changed = cast(func.floor(func.extract("epoch", User.password_updated_at)), BigInteger)
    issued_at: ColumnElement[int] = bindparam("issued_at", type_=BigInteger())
    return _viewer_by_id().where(or_(User.password_updated_at.is_(None), password_changed <= issued_at))


def _waiting() -> ColumnElement[bool]:
    return exists().where(Registration.user_id == User.id, Registration.status == APPLICATION_WAITING)


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
    avatar = address_sql(_AVATAR.file_path, _AVATAR.thumbnail_path, _AVATAR.source_url)
    return [
        User.id,
        User.user_name,
        User.title,
        User.bot,
        User.ban_posts,
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
        User.theme,
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
        avatar.label("avatar"),
    ]


def _viewer(row: Any, session: bytes | None, last_seen: datetime | None, now: datetime) -> Viewer:
    roles = row.roles or ()
    return Viewer(
        id=row.id,
        name=row.user_name or "",
        title=row.title or row.user_name or "",
        bot=bool(row.bot),
        is_admin=row.id == 1 or ROLE_ADMIN in roles,
        is_staff=ROLE_STAFF in roles,
        permissions=frozenset(row.permissions or ()),
        ban_posts=bool(row.ban_posts),
        ban_comments=bool(row.ban_comments),
        hide_nsfw=_or(row.hide_nsfw, 1),
        hide_nsfl=_or(row.hide_nsfl, 1),
        hide_gen_ai=_or(row.hide_gen_ai, 2),
        ignore_bots=row.ignore_bots or 0,
        hide_read_posts=bool(row.hide_read_posts),
        hide_low_quality=bool(row.hide_low_quality),
        default_sort=row.default_sort or "hot",
        default_filter=row.default_filter or "subscribed",
        default_comment_sort=row.default_comment_sort or "hot",
        theme=row.theme or "",
        timezone=row.timezone or None,
        interface_language=row.interface_language or None,
        language_id=row.language_id,
        read_language_ids=tuple(row.read_language_ids or ()),
        vote_privately=bool(row.vote_privately),
        feed_auto_follow=row.feed_auto_follow is not False,
        reply_collapse_threshold=_or(row.reply_collapse_threshold, -10),
        reply_hide_threshold=_or(row.reply_hide_threshold, -20),
        community_keyword_filter=row.community_keyword_filter or "",
        unread_notifications=max(row.unread_notifications or 0, 0),
        avatar_url=address_of(row.avatar) or None,
        session=session,
        seen_long_ago=last_seen is None or now - last_seen > TOUCH_AFTER,
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


_SETTING_COLUMNS = Settings.__struct_fields__[:-1]
_SETTING_DEFAULTS: dict[str, Any] = {
    "hide_nsfw": 1,
    "hide_nsfl": 1,
    "hide_gen_ai": 2,
    "reply_collapse_threshold": -10,
    "reply_hide_threshold": -20,
    "default_sort": "hot",
    "default_filter": "subscribed",
    "default_comment_sort": "hot",
    "searchable": True,
    "indexable": True,
    "newsletter": True,
    "email_unread": True,
    "feed_auto_follow": True,
    "feed_auto_leave": True,
}


def _setting(name: str, value: Any) -> Any:
    """The value of a column, or what its NULL stands for."""
    if value is None:
        kind = Settings.__annotations__[name]
        return _SETTING_DEFAULTS.get(name, () if name == "read_language_ids" else kind())
    return tuple(value) if name == "read_language_ids" else value


async def _profile(
    db: AsyncConnection,
    viewer: Viewer | None,
    by: Literal["id", "ap_id", "ap_profile_id"],
    wanted: int | str,
) -> Profile:
    row = (await db.execute(_profile_by(scope_of(viewer), by), as_seen_by(viewer, wanted=wanted))).first()
    if row is None:
        raise NotFound("There is nobody of that name here.")
    return _profile_row(row)


@lru_cache
def _profile_by(scope: Scope, by: str) -> Select[Any]:
    return _profiles(scope).where(getattr(User, by) == WANTED)


def _shown_to(scope: Scope) -> ColumnElement[bool]:
    """Local accounts that wait for approval are nobody's business but the administrators'."""
    shown = or_(User.ap_id.is_not(None), User.verified.is_(True))
    return {"anybody": shown, "member": or_(shown, User.id == VIEWER_ID), "staff": true()}[scope]


@lru_cache
def _profiles(scope: Scope) -> Select[Any]:
    extra = (
        select(
            func.json_agg(func.json_build_array(UserExtraField.id, UserExtraField.label, UserExtraField.text))
        )
        .where(UserExtraField.user_id == User.id)
        .scalar_subquery()
    )
    is_staff = exists().where(UserRole.user_id == User.id, UserRole.role_id == ROLE_STAFF)
    blocked = exists().where(UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == User.id)
    note = (
        select(func.max(UserNote.body))
        .where(UserNote.user_id == VIEWER_ID, UserNote.target_id == User.id)
        .scalar_subquery()
    )
    return (
        select(
            *author_columns(User, _AVATAR),
            User.about,
            User.about_html,
            address_sql(_COVER.file_path, _COVER.thumbnail_path, _COVER.source_url),
            User.ap_profile_id,
            User.post_count,
            User.post_reply_count,
            User.reputation,
            User.last_seen,
            User.matrix_user_id,
            is_staff,
            extra,
            blocked,
            note,
        )
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_COVER, _COVER.id == User.cover_id)
        .where(_shown_to(scope))
    )


def _profile_row(row: Sequence[Any]) -> Profile:
    person = author_row(row[:AUTHOR_WIDTH])
    (
        about,
        html,
        cover,
        profile_id,
        posts,
        comments,
        reputation,
        seen,
        matrix,
        is_staff,
        extra,
        blocked,
        note,
    ) = row[AUTHOR_WIDTH:]
    return Profile(
        person,
        about or "",
        html or "",
        address_of(cover) or None,
        profile_id or "",
        posts or 0,
        comments or 0,
        reputation or 0.0,
        seen,
        matrix or None,
        is_staff,
        tuple(ExtraField(id_, label or "", text or "") for id_, label, text in extra or ()),
        blocked,
        note,
    )


def _people_order(sort: str) -> list[ColumnElement[Any]]:
    if sort == "Old":
        return [User.id.asc()]
    if sort.startswith("Top"):
        return [func.coalesce(User.post_count, 0).desc(), User.id.asc()]
    return [User.id.desc()]


@lru_cache
def _administrators() -> Select[Any]:
    return _with_role(is_administrator())


@lru_cache
def _staff() -> Select[Any]:
    return _with_role(exists().where(UserRole.user_id == User.id, UserRole.role_id == ROLE_STAFF))


def _with_role(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*author_columns(User, _AVATAR))
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(condition, User.ap_id.is_(None), User.deleted.is_not(True), User.banned.is_not(True))
        .order_by(User.id)
    )
