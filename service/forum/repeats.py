"""Requests that are sent again: each has its effect once, and every repetition gets the first answer.

The key that names a request is kept in the transaction of its effect, so that there is never one without the other. The
answer is added afterwards; if the process ends between the two, a repetition learns that it was done, and does nothing.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.errors import Conflict
from service.storage.tables import IdempotencyKey

LONGEST_ANSWER = 900_000  # characters; the column holds a million


class Asked(msgspec.Struct, frozen=True):
    """A request that may be sent again.

    Attributes:
        account_id: who asks.
        key: what the client calls the request.
        route: the method and the path.
        digest: of what was sent, so that a key is not taken for two different requests.
    """

    account_id: int
    key: str
    route: str
    digest: str


class FirstAnswer(msgspec.Struct, frozen=True):
    """What the first of several equal requests was answered."""

    status: int
    body: str


class DoneBefore(Exception):
    """The request had its effect already."""


class _Kept(msgspec.Struct):
    """What stands in the row of a key."""

    digest: str
    answer: str = ""


async def first_answer(db: AsyncConnection, asked: Asked) -> FirstAnswer | None:
    """Return what the request was answered the first time.

    Raises:
        DoneBefore: it had its effect, and the answer is not known (yet).
        Conflict: another request had this key.
    """
    statement = select(IdempotencyKey.status, IdempotencyKey.body).where(*_is(asked))
    row = (await db.execute(statement)).first()
    if row is None:
        return None
    kept = msgspec.json.decode(row.body or "{}", type=_Kept)
    if kept.digest != asked.digest:
        raise Conflict("This key was used for another request.", code="key_reused")
    if row.status is None:
        raise DoneBefore
    return FirstAnswer(row.status, kept.answer)


async def claim(session: AsyncSession, asked: Asked) -> None:
    """Keep the key of a request, in the transaction of its effect; waits for the same request in another one.

    Raises:
        DoneBefore: the other one was first.
    """
    kept = msgspec.json.encode(_Kept(asked.digest)).decode()
    values = {"user_id": asked.account_id, "key": asked.key, "route": asked.route, "body": kept}
    claimed = insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if await session.scalar(claimed) is None:
        raise DoneBefore


async def keep_answer(session: AsyncSession, asked: Asked, answer: FirstAnswer) -> None:
    """Add the answer to the key of a request; nothing happens if it had no effect."""
    if len(answer.body) > LONGEST_ANSWER:
        return
    kept = msgspec.json.encode(_Kept(asked.digest, answer.body)).decode()
    await session.execute(update(IdempotencyKey).where(*_is(asked)).values(status=answer.status, body=kept))


async def forget_old_keys(session: AsyncSession, before: datetime) -> int:
    """Delete the keys from before a time (naive UTC); return how many there were."""
    gone = await session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < before).returning(IdempotencyKey.key)
    )
    return len(gone.all())


def _is(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyKey.user_id == asked.account_id,
        IdempotencyKey.key == asked.key,
        IdempotencyKey.route == asked.route,
    )
