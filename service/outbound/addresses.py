"""Which addresses may be dialled: global unicast minus everything special. Pure; the client asks at connect time.

The blocks are those of the IANA special-purpose address registries (RFC 6890 and its updates) and of the cloud
providers' metadata services. IPv4 inside an IPv6 address is judged as the IPv4 address that a packet would end at.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Network = IPv4Network | IPv6Network

DEFAULT_PORTS = frozenset({80, 443})

NOT_PUBLIC_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # "this network"; Linux takes it for loopback
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host service, the one such service on a public address
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, retired
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)

# Everything public is in here; loopback, ::, unique local, link-local, site-local and multicast are not.
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

NOT_PUBLIC_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, among them Teredo, which carries any IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries any IPv4 address
        "3fff::/20",  # documentation
    )
)

# IPv4 in the last 32 bits, and a gateway or the system itself that goes on to that address. Other prefixes of that
# kind (::/96, 64:ff9b:1::/48) lie outside global unicast and are refused as a whole.
CARRIES_V4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether the address is one that anybody on the internet may dial."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if any(address in block for block in CARRIES_V4):
        return is_public(_carried(address))
    return address in GLOBAL_UNICAST_V6 and not any(address in block for block in NOT_PUBLIC_V6)


def is_in(address: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    """Say whether the address, or the IPv4 address that it carries, lies in one of the networks."""
    if isinstance(address, IPv6Address) and any(address in block for block in CARRIES_V4):
        address = _carried(address)
    return any(address in network for network in networks)


def why_refused(host: str, port: int, allowed: tuple[Network, ...]) -> Literal["address", "port"] | None:
    """Say why no connection to `host` and `port` may be opened, or None when it may.

    Parameters:
        host: an address in its usual form. A name is never dialled: it would be looked up once more.
        port: the default ports only, outside the allowed networks.
        allowed: networks of the administrator's own that may be reached at any port.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return "address"
    if is_in(address, allowed):
        return None
    if not is_public(address):
        return "address"
    return None if port in DEFAULT_PORTS else "port"


def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Read networks as the configuration writes them."""
    return tuple(ip_network(text) for text in texts)


def _carried(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
