"""Where somebody asks from, as far as it tells people apart. Pure."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

REMEMBERED = 4096  # addresses, since each request asks
IPV6_PREFIX = 64  # one household has a whole /64 and could otherwise be a new visitor with every request


@lru_cache(REMEMBERED)
def household(address: str) -> str:
    """Return what is counted as one visitor: an IPv4 address, or the /64 of an IPv6 address; a text that is none."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed or address)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that the text is; an IPv4 address as such also where a socket for both shows it as IPv6."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        return None if parsed.scope_id else parsed.ipv4_mapped or parsed
    return parsed
