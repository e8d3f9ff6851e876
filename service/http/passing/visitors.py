"""Where requests come from, and what is counted as one visitor."""

from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from quart import Request, request

from service.forum.accounts.households import household, parse_address
from service.http.context import current_viewer
from service.http.passing.shared import shared


def visitor() -> str:
    """Return what is counted as one visitor: an account, or the address of somebody who is not signed in."""
    viewer = current_viewer()
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
    proxies = _networks(shared().trusted_proxies)
    if not _within(address, proxies):
        return address
    # A proxy may add to the client's line or write one of its own after it.
    for hop in reversed(",".join(asked.headers.getlist("X-Forwarded-For")).split(",")):
        named = parse_address(hop.strip())
        if named is None or not _within(address, proxies):
            break
        address = str(named)
    return address


def comes_by_unnamed_proxy(asked: Request) -> bool:
    """Whether a request names another sender, and comes from no proxy that is believed."""
    if "X-Forwarded-For" not in asked.headers:
        return False
    return not _within(asked.remote_addr or "", _networks(shared().trusted_proxies))


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
