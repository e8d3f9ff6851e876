"""The pictures in the form of a post: a row for each, with its file, what can be seen on it, and where it stands."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from service.forum.accounts.viewer import Viewer
from service.forum.attachments.operations import discard
from service.forum.attachments.shapes import ImageRow
from service.forum.errors import ForumError, Invalid
from service.forum.posts.gallery import Hung
from service.forum.posts.operations import Shown
from service.forum.posts.rules import ALT_TEXT_MAX, PICTURES_MAX
from service.http.context import resources
from service.http.pictures.uploads import keep_image_soon, uploaded_files
from service.http.web.frame.fields import Ids, Line, Number, Picture, Sent, Wrong, id_in, with_our_lines
from service.language import _
from service.media.errors import MediaError

IMAGE = Picture("image", _("Image"), required=None)
ALT_TEXT = Line("alt_text", _("Description for people who can't see it"), most=ALT_TEXT_MAX)
POSITION = Number("position", _("Position"), least=1, most=PICTURES_MAX)
REMOVED = Ids("removed", _("Remove this image"))
PICTURES = (IMAGE, ALT_TEXT, POSITION, REMOVED)

# Of a new post, and below those that a post has already.
EMPTY_ROWS, MORE_ROWS = 12, 8


class Row(NamedTuple):
    """A row of the form.

    Attributes:
        file_id: Of a picture that the post shows already; '' for a new one.
        image: What of it can be shown.
    """

    file_id: int | str = ""
    image: ImageRow | None = None
    alt_text: str = ""
    removed: bool = False


class _Said(NamedTuple):
    """What a row that was sent says.

    Attributes:
        hung: The picture that the post shows already.
        data: The file that was chosen; empty for none.
    """

    hung: Hung | None
    alt_text: str
    position: str
    data: bytes


def rows_of(form: Mapping[str, Any], hung: Sequence[Hung]) -> list[Row]:
    """Return the rows of the form: as they were sent, else as the post is, and empty ones for more.

    Parameters:
        hung: what the post shows already, in order.
    """
    if isinstance(form, Sent):
        removed = REMOVED.ticked(form)
        rows = [_row(one.hung, one.alt_text, removed) for one in _said(form, hung, [])]
    else:
        rows = [_row(one, one.alt_text) for one in hung]
    wanted = min(max(EMPTY_ROWS, len(hung) + MORE_ROWS), PICTURES_MAX)
    return rows + [Row()] * (wanted - len(rows))


async def pictures_sent(viewer: Viewer, form: Sent, hung: Sequence[Hung] = ()) -> list[Shown]:
    """Return what a post is to show, in order, and keep the files that were sent.

    Parameters:
        hung: what it shows already.

    Raises:
        Invalid: a file is no picture that the site takes, or what is said of one is too much; then nothing is kept.
        TooMany, MediaError: as `keep_image_soon`.
    """
    removed = REMOVED.ticked(form)
    rows = _in_order(_said(form, hung, await uploaded_files(IMAGE.name)))
    wanted = [
        (row, _text_of(row))
        for row in rows
        if row.data or (row.hung is not None and str(row.hung.file_id) not in removed)
    ]
    if len(wanted) > PICTURES_MAX:
        raise Invalid({IMAGE.name: _("A post can have up to %(most)s images.", most=PICTURES_MAX)})
    now = asyncio.get_running_loop().time
    due, kept, shown = now() + resources().config.store.at_once, list[int](), list[Shown]()
    try:
        for row, text in wanted:
            if row.data:
                kept.append(
                    await keep_image_soon(
                        viewer, row.data, field=IMAGE.name, alt_text=text, within=max(due - now(), 0)
                    )
                )
            shown.append(Shown(kept[-1] if row.data or row.hung is None else row.hung.file_id, text))
    except (ForumError, MediaError):
        await resources().database.write(discard, kept)
        raise
    return shown


def _row(hung: Hung | None, alt_text: str | None, removed: Collection[str] = ()) -> Row:
    if hung is None:
        return Row(alt_text=alt_text or "")
    return Row(hung.file_id, hung.image, alt_text or "", str(hung.file_id) in removed)


def _said(form: Sent, hung: Sequence[Hung], files: Sequence[bytes]) -> list[_Said]:
    """What each row says; a form that does not say which pictures it is about is about those of the post."""
    known, lists = {str(one.file_id): one for one in hung}, form.lists
    rows = zip_longest(
        lists.get("picture", known), lists.get(ALT_TEXT.name, ()), lists.get(POSITION.name, ()), files
    )
    said = []
    for file_id, text, position, data in rows:
        one = known.get(file_id or "")
        stored = one.alt_text if one else ""
        said.append(_Said(one, (stored or "") if text is None else text, position or "", data or b""))
    return said


def _in_order(said: Sequence[_Said]) -> list[_Said]:
    """The rows by the positions that they say; one that was moved goes before the one that stood there."""

    def place(numbered: tuple[int, _Said]) -> tuple[int, bool, int]:
        at, row = numbered
        position = id_in(row.position) or at
        return position, position == at, at

    return [row for _, row in sorted(enumerate(said, start=1), key=place)]


def _text_of(row: _Said) -> str:
    try:
        text: str = ALT_TEXT.value_of(with_our_lines(row.alt_text))
    except Wrong as wrong:
        raise Invalid({ALT_TEXT.name: wrong.args[0]}) from wrong
    return text
