"""How browsers search a site from their address bar: https://github.com/dewitt/opensearch. Pure."""

from xml.sax.saxutils import escape, quoteattr

MIMETYPE = "application/opensearchdescription+xml"
LONGEST_NAME = 16  # as the specification wants it


def opensearch(name: str, description: str, base_url: str, icon: str) -> str:
    """Return the description as XML.

    Parameters:
        name: of the site; what is too long for browsers is cut off.
        description: what is searched.
        base_url: where the site is, without a slash at the end.
        icon: the whole address of its picture.
    """
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{escape(name[:LONGEST_NAME])}</ShortName>\n"
        f"<Description>{escape(description)}</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f"<Image>{escape(icon)}</Image>\n"
        f'<Url type="text/html" template={quoteattr(f"{base_url}/search?q={{searchTerms}}")}/>\n'
        f'<Url type="application/rss+xml" template={quoteattr(f"{base_url}/search/feed?q={{searchTerms}}")}/>\n'
        "</OpenSearchDescription>\n"
    )
