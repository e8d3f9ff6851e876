"""Which URLs may be asked for, and where a redirect may lead. Pure; addresses are checked when they are dialled."""

import re

from yarl import URL

from service.outbound.errors import Refused

MAX_URL = 4096

# What a registered name or an IPv4 address consists of once it is IDNA-encoded; `_` occurs in real host names.
HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)


def parse_url(text: str, *, allow_http: bool) -> URL:
    """Read an absolute URL of a page or file on the web; its fragment is dropped.

    Raises:
        Refused: it is no URL that we ask for: another scheme, a user name, no host, too long, control characters.
    """
    if len(text) > MAX_URL or not text.isprintable() or "\\" in text or " " in text:
        raise Refused("url", "The URL is too long or contains invalid characters.")
    try:
        return _check(URL(text), allow_http=allow_http).with_fragment(None)
    except ValueError as error:  # also what IDNA raises
        raise Refused("url", "This isn't a valid URL.") from error


def redirected(current: URL, location: str, *, allow_http: bool) -> URL:
    """Return where a redirect of `current` leads.

    Parameters:
        current: the URL that was asked for.
        location: the header's value, relative or absolute.

    Raises:
        Refused: not a URL that we ask for, or a step from https down to http.
    """
    try:
        target = str(current.join(URL(location)))
    except ValueError as error:
        raise Refused("url", f"{current.raw_host} redirects to an invalid URL.") from error
    url = parse_url(target, allow_http=allow_http)
    if current.scheme == "https" and url.scheme != "https":
        raise Refused("redirect", f"{current.raw_host} redirects from https to http.")
    return url


def _check(url: URL, *, allow_http: bool) -> URL:
    if url.scheme != "https" and not (allow_http and url.scheme == "http"):
        wanted = "http and https" if allow_http else "https"
        raise Refused("scheme", f"Only {wanted} URLs can be used.")
    if url.raw_user is not None or url.raw_password is not None:
        raise Refused("url", "URLs with a username or password can't be used.")
    host = url.raw_host or ""
    is_ipv6 = ":" in host and "%" not in host
    if not (is_ipv6 or (len(host) <= 254 and HOST.fullmatch(host))) or not url.port:
        raise Refused("url", "The URL has no valid host.")
    return url
