"""Addresses as people type them -> addresses as every program takes them."""

import re
from urllib.parse import quote, urlsplit

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


# What people's clicks are followed by. A name that ends with `_` stands for all that begin so.
_TRACKING = (
    "utm_ hsa_ pk_ mtm_ matomo_ oly_ vero_ ga_ trk_ fbclid fb_action_ids fb_action_types fb_source fb_ref gclid gclsrc "
    "dclid gbraid wbraid msclkid mc_cid mc_eid igshid igsh yclid ysclid _openstat twclid ttclid li_fat_id mkt_tok "
    "_hsenc _hsmi __hssc __hstc __hsfp hsctatracking wickedid rb_clickid s_cid ml_subscriber ml_subscriber_hash __s "
    "_ga _gl _ke srsltid epik mibextid guccounter guce_referrer guce_referrer_sig cmpid ncid ref_src ref_url rdt_cid "
    "share_id zanpid irclickid spm scm"
)
TRACKING = frozenset(name for name in _TRACKING.split() if not name.endswith("_"))
TRACKING_FAMILIES = tuple(name for name in _TRACKING.split() if name.endswith("_"))
# What some sites add to the addresses that they give out to be shared.
SHARING = {
    "youtube.com": {"si", "feature", "pp", "ab_channel", "app"},
    "youtu.be": {"si", "feature"},
    "open.spotify.com": {"si", "context"},
    "twitter.com": {"s", "t"},
    "x.com": {"s", "t"},
}
PORTS = {"http": 80, "https": 443}
YOUTUBE = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"})
YOUTUBE_VIDEO = re.compile(r"/(?:shorts|embed|live|v)/([A-Za-z0-9_-]{6,20})/?")
SHORT_VIDEO = re.compile(r"/([A-Za-z0-9_-]{6,20})/?")


def without_tracking(url: str) -> str:
    """Return a web address without the parameters that only follow people; all else stays as it is."""
    address, hash_sign, fragment = url.partition("#")
    path, question_mark, query = address.partition("?")
    if not query:
        return url
    host = _host(url)
    sharing = SHARING.get("youtube.com" if host in YOUTUBE else host, set())
    kept = "&".join(pair for pair in query.split("&") if not _follows(pair, sharing))
    return path + (question_mark + kept if kept else "") + hash_sign + fragment


def _follows(pair: str, sharing: set[str]) -> bool:
    name = pair.partition("=")[0].lower()
    return name in TRACKING or name in sharing or name.startswith(TRACKING_FAMILIES)


def same_page(url: str) -> str:
    """Return what all spellings of a web address have in common; only to be compared with others of these.

    It does not matter whether it is http or https, with `www.`, the usual port, a slash at the end, a fragment,
    parameters that follow people, the order of the others, and how a video of YouTube is linked.
    """
    try:
        parts = urlsplit(without_tracking(as_link(url)))
        port = parts.port
    except ValueError:
        return url
    host = _host(url)
    path, pairs = parts.path.rstrip("/"), sorted(parts.query.split("&"))
    if host == "youtu.be" and (found := SHORT_VIDEO.fullmatch(parts.path)):
        host, path, pairs = "youtube.com", "/watch", _video(found[1], pairs)
    elif host in YOUTUBE:
        host = "youtube.com"
        if found := YOUTUBE_VIDEO.fullmatch(parts.path):
            path, pairs = "/watch", _video(found[1], pairs)
    place = host if port in {None, PORTS.get(parts.scheme)} else f"{host}:{port}"
    return f"{place}{path}?{'&'.join(pair for pair in pairs if pair)}"


def most_telling_part(url: str) -> str:
    """Return what every spelling of a web address contains, as long as there is one; '' where there is none."""
    page = same_page(url)
    path, _, query = page.partition("?")
    if path == "youtube.com/watch":
        return next((pair[2:] for pair in query.split("&") if pair.startswith("v=")), "")
    return max([*path.split("/")[1:], *query.split("&")], key=len)


def _video(name: str, pairs: list[str]) -> list[str]:
    return sorted([f"v={name}", *(pair for pair in pairs if not pair.startswith("v="))])


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return ascii_host(host.lower().rstrip(".")).removeprefix("www.")
