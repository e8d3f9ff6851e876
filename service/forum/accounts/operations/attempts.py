"""Wrong passwords: counted before they are judged, so that many at once are not judged for nothing."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from service.forum.accounts.attempts import Count
from service.forum.errors import TooMany
from service.forum.events import EmailRequested
from service.language import _, n_
from service.storage.clock import database_now
from service.storage.outbox import record
from service.storage.tables import EmailConfirmation, PasswordReset, SignInAttempts

LONGEST_WAIT = 900  # seconds
FORGOTTEN_AFTER = timedelta(days=1)
LETTER_AFTER = 10  # wrong ones
LETTERS_EVERY = timedelta(days=1)
BATCH = 500  # rows of each table that are forgotten in one transaction


async def begin_attempt(session: AsyncSession, count: Count, *, account_id: int | None = None) -> None:
    """Count an attempt that is about to be judged; what is refused here is not counted.

    After the first few, each wrong one makes the next wait twice as long: 1, 2, 4 ... seconds, a quarter of an hour at
    most. Once a day the owner is told of many.

    Parameters:
        count: of `accounts.attempts`.
        account_id: whose owner is to be told; None where that would be news to nobody.

    Raises:
        TooMany: the time has not come; `retry_after` says when it does.
    """
    now = database_now()
    forgotten = SignInAttempts.last_at < now - FORGOTTEN_AFTER
    failures = case((forgotten, 1), else_=SignInAttempts.failures + 1)
    # What lies further ahead than anybody waits was written while the clock was wrong.
    heard = or_(
        SignInAttempts.next_at <= now, SignInAttempts.next_at > now + timedelta(seconds=LONGEST_WAIT + 60)
    )
    statement = (
        insert(SignInAttempts)
        .values(key=count.key, failures=1, last_at=now, next_at=now)
        .on_conflict_do_update(
            index_elements=[SignInAttempts.key],
            set_={
                "failures": failures,
                "last_at": now,
                "next_at": now + _wait_after(failures - count.at_once),
            },
            where=or_(heard, forgotten),
        )
        .returning(SignInAttempts.failures)
    )
    counted = (await session.execute(statement)).scalar_one_or_none()
    if counted is None:
        raise await _refusal(session, count.key)
    if account_id is not None and counted >= LETTER_AFTER:
        await _tell_owner(session, count.key, account_id)


async def forgive(session: AsyncSession, count: Count) -> None:
    """Count anew: the password was right."""
    await session.execute(
        update(SignInAttempts)
        .where(SignInAttempts.key == count.key)
        .values(failures=0, next_at=database_now())
    )


async def forget_old_attempts(session: AsyncSession) -> int:
    """Delete counts of wrong passwords, and links of letters, whose time is over: some; return how many."""
    over = database_now() - FORGOTTEN_AFTER
    gone = await _delete_some(session, SignInAttempts.key, SignInAttempts.last_at < over)
    for links in (PasswordReset, EmailConfirmation):
        gone += await _delete_some(session, links.token_hash, links.expires_at < over)
    return gone


async def _delete_some(
    session: AsyncSession, key: InstrumentedAttribute[bytes], over: ColumnElement[bool]
) -> int:
    some = select(key).where(over).limit(BATCH)
    gone = await session.execute(delete(key.class_).where(key.in_(some)).returning(key))
    return len(gone.all())


def _wait_after(beyond: ColumnElement[Any]) -> ColumnElement[Any]:
    seconds = case(
        (beyond > 0, func.least(LONGEST_WAIT, func.power(2.0, func.least(beyond - 1, 20)))), else_=0.0
    )
    return func.make_interval(0, 0, 0, 0, 0, 0, seconds)


async def _refusal(session: AsyncSession, key: bytes) -> TooMany:
    left = func.ceil(func.extract("epoch", SignInAttempts.next_at - database_now()))
    seconds = await session.scalar(select(cast(left, Integer)).where(SignInAttempts.key == key))
    wait = max(1, seconds or 1)
    return TooMany(
        _(
            "Too many incorrect passwords. Try again in %(wait)s, or reset your password by email.",
            wait=_in_words(wait),
        ),
        code="rate_limited",
        retry_after=wait,
    )


async def _tell_owner(session: AsyncSession, key: bytes, account_id: int) -> None:
    now = database_now()
    told_long_ago = or_(SignInAttempts.letter_at.is_(None), SignInAttempts.letter_at < now - LETTERS_EVERY)
    due = await session.execute(
        update(SignInAttempts)
        .where(SignInAttempts.key == key, told_long_ago)
        .values(letter_at=now)
        .returning(SignInAttempts.key)
    )
    if due.first() is not None:
        await record(session, EmailRequested(occasion="attempts", account_id=account_id))


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return n_("%(number)s second", "%(number)s seconds", number=seconds)
    return n_("%(number)s minute", "%(number)s minutes", number=-(-seconds // 60))
