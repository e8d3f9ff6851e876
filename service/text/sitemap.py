"""The list of a site's pages that search engines read: https://www.sitemaps.org/protocol.html. Pure."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(pages: Iterable[tuple[str, datetime | None]]) -> str:
    """Return the list as XML.

    Parameters:
        pages: the whole address of each, and when it changed last (naive UTC; None if nobody knows).
    """
    entries = "".join(f"<url><loc>{escape(url)}</loc>{_changed(when)}</url>\n" for url, when in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<urlset xmlns="{_NAMESPACE}">\n{entries}</urlset>\n'


def _changed(when: datetime | None) -> str:
    return f"<lastmod>{when.isoformat(timespec='seconds')}Z</lastmod>" if when else ""
