"""What people wrote, as a page shows it: sanitised last of all, whoever wrote it and whichever program stored it.

What was sanitised is remembered. A view has room for so much; beyond it a text is shown by its beginning and a link to
the rest, so that no page costs more than its bound. Long texts that are not remembered are sanitised before the page is
made: doors call `prepare_bodies` and `prepare_html`.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

from markupsafe import Markup
from quart import g

from service.forum.comments.shapes import CommentRow
from service.forum.posts.shapes import PostRow
from service.http.context import resources
from service.http.passing.long_texts import LONG, off_the_loop
from service.text.excerpts import excerpt
from service.text.highlighting import has_code, highlight
from service.text.markdown import render_markdown
from service.text.memory import Memory
from service.text.sanitising import sanitise

ROOM = 1_000_000  # characters of HTML that the texts in one view may have together
BEGINNING = 300  # characters of a text for which there is no room

Written = PostRow | CommentRow  # old rows may have a text without its HTML

CLEANED = Memory(48 * 1_048_576)


def body(row: Written) -> Markup:
    """Return the text of a post or comment, or its beginning where the view has no room left."""
    view: Any = g._get_current_object()  # once, not for each of its attributes
    room = view.get("room_for_bodies", ROOM)
    shown = _shown(row, room)
    view.room_for_bodies = room - len(shown)
    return Markup(shown)  # noqa: S704 - sanitised


def safe_body(html: str | None) -> Markup:
    """Return HTML that somebody wrote, sanitised."""
    return Markup(_cleaned(html)) if html else Markup("")  # noqa: S704 - sanitised


def markdown(source: str | None) -> Markup:
    """Return Markdown that is stored without its HTML, rendered and sanitised."""
    return Markup(_rendered(source)) if source else Markup("")  # noqa: S704 - render_markdown sanitises last


async def prepare_bodies(rows: Iterable[Written]) -> None:
    """Do the work that `body` would have with long texts.

    Parameters:
        rows: as they will be shown, in this order.
    """
    rows = list(rows)
    if any(_is_work(row.body_html, row.body) for row in rows):
        await off_the_loop(lambda: _show_all(rows))


async def prepare_html(*texts: str | None) -> None:
    """Do the work that `safe_body` would have with long texts."""
    long = [html for html in texts if _is_work(html, "")]
    if long:
        await off_the_loop(lambda: [_cleaned(html) for html in long if html])


def _is_work(html: str | None, source: str | None) -> bool:
    if html:
        return (len(html) > LONG or has_code(html)) and CLEANED.get(html) is None
    return source is not None and len(source) > LONG


def _show_all(rows: list[Written]) -> None:
    room = ROOM
    for row in rows:
        room -= len(_shown(row, room))


def _shown(row: Written, room: int) -> str:
    """Return the whole text if there is room for it; the first in a view has."""
    stored = row.body_html or row.body or ""
    if len(stored) <= room or room == ROOM:
        whole = _whole(row)
        if len(whole) <= room or room == ROOM:
            return whole
    return CLEANED.get_or_make(stored, f"beginning of {row.id}", lambda: _beginning(row))


def _whole(row: Written) -> str:
    if row.body_html:
        return _cleaned(row.body_html)
    return _rendered(row.body) if row.body else ""


def _beginning(row: Written) -> str:
    words = escape(excerpt(row.body_html, row.body, BEGINNING))
    return f'<p>{words}</p><p><a href="{_path(row)}">Read the whole text</a></p>'


def _path(row: Written) -> str:
    return f"/post/{row.post_id}/comment/{row.id}" if isinstance(row, CommentRow) else f"/post/{row.id}"


def _cleaned(html: str) -> str:
    return CLEANED.get_or_make(
        html, "", lambda: sanitise(highlight(sanitise(html)) if has_code(html) else html)
    )


def _rendered(source: str) -> str:
    html = render_markdown(source, domain=resources().config.site.domain)
    return _cleaned(html) if has_code(html) else html
