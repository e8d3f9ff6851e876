"""What an account has set about itself, and the browsers in which it is signed in."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import AIVisibility, MessageAcceptance, Visibility
from service.forum.accounts.shapes import SessionRow, Settings, Waiting
from service.forum.accounts.viewer import Viewer
from service.forum.choices import Choice
from service.forum.comments.choices import CommentSort
from service.forum.errors import NotFound
from service.forum.feeds.choices import Listing, Sort
from service.storage.clock import database_now
from service.storage.tables import Departure, EmailChange, LoginSession, User


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


async def waiting_of(db: AsyncConnection, viewer: Viewer) -> Waiting:
    """What the viewer asked for about their account, and waits for."""
    change = await db.execute(
        select(EmailChange.email, EmailChange.old_agreed, EmailChange.new_agreed).where(
            EmailChange.user_id == viewer.id, EmailChange.expires_at > database_now()
        )
    )
    row = change.one_or_none()
    leaves_at = await db.scalar(select(Departure.due_at).where(Departure.user_id == viewer.id))
    if row is None:
        return Waiting(leaves_at=leaves_at)
    return Waiting(row.email, row.old_agreed, row.new_agreed, leaves_at)


_SETTING_COLUMNS = Settings.__struct_fields__[:-1]
_SETTING_DEFAULTS: dict[str, Any] = {
    "hide_nsfw": Visibility.HIDE,
    "hide_nsfl": Visibility.HIDE,
    "hide_gen_ai": AIVisibility.LABEL,
    "ignore_bots": Visibility.SHOW,
    "accept_private_messages": MessageAcceptance.NOBODY,
    "reply_collapse_threshold": -10,
    "reply_hide_threshold": -20,
    "default_sort": Sort.HOT,
    "default_filter": Listing.SUBSCRIBED,
    "default_comment_sort": CommentSort.HOT,
    "searchable": True,
    "indexable": True,
    "newsletter": True,
    "email_unread": True,
    "feed_auto_follow": True,
    "feed_auto_leave": True,
}


def _setting(name: str, value: Any) -> Any:
    """The value of a column, or what its NULL stands for."""
    kind = Settings.__annotations__[name]
    if issubclass(kind, Choice):
        return kind.stored(value, _SETTING_DEFAULTS[name])
    if value is None:
        return _SETTING_DEFAULTS.get(name, kind())
    return kind(value)
