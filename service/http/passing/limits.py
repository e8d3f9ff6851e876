"""How often somebody may do something, counted in Redis for all processes together.

A sliding window: the count of the running window plus the part of the previous one that still lies within reach.
When Redis is away the limits are not checked (and that is counted): the site goes on. Those of the way in are then
checked by each process for itself.
"""

import time

import structlog
from redis.exceptions import RedisError

from service.forum.errors import TooMany
from service.http.context import resources
from service.http.passing.shared import shared
from service.http.passing.visitors import visitor, where_from

log = structlog.get_logger()

# What people do to get in: counted by address, since whoever is signed in could otherwise begin anew with each account;
# and counted by this process alone when Redis is away.
BY_ADDRESS = frozenset({"sign_in", "register", "captcha", "recovery"})


async def limit(action: str) -> None:
    """Count one `action` of whoever asks.

    Parameters:
        action: a key of config's section [limits].

    Raises:
        TooMany: the limit is reached; `retry_after` says when it opens again.
    """
    limits = resources().config.limits
    if not limits.enabled:
        return
    most, _, window = getattr(limits, action).partition("/")
    key = f"limit:{action}:{_who_asks(action)}"
    try:
        wait = await _count(key, int(most), int(window))
    except (RedisError, OSError, TimeoutError) as error:
        if action not in BY_ADDRESS:
            shared().metrics.limits_open.inc()
            log.warning("limits_failed_open", action=action, error=error)
            return
        log.warning("limits_counted_locally", action=action, error=error)
        wait = shared().own_counts.count(key, int(most), int(window))
    if wait is not None:
        shared().metrics.count_refusal("rate_limited")
        raise TooMany(
            "You are doing that too often. Try again in a while.", code="rate_limited", retry_after=wait
        )


async def _count(key: str, most: int, window: int) -> int | None:
    """Count one; return None, or the seconds to wait."""
    number, elapsed = divmod(time.time(), window)
    current, previous = f"{key}:{number:.0f}", f"{key}:{number - 1:.0f}"
    async with resources().redis.pipeline(transaction=False) as pipe:
        pipe.get(previous)
        pipe.incr(current)
        pipe.expire(current, 2 * window)
        before, now, _ = await pipe.execute()
    remembered = int(before or 0) * (1 - elapsed / window)
    return max(1, round(window - elapsed)) if remembered + now > most else None


def _who_asks(action: str) -> str:
    return f"address:{where_from()}" if action in BY_ADDRESS else visitor()
