"""What a text says in a few words, for those who have not opened it: without what its author hid."""

from service.text.markdown import render_markdown
from service.text.memory import Memory
from service.text.plain import plain_text

MAX_READ = 20_000  # characters of HTML or Markdown that an excerpt is looked for in
BEGINNING_OF_SOURCE = 5_000

KNOWN = Memory(4 * 1_048_576)


def excerpt(html: str | None, source: str | None, limit: int) -> str:
    """Return the beginning of a text as plain text on one line; nothing of its spoilers is in it.

    Parameters:
        html: as it is stored; trusted in nothing.
        source: the Markdown, used where there is no HTML.
        limit: in characters.
    """
    if html:
        return KNOWN.get_or_make(html[:MAX_READ], str(limit), lambda: plain_text(html[:MAX_READ], limit))
    if not source:
        return ""
    rendered = render_markdown(source[:BEGINNING_OF_SOURCE], domain="localhost")
    return KNOWN.get_or_make(rendered, str(limit), lambda: plain_text(rendered, limit))
