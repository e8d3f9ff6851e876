"""How often one address may call each kind of operation, counted exactly in Redis for all processes together.

A sliding window: Redis keeps the time of each call that was let in, and forgets those that are older than the window.
So `retry_after` is the moment at which the next one really passes; refused calls do not push it away.
"""

from enum import Enum
from typing import Any
from uuid import uuid4

import msgspec
from redis.exceptions import RedisError

from service.config import PrivateRegistrationConfig
from service.http.context import resources
from service.http.passing.visitors import where_from

HOUR = 3600  # seconds, of every window


class Kind(Enum):
    """The kinds of operations; the value is the key of config's section [private_registration]."""

    REGISTRATION = "rate_limit"
    LOOKUP = "lookup_limit"
    CHANGE = "change_limit"
    BULK = "bulk_limit"
    STATISTICS = "statistics_limit"
    MONITORING = "monitoring_limit"
    REFUSED = "refused_limit"

    @property
    def word(self) -> str:
        """How callers know it."""
        return self.name.lower()

    def most(self, config: PrivateRegistrationConfig) -> int:
        """Return how many an hour are let in."""
        most: int = getattr(config, self.value)
        return most


class Allowance(msgspec.Struct, frozen=True):
    """What one address has used of a limit.

    Attributes:
        passed: the call that asked was let in; True where nothing was asked for.
        used: calls let in within the last hour.
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

UNAVAILABLE = (RedisError, OSError, TimeoutError)


async def take(kind: Kind) -> Allowance:
    """Count one call of whoever asks; it passed or it did not.

    Raises:
        RedisError, OSError, TimeoutError: Redis is away.
    """
    return await _ask(kind, uuid4().hex)


async def look(kind: Kind) -> Allowance:
    """Return what whoever asks has used, without using any; raises as `take`."""
    return await _ask(kind, "")


async def _ask(kind: Kind, call: str) -> Allowance:
    most = kind.most(resources().config.private_registration)
    key = f"admin:{kind.word}:{where_from()}"
    window = HOUR * 1_000_000
    redis: Any = resources().redis
    passed, used, oldest, now = await redis.eval(_COUNT, 1, key, most, window, call)
    reset_at = (float(oldest) + window) / 1_000_000
    wait = max(1, int(reset_at - float(now) / 1_000_000) + 1) if used >= most else 0
    return Allowance(bool(passed), most, used, reset_at, wait)
