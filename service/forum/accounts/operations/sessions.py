"""Browsers and apps that are signed in, and the password that they came in with."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.operations.rows import is_an_administrator, refuse_address
from service.forum.accounts.viewer import Viewer
from service.forum.errors import BadCredentials, NotFound
from service.storage.clock import database_now, utcnow
from service.storage.tables import LoginSession, TokenEnd, User

SESSION_LASTS = timedelta(days=30)
# The clients' contract gives an app's token no end.
APP_SESSION_ENDS = datetime(9999, 12, 31)
SESSIONS_KEPT = 50  # of browsers, and as many of apps
TOUCH_AFTER = timedelta(minutes=10)
BATCH = 500  # sessions that are forgotten in one transaction


async def start_session(
    session: AsyncSession,
    account_id: int,
    token_hash: bytes,
    *,
    checked_hash: str | None,
    better_hash: str | None = None,
    user_agent: str = "",
    address: str = "",
    app: bool = False,
) -> None:
    """Let a browser or an app in.

    Parameters:
        checked_hash: the password's hash that was found right; if it is no longer the account's, nobody is let in.
        better_hash: a new hash of the same password, to replace an outdated one.
        user_agent, address: of the browser, for the list of sessions.
        app: it is an app, which stays signed in until it is signed out.

    Raises:
        BadCredentials: the password was changed, or the account deleted, meanwhile.
        Banned: the address is banned, and the account is no administrator's.
    """
    now = database_now()
    if not await is_an_administrator(session, account_id):  # who can lift the ban
        await refuse_address(session, address)
    current = (
        select(User.password_hash)
        .where(User.id == account_id, User.deleted.is_not(True))
        .with_for_update(key_share=True)
    )
    if (await session.execute(current)).one_or_none() != (checked_hash,):
        raise BadCredentials
    values: dict[str, Any] = {"last_seen": now, "ip_address": address[:50] or User.ip_address}
    if better_hash:
        values["password_hash"] = better_hash
    await session.execute(update(User).where(User.id == account_id).values(**values))
    session.add(
        LoginSession(
            token_hash=token_hash,
            user_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=APP_SESSION_ENDS if app else now + SESSION_LASTS,
            user_agent=user_agent[:255],
            ip=address[:50],
        )
    )
    await session.flush()
    await _drop_old_sessions(session, account_id, app=app)


async def end_session(session: AsyncSession, token_hash: bytes) -> None:
    """Log a browser or an app out; nothing happens if it is already."""
    await session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


async def revoke_session(session: AsyncSession, viewer: Viewer, key: str) -> None:
    """Log one of the viewer's browsers out, named by its key of `queries.sessions_of`; NotFound if it is none."""
    try:
        token_hash = bytes.fromhex(key)
    except ValueError:
        raise NotFound from None
    gone = await session.execute(
        delete(LoginSession)
        .where(LoginSession.token_hash == token_hash, LoginSession.user_id == viewer.id)
        .returning(LoginSession.user_id)
    )
    if gone.first() is None:
        raise NotFound


async def revoke_all_sessions(session: AsyncSession, account_id: int, *, but: bytes | None = None) -> None:
    """Log all browsers and apps of an account out, but one if its token's hash is given.

    API tokens that name no session, as pyfedi's do, end as well.
    """
    condition = LoginSession.user_id == account_id
    if but is not None:
        condition &= LoginSession.token_hash != but
    await session.execute(delete(LoginSession).where(condition))
    now = database_now()
    end = insert(TokenEnd).values(user_id=account_id, ended_at=now)
    await session.execute(
        end.on_conflict_do_update(index_elements=[TokenEnd.user_id], set_={"ended_at": now})
    )


async def forget_expired_sessions(session: AsyncSession) -> int:
    """Delete sessions that have run out: some; return how many."""
    expired = select(LoginSession.token_hash).where(LoginSession.expires_at <= database_now()).limit(BATCH)
    gone = await session.execute(
        delete(LoginSession).where(LoginSession.token_hash.in_(expired)).returning(LoginSession.user_id)
    )
    return len(gone.all())


async def touch(session: AsyncSession, viewer: Viewer) -> None:
    """Note that the viewer is here, and keep their session alive; at most once in ten minutes."""
    now = database_now()
    long_ago = now - TOUCH_AFTER
    await session.execute(
        update(User)
        .where(User.id == viewer.id, or_(User.last_seen.is_(None), User.last_seen < long_ago))
        .values(last_seen=now, email_unread_sent=False)
    )
    if viewer.session is not None:
        await session.execute(
            update(LoginSession)
            .where(LoginSession.token_hash == viewer.session, LoginSession.last_seen_at < long_ago)
            .values(last_seen_at=now, expires_at=func.greatest(LoginSession.expires_at, now + SESSION_LASTS))
        )


async def set_password(session: AsyncSession, account_id: int, password_hash: str) -> None:
    """Give an account another password; all its sessions and API tokens end."""
    await session.execute(
        update(User)
        .where(User.id == account_id)
        .values(password_hash=password_hash, password_updated_at=utcnow())
    )
    await revoke_all_sessions(session, account_id)


async def _drop_old_sessions(session: AsyncSession, account_id: int, *, app: bool) -> None:
    """Forget those of the same kind (apps, browsers) that were not used for longest."""
    lasting = LoginSession.expires_at == APP_SESSION_ENDS
    alike = lasting if app else ~lasting
    newest = (
        select(LoginSession.token_hash)
        .where(LoginSession.user_id == account_id, alike)
        .order_by(LoginSession.last_seen_at.desc())
        .limit(SESSIONS_KEPT)
    )
    await session.execute(
        delete(LoginSession).where(
            LoginSession.user_id == account_id, alike, LoginSession.token_hash.not_in(newest)
        )
    )
