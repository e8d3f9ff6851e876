"""Addresses as people type them -> addresses as every program takes them."""

import re
from urllib.parse import quote

import idna

# Of these the part behind `//` is a host.
WITH_HOST = re.compile(r"((?:https?|ftp|gemini):)//([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
# All that RFC 3986 lets stand anywhere, and what browsers leave beside it; a percent sign only where it encodes.
INVALID = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~|]")
MAX_HOST = 253


def as_link(address: str) -> str:
    """Return the address with everything in it encoded that may not stand in one, and its host in ASCII.

    What cannot be made an address stays as near to what was written as it can; relative ones stay relative.
    """
    address = address.strip()
    found = WITH_HOST.fullmatch(address)
    if not found:
        return _encoded(address)
    scheme, authority, rest = found.groups()
    return f"{scheme}//{_ascii_authority(authority)}{_encoded(rest)}"


def _encoded(text: str) -> str:
    return INVALID.sub(lambda found: quote(found.group().encode("utf-8", "replace"), safe=""), text)


def _ascii_authority(authority: str) -> str:
    user, at, place = authority.rpartition("@")
    host, colon, port = place.partition(":") if not place.startswith("[") else (place, "", "")
    return _encoded(user) + at + ascii_host(host) + colon + _encoded(port)


def ascii_host(host: str) -> str:
    """Return a host's name as the name system knows it; what is no name is percent-encoded."""
    if host.isascii() or len(host) > MAX_HOST:
        return _encoded(host)
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return _encoded(host)
