"""How often somebody may do something, counted in Redis for all processes together; and who that somebody is.

A sliding window: the count of the running window plus the part of the previous one that still lies within reach.
When Redis is away the limits are not checked (and that is counted): the site goes on. Those of the way in are then
checked by each process for itself.
"""

import time
from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network

import structlog
from quart import Request, request
from redis.exceptions import RedisError

from service.forum.accounts.households import household, parse_address
from service.forum.errors import TooMany
from service.http.context import current_viewer, resources
from service.http.passing.shared import shared

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
    key = f"limit:{action}:{who_asks(action)}"
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


def who_asks(action: str = "") -> str:
    """Return what is counted as one visitor: an account, or the address of somebody who is not signed in.

    Parameters:
        action: what is counted; some of what is limited is always the address's.
    """
    viewer = None if action in BY_ADDRESS else current_viewer()
    return f"account:{viewer.id}" if viewer else f"address:{where_from()}"


def where_from() -> str:
    """Return the address of whoever asks, as far as it is counted as one: see `household`."""
    return household(client_address(request))


def client_address(asked: Request) -> str:
    """Return the address of whoever asks.

    X-Forwarded-For is believed only from the networks of `http.trusted_proxies`, and read from its end: what stands
    further to the front was written by people whom nobody checked.
    """
    address = asked.remote_addr or ""
    proxies = _networks(resources().config.http.trusted_proxies)
    if not _within(address, proxies):
        return address
    # A proxy may add to the client's line or write one of its own after it.
    for hop in reversed(",".join(asked.headers.getlist("X-Forwarded-For")).split(",")):
        named = parse_address(hop.strip())
        if named is None or not _within(address, proxies):
            break
        address = str(named)
    return address


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks, which are written as in the configuration."""
    return _within(address, _networks(tuple(networks)))


@cache
def _networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that stand in the configuration."""
    return tuple(ip_network(text) for text in written)


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    parsed = parse_address(address) if networks else None
    return parsed is not None and any(
        parsed in network for network in networks if network.version == parsed.version
    )
