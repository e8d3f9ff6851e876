"""Who may speak for whom: ids, hosts and origins.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/fe34/fep-fe34.md (origin-based security)
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST_ID = 2048  # characters
# What no address has unescaped (RFC 3986), and what cannot be seen.
IMPOSSIBLE = re.compile(r"""[<>"{}|\\^`\s\x00-\x1f\x7f-\xa0\xad]""")
REMEMBERED = 20_000
DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, int]


def origin_of(url: object) -> Origin | None:
    """Return host and port of an address of another server; None for anything that is no http(s) address.

    Scheme and case do not matter, neither does a default port that is written out. An address with credentials, or one
    that no server can have, has no origin; and no origin equals no other.
    """
    return _origin_of(url) if isinstance(url, str) and len(url) <= LONGEST_ID else None


@lru_cache(REMEMBERED)
def _origin_of(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    if IMPOSSIBLE.search(url) or not url.isprintable():
        return None
    host = _ascii(parts.hostname.rstrip("."))
    default = DEFAULT_PORTS[parts.scheme]
    return (host, DEFAULT_PORTS["https"] if port in {None, default} else port or 0) if host else None


def host_of(url: object) -> str | None:
    """Return the host of an address in lower case and ASCII, without its port; None as origin_of."""
    origin = origin_of(url)
    return origin[0] if origin else None


def same_origin(one: object, other: object) -> bool:
    """Whether two addresses are of one server."""
    origin = origin_of(one)
    return origin is not None and origin == origin_of(other)


def is_id(value: object) -> bool:
    """Whether something can be the id of an object or an actor."""
    return origin_of(value) is not None


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode().lower() if not host.isascii() else host.lower()
    except UnicodeError:
        return ""
