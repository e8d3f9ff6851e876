"""Pictures of other sites through this one, so that their servers do not see who looks: the policy `proxy`.

Where a copy was forgotten, `file.file_path` holds the address below, which both programs put on their pages; whoever
asks for it has the copy made anew. Only pictures that the database knows can be asked for.
"""

import asyncio

from quart import Blueprint, Response

from service.forum.attachments import blocked, copies, keeping, queries, showing
from service.forum.attachments.shapes import RemoteCopy, fingerprint_of, stored_image
from service.forum.errors import NotFound
from service.http.context import current_viewer, resources
from service.http.passing.other_sites import outside
from service.language import _
from service.media.errors import Rejected, TookTooLong
from service.media.store import name_sizes
from service.outbound.errors import OutboundError

blueprint = Blueprint("remote_images", __name__)

FOR_A_WHILE = "max-age=3600"
GONE = _("This image doesn't exist, or its server won't provide it.")

_fetching: dict[int, asyncio.Lock] = {}


@blueprint.get("/media/remote/<int:file_id>", defaults={"size": "medium"})
@blueprint.get("/media/remote/<int:file_id>/<any(small):size>")
async def remote(file_id: int, size: str) -> Response:
    """Send the browser to the copy of a picture, which is made now where there is none."""
    if resources().config.store.remote != "proxy":
        raise NotFound(GONE)
    copy = await _found(file_id)
    if copy.medium is None:
        async with outside():
            copy = await _one_at_a_time(file_id)
    path = copy.thumbnail if size == "small" else copy.medium
    if path is None:
        raise NotFound(GONE)
    return Response(status=302, headers={"Location": f"/{path}", "Cache-Control": _kept()})


def _kept() -> str:
    return f"{'public' if current_viewer() is None else 'private'}, {FOR_A_WHILE}"


async def _found(file_id: int) -> RemoteCopy:
    async with resources().database.read() as db:
        copy = await queries.remote_copy(db, file_id)
        if not await showing.may_fetch_remote(db, current_viewer(), file_id):
            raise NotFound(GONE)
        return copy


async def _one_at_a_time(file_id: int) -> RemoteCopy:
    """Make a copy once for all who ask this process for it meanwhile."""
    lock = _fetching.setdefault(file_id, asyncio.Lock())
    try:
        async with lock:
            copy = await _found(file_id)
            if copy.medium is None and not copy.failed_lately:
                await _make_copy(copy)
                copy = await _found(file_id)
    finally:
        if not lock.locked():
            _fetching.pop(file_id, None)
    return copy


async def _make_copy(copy: RemoteCopy) -> None:
    """Fetch a picture and keep its smaller sizes; what failed is not tried again for a while."""
    opened = resources()
    try:
        answer = await opened.outbound.get(
            copy.source_url, accept="image/*", max_bytes=opened.config.media.max_upload
        )
        if answer.status >= 300:
            raise Rejected(f"The other side answered {answer.status}.")
        image = await opened.media.process(answer.body, still=True)
        async with opened.database.read() as db:
            if await blocked.is_blocked(db, fingerprint_of(image), opened.config.store.blocked_distance):
                raise Rejected(_("This image can't be shown here."))
    except (OutboundError, Rejected, TookTooLong) as error:
        await opened.database.write(copies.note_failed_copy, copy.file_id, str(error))
        return
    named = name_sizes(image).without_original()
    claim = await keeping.keep(opened.database, opened.store, named)
    stored = stored_image(named.sizes, image, source_url=copy.source_url, with_original=False)
    await opened.database.write(copies.save_copy, copy.file_id, stored, claim)
