"""Which lanes this process works on: shared among the workers by locks that die with their connection.

Lanes are given out by shares. Each worker shows that it is there by a lock that all may hold; from how many do, follows
how many shares each takes. A worker that dies has lost its locks with its connection, and the others take its shares.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any, Protocol

from service.federation.intake.envelope import LANES

LOCKS = 0x70_69_65_72  # PostgreSQL's class of these locks; any number that nobody else uses
SHARES = 16
PRESENT = SHARES  # the lock that all workers hold

_COUNT = f"""
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = {LOCKS} AND objid = {PRESENT} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - numbers of our own


class Asks(Protocol):
    """A connection that nobody else uses, on which locks are held."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the one value of a statement's one row."""


class Shares:
    """The shares that this process has.

    Parameters:
        connection: holds the locks; when it is lost, all shares are.
    """

    def __init__(self, connection: Asks) -> None:
        self._connection = connection
        self._mine: set[int] = set()
        self._is_present = False

    @property
    def lanes(self) -> list[int]:
        """The lanes of this process."""
        return [lane for lane in range(LANES) if lane % SHARES in self._mine]

    async def balance(self) -> None:
        """Take free shares, and give back those beyond a fair part; called when nothing of a lane is in work."""
        if not self._is_present:
            await self._connection.fetchval("SELECT pg_advisory_lock_shared($1, $2)", LOCKS, PRESENT)
            self._is_present = True
        workers = max(1, await self._connection.fetchval(_COUNT))
        fair = ceil(SHARES / workers)
        for share in _last(sorted(self._mine), len(self._mine) - fair):
            await self._connection.fetchval("SELECT pg_advisory_unlock($1, $2)", LOCKS, share)
            self._mine.discard(share)
        for share in range(SHARES):
            if len(self._mine) >= fair:
                break
            if share not in self._mine and await self._lock(share):
                self._mine.add(share)

    async def _lock(self, share: int) -> bool:
        return bool(await self._connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCKS, share))


def _last(shares: Sequence[int], count: int) -> Sequence[int]:
    return shares[-count:] if count > 0 else ()
