"""Markdown -> the HTML that is stored and shown."""

from html import escape
from typing import Literal

from service.config import SiteConfig
from service.text.links import Named
from service.text.memory import Memory
from service.text.sanitising import sanitise
from service.text.syntax import MAX_SOURCE, events
from service.text.visible import html_is_visible, is_visible
from service.text.writing import TooMuch, Writer

SURELY_VISIBLE = 2_000  # characters: nobody writes that many entities of nothing
RENDERED = Memory(32 * 1_048_576)
MAX_HTML = (
    1_000_000  # of characters; a text that is made of a few characters again and again may become that long
)


def render_markdown(source: str, *, domain: str, scheme: Literal["auto", "http", "https"] = "auto") -> str:
    """Return safe HTML of a Markdown text. What is too long to be one is shown as it was written.

    Linear in the length of the text. What was rendered a while ago is remembered: whoever calls this inside a
    transaction had the text rendered before it, off the loop (see ahead.py).

    Parameters:
        source: as somebody wrote it.
        domain: our own, with a port where it has one: mentions and relative links lead there, as absolute addresses,
            because the HTML is read on other sites as well.
        scheme: as the configuration's `site.scheme`.
    """
    base_url = SiteConfig(domain=domain, scheme=scheme).base_url
    return RENDERED.get_or_make(source, base_url, lambda: _anew(source, base_url))


def shows_something(source: str) -> bool:
    """Whether anything of a text is seen once it is rendered."""
    if not is_visible(source):
        return False
    return len(source) > SURELY_VISIBLE or html_is_visible(render_markdown(source, domain="localhost"))


def named_in(source: str) -> list[Named]:
    """Return whom the text names, in order."""
    writer = _written(source, "")
    return writer.named if writer else []


def _anew(source: str, base_url: str) -> str:
    return sanitise(_render(source, base_url), base_url, orderly=True)


def _render(source: str, base_url: str) -> str:
    writer = _written(source, base_url)
    return writer.finished() if writer else f"<pre>{escape(source)}</pre>"


def _written(source: str, base_url: str) -> Writer | None:
    """Return the writer that wrote the text, None where it is too long to be read as Markdown."""
    if len(source) > MAX_SOURCE:
        return None
    writer = Writer(base_url, MAX_HTML)
    try:
        for event in events(source):
            writer.write(event)
        writer.finish()
    except TooMuch:
        return None
    return writer
