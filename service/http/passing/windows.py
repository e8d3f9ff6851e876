"""How often something was done within the last while, counted exactly in Redis for all processes together.

A sliding window: Redis keeps the time of each call that was let in, and forgets those that are older than the window.
So `retry_after` is the moment at which the next one really passes; refused calls do not push it away.
"""

from hashlib import sha1
from secrets import token_hex
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

UNAVAILABLE = (RedisError, OSError, TimeoutError)


class Rate(msgspec.Struct, frozen=True):
    """How often something may be done: `most` times within `window` seconds."""

    most: int
    window: int


class Allowance(msgspec.Struct, frozen=True):
    """What somebody has used of a rate.

    Attributes:
        passed: the call that asked was let in; True where nothing was asked for.
        most: calls that are let in within a window.
        used: calls let in within the last one.
        reset_at: seconds of the Unix epoch when the oldest of them is forgotten.
        retry_after: seconds until the next one passes; 0 if it would now.
    """

    passed: bool
    most: int
    used: int
    reset_at: float
    retry_after: int

    @property
    def remaining(self) -> int:
        """How many more would pass now."""
        return max(0, self.most - self.used)


# KEYS[1] the calls let in, by their time in microseconds. ARGV: most, window in microseconds, the call's name or ''.
_COUNT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local used = redis.call('ZCARD', KEYS[1])
local passed = 1
if ARGV[3] ~= '' then
  if used < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[2] / 1000)
    used = used + 1
  else
    passed = 0
  end
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {passed, used, tostring(oldest[2] or now), tostring(now)}
"""
_NAME = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()  # as Redis names it
SECOND = 1_000_000  # microseconds


async def take(redis: Redis, key: str, rate: Rate) -> Allowance:
    """Count one call under `key`; it passed or it did not.

    Raises:
        RedisError, OSError, TimeoutError: Redis is away.
    """
    return await _ask(redis, key, rate, token_hex(8))


async def look(redis: Redis, key: str, rate: Rate) -> Allowance:
    """Return what has been used, without using any; raises as `take`."""
    return await _ask(redis, key, rate, "")


async def _ask(redis: Any, key: str, rate: Rate, call: str) -> Allowance:
    given = (1, key, rate.most, rate.window * SECOND, call)
    try:
        passed, used, oldest, now = await redis.evalsha(_NAME, *given)
    except NoScriptError:
        passed, used, oldest, now = await redis.eval(_COUNT, *given)
    return allowance(rate, bool(passed), used, float(oldest) / SECOND, float(now) / SECOND)


def allowance(rate: Rate, passed: bool, used: int, oldest: float, now: float) -> Allowance:
    """Return what has been used of a rate.

    Parameters:
        passed: whether the call that asked was let in.
        used: calls within the window.
        oldest: seconds of the Unix epoch of the oldest of them.
        now: likewise.
    """
    reset_at = oldest + rate.window
    wait = max(1, int(reset_at - now) + 1) if used >= rate.most else 0
    return Allowance(passed, rate.most, used, reset_at, wait)
