"""How often somebody may do something, counted in Redis for all processes together; and who that somebody is.

A sliding window: the count of the running window plus the part of the previous one that still lies within reach.
When Redis is away the limits are not checked (and that is counted): the site goes on.
"""

import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from quart import Request, request
from redis.exceptions import RedisError

from service.forum.errors import TooMany
from service.http.context import resources, the_application, viewer

log = structlog.get_logger()

IPV6_PREFIX = 64  # one household has a whole /64 and could otherwise be a new visitor with every request


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
    try:
        wait = await _count(f"limit:{action}:{_who()}", int(most), int(window))
    except (RedisError, OSError, TimeoutError) as error:
        the_application().metrics.limits_open.inc()
        log.warning("limits_failed_open", action=action, error=error)
        return
    if wait is not None:
        the_application().metrics.refused.labels("rate_limited").inc()
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


def _who() -> str:
    known = viewer()
    return f"account:{known.id}" if known else f"address:{household(client_address(request))}"


def household(address: str) -> str:
    """Return what is counted as one visitor: an IPv4 address, or the /64 of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed or address)


def client_address(asked: Request) -> str:
    """Return the address of whoever asks.

    X-Forwarded-For is believed only from the networks of `http.trusted_proxies`, and read from its end: what stands
    further to the front was written by people whom nobody checked.
    """
    address = asked.remote_addr or ""
    proxies = [ip_network(text) for text in the_application().settings.http.trusted_proxies]
    # A proxy may add to the client's line or write one of its own after it.
    for hop in reversed(",".join(asked.headers.getlist("X-Forwarded-For")).split(",")):
        named = _parse(hop.strip())
        if named is None or not _within(address, proxies):
            break
        address = str(named)
    return address


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks, which are written as in the configuration."""
    return _within(address, [ip_network(text) for text in networks])


def _within(address: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(
        parsed in network for network in networks if network.version == parsed.version
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that the text is; an IPv4 address as such also where a socket for both shows it as IPv6."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        return None if parsed.scope_id else parsed.ipv4_mapped or parsed
    return parsed
