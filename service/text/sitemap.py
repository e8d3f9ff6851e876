"""The lists of a site's pages that search engines read: https://www.sitemaps.org/protocol.html. Pure."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

Entry = tuple[str, datetime | None]


def sitemap(pages: Iterable[Entry]) -> str:
    """Return a list as XML.

    Parameters:
        pages: the whole address of each, and when it changed last (naive UTC; None if nobody knows).
    """
    return _document("urlset", "url", pages)


def sitemap_index(lists: Iterable[Entry]) -> str:
    """Return the list of lists as XML.

    Parameters:
        lists: the whole address of each, and when something in it changed last, as above.
    """
    return _document("sitemapindex", "sitemap", lists)


def _document(root: str, tag: str, entries: Iterable[Entry]) -> str:
    lines = "".join(f"<{tag}><loc>{escape(url)}</loc>{_changed(when)}</{tag}>\n" for url, when in entries)
    return f'{_HEAD}\n<{root} xmlns="{_NAMESPACE}">\n{lines}</{root}>\n'


def _changed(when: datetime | None) -> str:
    return f"<lastmod>{when.isoformat(timespec='seconds')}Z</lastmod>" if when else ""
