"""How often somebody may do something: the one limiter of every door; see `windows` for how it counts.

When Redis is away nobody can count for all processes together, and each limit says what happens then. Most are not
checked (and that is counted): the site goes on.
"""

from enum import Enum, auto

import structlog

from service.forum.errors import TooMany
from service.http.context import resources
from service.http.passing.shared import shared
from service.http.passing.visitors import visitor, where_from
from service.http.passing.windows import UNAVAILABLE, Allowance, Rate, take
from service.http.refusals import LimitsUnknown
from service.language import _

log = structlog.get_logger()


class WithoutRedis(Enum):
    """What happens to a limit while Redis is away."""

    OPEN = auto()  # it is not checked
    ALONE = auto()  # each process counts for itself
    CLOSED = auto()  # nothing passes


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
    rate = _rate_of(getattr(resources().config.limits, action))
    if action in BY_ADDRESS:
        await enforce(action, f"address:{where_from()}", rate, WithoutRedis.ALONE)
    else:
        await enforce(action, visitor(), rate, WithoutRedis.OPEN)


async def enforce(action: str, who: str, rate: Rate, without_redis: WithoutRedis) -> None:
    """Count one `action` of somebody's, unless the site's limits are switched off.

    Parameters:
        action: what is counted.
        who: of whom, as `visitors` names it.
        rate: how often it may be done.
        without_redis: what happens while Redis is away.

    Raises:
        TooMany: the limit is reached.
        LimitsUnknown: Redis is away, and this one is closed then.
    """
    if not resources().config.limits.enabled:
        return
    allowance = await _take(action, who, rate, without_redis)
    if not allowance.passed:
        shared().metrics.count_refusal("rate_limited")
        raise _too_many(allowance)


async def _take(action: str, who: str, rate: Rate, without_redis: WithoutRedis) -> Allowance:
    key = key_of(action, who)
    try:
        return await take(resources().redis, key, rate)
    except UNAVAILABLE as error:
        if without_redis is WithoutRedis.CLOSED:
            raise LimitsUnknown from error
        if without_redis is WithoutRedis.ALONE:
            log.warning("limits_counted_locally", action=action, error=error)
            return shared().own_windows.take(key, rate)
        shared().metrics.limits_open.inc()
        log.warning("limits_failed_open", action=action, error=error)
        return Allowance(True, rate.most, 0, 0.0, 0)


def key_of(action: str, who: str) -> str:
    """Return under which key an action of somebody's is counted."""
    return f"limit:{action}:{who}"


def _rate_of(written: str) -> Rate:
    most, _, window = written.partition("/")
    return Rate(int(most), int(window))


def _too_many(allowance: Allowance) -> TooMany:
    return TooMany(
        _("You're doing that too often. Try again later."),
        code="rate_limited",
        retry_after=allowance.retry_after,
        details={
            "limit": allowance.most,
            "remaining": allowance.remaining,
            "reset_time": round(allowance.reset_at),
            "retry_after": allowance.retry_after,
        },
    )
