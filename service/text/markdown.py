"""Markdown -> the HTML that is stored and shown."""

from html import escape
from typing import Literal

from service.config import SiteConfig
from service.text.effort import is_reasonable
from service.text.sanitising import sanitise
from service.text.syntax import parser


def render_markdown(source: str, *, domain: str, scheme: Literal["auto", "http", "https"] = "auto") -> str:
    """Return safe HTML of a Markdown text. What is no reasonable text (see effort.py) is shown as it was written.

    Parameters:
        source: as somebody wrote it.
        domain: our own, with a port where it has one: mentions and relative links lead there, as absolute addresses,
            because the HTML is read on other sites as well.
        scheme: as the configuration's `site.scheme`.
    """
    base_url = SiteConfig(domain=domain, scheme=scheme).base_url
    return sanitise(_render(source, base_url), base_url)


def _render(source: str, base_url: str) -> str:
    if not is_reasonable(source):
        return f"<pre>{escape(source)}</pre>"
    html: str = parser().render(source, {"base_url": base_url})
    return html
