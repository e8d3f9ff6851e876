"""The live updates of this process: how many, who waits for what, and how they end.

A stream holds no database connection and no place of the gate while it waits. Redis only wakes it: what it then tells
is read from PostgreSQL, and it looks there at every heartbeat as well, so that a lost wake-up costs seconds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
import structlog
from redis.asyncio import Redis

from service.forum.errors import TooMany
from service.http.passing.windows import UNAVAILABLE
from service.http.refusals import Overloaded
from service.language import _
from service.lifecycle import NOTIFICATIONS_CHANNEL
from service.tasks import cancel

log = structlog.get_logger()

LISTEN_FOR = 20.0  # seconds until the connection to Redis is looked at again
PAUSE = 1.0  # seconds after Redis was away
COME_BACK_AFTER = 60  # seconds


class Listener:
    """One stream: waits until there may be something to tell.

    Parameters:
        account_id: whose it is.
    """

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.ended = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Let it look."""
        self._woken.set()

    def end(self) -> None:
        """Let it look no more."""
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Return when it is woken or ended, and after so many seconds anyway."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


class Streams:
    """All streams of this process.

    Parameters:
        most: how many there may be.
        most_of_one: how many of them may be one account's.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._listeners: set[Listener] = set()
        self._by_account: Counter[int] = Counter()
        self._closing = False
        self._hears_redis = True

    def __len__(self) -> int:
        return len(self._listeners)

    def check(self, account_id: int) -> None:
        """Raise unless there is a place for one more stream of this account.

        Raises:
            TooMany: the account has as many as it may have.
            Overloaded: the process has, or it is about to end.
        """
        if self._by_account[account_id] >= self._most_of_one:
            raise TooMany(_("Too many live connections for this account."), retry_after=COME_BACK_AFTER)
        if self._closing or len(self._listeners) >= self._most:
            raise Overloaded

    @contextmanager
    def place(self, account_id: int) -> Iterator[Listener]:
        """Hold a place for a stream; raises as `check`."""
        self.check(account_id)
        listener = Listener(account_id)
        self._listeners.add(listener)
        self._by_account[account_id] += 1
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._by_account[account_id] -= 1
            if not self._by_account[account_id]:
                del self._by_account[account_id]

    def wake(self, account_ids: Iterable[int] | None = None) -> None:
        """Let the streams of these accounts look, or all."""
        wanted = None if account_ids is None else set(account_ids)
        for listener in self._listeners:
            if wanted is None or listener.account_id in wanted:
                listener.wake()

    def end(self) -> None:
        """End all streams, and take no more: the process is about to stop."""
        self._closing = True
        for listener in self._listeners:
            listener.end()

    @asynccontextmanager
    async def fed_by(self, redis: Redis) -> AsyncIterator[None]:
        """Wake streams by what is published while the body runs; end them with it."""
        feeding = asyncio.create_task(self._feed(redis))
        try:
            yield
        finally:
            self.end()
            await cancel(feeding)

    async def _feed(self, redis: Redis) -> None:
        """Listen until it is over: where a cancellation is lost on the way (see service.tasks), that says so too."""
        while not self._closing:
            try:
                await self._listen(redis)
            except UNAVAILABLE as error:
                if self._hears_redis:
                    log.warning("live_updates_unavailable", error=error)
                self._hears_redis = False
                await asyncio.sleep(PAUSE)

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub() as channel:
            await channel.subscribe(NOTIFICATIONS_CHANNEL)
            self._hears_redis = True
            self.wake()  # what was published before is lost
            while not self._closing:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=LISTEN_FOR)
                if message is not None:
                    self.wake(_account_ids(message["data"]))
                else:
                    await channel.ping()


def _account_ids(data: bytes) -> list[int] | None:
    try:
        return msgspec.json.decode(data, type=list[int])
    except msgspec.DecodeError:
        return None
