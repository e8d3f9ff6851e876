"""Requests that are sent again: each has its effect once, and every repetition gets the first answer.

The key that names a request is kept in the transaction of its effect, so that there is never one without the other. The
answer is added afterwards; if the process ends between the two, a repetition learns that it was done, and does nothing.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.errors import Conflict
from service.language import _
from service.storage.tables import IdempotencyKey

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_ANSWER = 900_000  # characters; the column holds a million


class IdempotentRequest(msgspec.Struct, frozen=True):
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


class AlreadyDone(Exception):
    """The request had its effect already."""


class _Kept(msgspec.Struct):
    """What stands in the row of a key."""

    digest: str
    answer: str = ""


async def first_answer(db: AsyncConnection, request: IdempotentRequest) -> FirstAnswer | None:
    """Return what the request was answered the first time.

    Raises:
        AlreadyDone: it had its effect, and the answer is not known (yet).
        Conflict: another request had this key.
    """
    statement = select(IdempotencyKey.status, IdempotencyKey.body).where(*_is(request))
    row = (await db.execute(statement)).first()
    if row is None:
        return None
    kept = msgspec.json.decode(row.body or "{}", type=_Kept)
    if kept.digest != request.digest:
        raise Conflict(_("This key has already been used for a different request."), code="key_reused")
    if row.status is None:
        raise AlreadyDone
    return FirstAnswer(row.status, kept.answer)


def claimed(
    request: IdempotentRequest, work: Callable[Concatenate[AsyncSession, P], Awaitable[T]]
) -> Callable[Concatenate[AsyncSession, P], Awaitable[T]]:
    """Return an operation that does the work and keeps the request's key, both or neither.

    Parameters:
        request: whose key it is.
        work: an operation; if the request was carried out before, AlreadyDone is raised in its place.
    """

    async def claim_and_work(session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs) -> T:
        await claim(session, request)
        return await work(session, *args, **kwargs)

    return claim_and_work


async def claim(session: AsyncSession, request: IdempotentRequest) -> None:
    """Keep the key of a request, in the transaction of its effect; waits for the same request in another one.

    Raises:
        AlreadyDone: the other one was first.
    """
    kept = msgspec.json.encode(_Kept(request.digest)).decode()
    values = {"user_id": request.account_id, "key": request.key, "route": request.route, "body": kept}
    claimed = insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if await session.scalar(claimed) is None:
        raise AlreadyDone


async def keep_answer(session: AsyncSession, request: IdempotentRequest, answer: FirstAnswer) -> None:
    """Add the answer to the key of a request; nothing happens if it had no effect."""
    if len(answer.body) > LONGEST_ANSWER:
        return
    kept = msgspec.json.encode(_Kept(request.digest, answer.body)).decode()
    await session.execute(update(IdempotencyKey).where(*_is(request)).values(status=answer.status, body=kept))


async def forget_old_keys(session: AsyncSession, before: datetime) -> int:
    """Delete the keys from before a time (naive UTC); return how many there were."""
    gone = await session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < before).returning(IdempotencyKey.key)
    )
    return len(gone.all())


def _is(request: IdempotentRequest) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyKey.user_id == request.account_id,
        IdempotencyKey.key == request.key,
        IdempotencyKey.route == request.route,
    )
