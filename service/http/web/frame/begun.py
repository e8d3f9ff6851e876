"""A comment that a stranger begins where no script keeps it: it comes along in addresses until they have signed in."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from quart import request

# An address has to hold it, each character in up to 15 that need encoding twice.
BEGUN, MOST_BEGUN = "comment", 1000


def begun_comment() -> str:
    """Return what came along; '' if nothing did."""
    return request.args.get(BEGUN, "").strip()[:MOST_BEGUN]


def with_begun_comment(page: str) -> str:
    """Return the address of a page of this site, with what came along; '' as it is."""
    begun = begun_comment()
    if not (begun and page):
        return page
    parts = urlsplit(page)
    others = [(name, value) for name, value in parse_qsl(parts.query) if name != BEGUN]
    return urlunsplit(parts._replace(query=urlencode([*others, (BEGUN, begun)])))
