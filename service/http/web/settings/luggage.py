"""What somebody takes along, and what they bring: an archive of all that is theirs, and another site's settings."""

from collections.abc import AsyncIterator
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import msgspec
from quart import Response, request

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.queries import uploads_of
from service.forum.errors import ForumError, Invalid
from service.forum.luggage import operations, queries
from service.forum.luggage.shapes import read
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.limits import limit
from service.http.web.frame.forms import SHOWN_IN_FORM, go, show_form
from service.http.web.settings.blueprint import SETTINGS, blueprint
from service.language import _
from service.lifecycle import Resources
from service.media.store import path_in

PAGE = f"{SETTINGS}/import_export"
LONGEST = 3600  # seconds that an archive may take to be fetched
UPLOADS_A_PAGE = 100
LARGEST_IMPORT = 2 * 1024 * 1024  # bytes


@blueprint.get(PAGE)
async def luggage_page() -> Response:
    """Offer the archive and the import."""
    return _show()


@blueprint.post(f"{SETTINGS}/export")
async def export() -> Response:
    """Answer with an archive that begins to arrive at once, however much there is."""
    viewer = signed_in(current_viewer())
    await limit("export")
    response = Response(
        _archive(resources(), viewer),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{viewer.name}.zip"',
            "Cache-Control": "no-store",
        },
    )
    response.timeout = LONGEST
    return response


@blueprint.post(f"{SETTINGS}/import")
@takes(a_form_with_files())
async def bring() -> Response:
    """Take over what another site's export has; a worker looks for what it names."""
    viewer = signed_in(current_viewer())
    try:
        await limit("export")
        luggage = read(await _sent_file())
        await resources().database.write(
            operations.unpack, viewer, luggage, domain=resources().config.site.domain
        )
    except SHOWN_IN_FORM as refusal:
        return _show(refusal)
    return go(PAGE, "imported")


async def _sent_file() -> bytes:
    sent = (await request.files).get("file")
    if sent is None or not sent.filename:
        raise Invalid({"file": _("Choose a file.")})
    data: bytes = sent.read(LARGEST_IMPORT + 1)
    if len(data) > LARGEST_IMPORT:
        raise Invalid({"file": _("This file is too large.")})
    return data


def _show(refusal: ForumError | None = None) -> Response:
    signed_in(current_viewer())
    return show_form("settings/luggage.html", {}, refusal, here="me")


class _Sink:
    """What an archive is written into, and taken out of as it grows: nothing is held but what was not sent yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take what the archive has next; without `tell` and `seek` it never goes back."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is taken is sent."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


async def _archive(opened: Resources, viewer: Viewer) -> AsyncIterator[bytes]:
    """All that is the viewer's; no connection is held while it is sent."""
    sink = _Sink()
    with ZipFile(cast("IO[bytes]", sink), "w", ZIP_DEFLATED) as archive:
        async with opened.database.read() as db:
            settings = await queries.packed(db, viewer)
        archive.writestr("settings.json", msgspec.json.format(msgspec.json.encode(settings), indent=2))
        for name in queries.FILES:
            async for lines in _lines(opened, archive, viewer, name, sink):
                yield lines
        async for chunk in _pictures(opened, archive, viewer, sink):
            yield chunk
    yield sink.take()


async def _lines(
    opened: Resources, archive: ZipFile, viewer: Viewer, name: str, sink: _Sink
) -> AsyncIterator[bytes]:
    """One JSON object a line, in batches."""
    after = 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as file:
        while True:
            async with opened.database.read() as db:
                rows = await queries.batch_of(db, viewer, name, after)
            if not rows:
                break
            file.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
            after = rows[-1]["id"]
            yield sink.take()


async def _pictures(opened: Resources, archive: ZipFile, viewer: Viewer, sink: _Sink) -> AsyncIterator[bytes]:
    """The pictures that the viewer uploaded, as they are kept."""
    number = 1
    while True:
        async with opened.database.read() as db:
            page = await uploads_of(db, viewer, page=number, size=UPLOADS_A_PAGE)
        for upload in page.uploads:
            path = path_in(upload.url) if upload.url else None
            kept = await opened.store.open(path) if path else None
            if kept is None:
                continue
            info = ZipInfo(f"pictures/{upload.id}-{upload.name}")
            info.compress_type = ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as file:
                async for chunk in kept.chunks:
                    file.write(chunk)
                    yield sink.take()
        if not page.has_more:
            return
        number += 1
