"""What an account has set about itself, and the browsers in which it is signed in."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.errors import NotFound
from service.storage.clock import database_now
from service.storage.tables import LoginSession, User


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
        .where(LoginSession.user_id == viewer.id, LoginSession.expires_at > database_now())
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
