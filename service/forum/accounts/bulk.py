"""One action on many accounts: in batches of one transaction each, with a result for each account.

What has been done stays done when a run is cut off. Repeated with the same idempotency key, it goes on where it
stopped, and gives the results of before for what was done before.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.accounts.operations import DONE_WORDS, Act, Action, perform
from service.forum.errors import Conflict, ForumError
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import IdempotencyKey
from service.storage.transaction import Database

BATCH = 10  # accounts in a transaction: others who repeat the order wait for it
ROUTE = "users/bulk"
FINISHED = 200


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to whom. An account that is named twice is dealt with once."""

    action: Action
    account_ids: tuple[int, ...]
    act: Act = Act()


class ItemResult(msgspec.Struct, frozen=True):
    """How it ended for one account.

    Attributes:
        error: the word of the refusal; '' where it was done.
    """

    user_id: int
    success: bool
    message: str
    error: str = ""


class _Progress(msgspec.Struct):
    """What stands in the row of an idempotency key: of which order, and how far it has got."""

    order: str
    results: list[ItemResult]


async def carry_out(database: Database, by: Authority, order: Order, *, key: str = "") -> list[ItemResult]:
    """Carry an order out; return the results in its order.

    Parameters:
        key: names this order, so that its repetition does nothing twice; '' for none.

    Raises:
        Conflict: the key was used for another order.
        StorageError: the run was cut off; the batches before are done.
    """
    wanted = tuple(dict.fromkeys(order.account_ids))
    results: list[ItemResult] = []
    while len(results) < len(wanted):
        results = await database.write(_next_batch, by, order, wanted, tuple(results), key)
    return results


async def _next_batch(
    session: AsyncSession,
    by: Authority,
    order: Order,
    wanted: tuple[int, ...],
    known: Sequence[ItemResult],
    key: str,
) -> list[ItemResult]:
    row = await _row_of_key(session, by, order, key) if key else None
    results = list(known) if row is None else msgspec.json.decode(row.body or "", type=_Progress).results
    for account_id in wanted[len(results) : len(results) + BATCH]:
        results.append(await _one(session, by, order, account_id))
    if row is not None:
        row.body = msgspec.json.encode(_Progress(_digest(order), results)).decode()
        row.status = FINISHED if len(results) >= len(wanted) else None
    return results


async def _one(session: AsyncSession, by: Authority, order: Order, account_id: int) -> ItemResult:
    try:
        async with session.begin_nested():
            await perform(session, by, order.action, account_id, order.act)
    except ForumError as refusal:
        await audit.note(
            session,
            by,
            f"user_{order.action}",
            target=f"user:{account_id}",
            result=refusal.code,
            details={"reason": order.act.reason},
        )
        return ItemResult(account_id, False, str(refusal.message), refusal.code)
    return ItemResult(account_id, True, f"The account has been {DONE_WORDS[order.action]}.")


async def _row_of_key(session: AsyncSession, by: Authority, order: Order, key: str) -> IdempotencyKey:
    owner = by.id or 0
    await lock_name(session, f"key:{owner}:{key}")
    row = await session.get(IdempotencyKey, (owner, key, ROUTE))
    if row is None:
        body = msgspec.json.encode(_Progress(_digest(order), [])).decode()
        row = IdempotencyKey(user_id=owner, key=key, route=ROUTE, body=body, created_at=utcnow())
        session.add(row)
        await session.flush()
    elif msgspec.json.decode(row.body or "", type=_Progress).order != _digest(order):
        raise Conflict(
            "This key has already been used for a different request.",
            code="key_reused",
            field="Idempotency-Key",
        )
    return row


def _digest(order: Order) -> str:
    return hashlib.sha256(msgspec.json.encode(order)).hexdigest()
