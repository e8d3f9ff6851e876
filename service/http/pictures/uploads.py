"""What both doors do with an uploaded image: have it worked on, store it, and write down whose it is."""

import asyncio
from typing import NamedTuple

from quart import request
from quart.datastructures import FileStorage

from service.forum.accounts.viewer import Viewer
from service.forum.attachments import blocked, keeping, operations, queries
from service.forum.attachments.rules import check_quota
from service.forum.attachments.shapes import fingerprint_of, stored_image
from service.forum.errors import Invalid
from service.http.context import resources
from service.http.passing.idempotency_key import effect
from service.http.passing.limits import limit
from service.http.passing.shared import shared
from service.language import _
from service.media.errors import MediaBusy, Rejected, TookTooLong
from service.media.results import ProcessedImage
from service.media.store import name_sizes

MEBIBYTE = 2**20


class KeptImage(NamedTuple):
    """An image of a member's: its row, and its public address."""

    file_id: int
    url: str


async def uploaded_bytes(field: str) -> bytes:
    """Return the file of a form's field; empty when none was chosen.

    Raises:
        Invalid: it is larger than the site takes.
    """
    return next(iter(await uploaded_files(field)), b"")


async def uploaded_files(field: str) -> list[bytes]:
    """Return the files of all a form's fields of this name, in order; empty where none was chosen.

    Raises:
        Invalid: one of them is larger than the site takes.
    """
    return [_bytes_of(sent, field) for sent in (await request.files).getlist(field)]


def _bytes_of(sent: FileStorage, field: str) -> bytes:
    if not sent.filename:
        return b""
    data: bytes = sent.read()
    most = resources().config.media.max_upload
    if len(data) > most:
        raise Invalid({field: _("The image is larger than %(mebibyte)s MB.", mebibyte=most // MEBIBYTE)})
    return data


async def keep_image(viewer: Viewer, data: bytes, *, field: str, alt_text: str = "") -> KeptImage:
    """Make an image safe and showable and keep it.

    Parameters:
        viewer: whose it is; uploads are counted against them.
        data: the file as it was sent.
        field: the name of the input, for refusals.
        alt_text: what it shows, for those who cannot see it.

    Raises:
        TooMany: the owner has uploaded too much lately.
        Invalid: the image is none that we take, it is blocked, or the owner's quota is reached.
        MediaError: it cannot be worked on, or not stored.
    """
    await _admit(viewer, field)
    return await _keep(viewer, await _processed(data, field), field, alt_text)


async def keep_image_soon(
    viewer: Viewer, data: bytes, *, field: str, alt_text: str = "", within: float | None = None
) -> int:
    """Keep an image like `keep_image`, but leave it to a worker if it takes too long.

    Parameters:
        within: seconds; None for `store.at_once`.

    Returns:
        The id of its row, which shows nothing until the worker has come to it.

    Raises:
        TooMany, Invalid, MediaError: as `keep_image`, as far as it is known at once.
    """
    await _admit(viewer, field)
    try:
        async with asyncio.timeout(resources().config.store.at_once if within is None else within):
            image = await _processed(data, field)
    except (TimeoutError, MediaBusy):
        return await _leave_to_worker(viewer, data, field, alt_text)
    return (await _keep(viewer, image, field, alt_text)).file_id


async def _admit(viewer: Viewer, field: str) -> None:
    """Refuse before any work is done what would be refused afterwards."""
    await limit("upload")
    quota = resources().config.store.quota
    async with resources().database.read() as db:
        used = await queries.usage(db, viewer.id)
    check_quota(field, used.size, 1, quota)


async def _processed(data: bytes, field: str) -> ProcessedImage:
    opened = resources()
    try:
        async with shared().gate.left():  # image processes have a queue of their own
            image = await opened.media.process(data)
    except (Rejected, TookTooLong) as error:
        raise Invalid({field: str(error)}, code="bad_image") from error
    async with opened.database.read() as db:
        if await blocked.is_blocked(db, fingerprint_of(image), opened.config.store.blocked_distance):
            raise Invalid({field: _("This image can't be posted here.")}, code="blocked_image")
    return image


async def _keep(viewer: Viewer, image: ProcessedImage, field: str, alt_text: str) -> KeptImage:
    opened = resources()
    named = name_sizes(image)
    claim = await keeping.keep(opened.database, opened.store, named)
    url = f"{opened.config.site.base_url}/{named.sizes.original.path}"
    stored = stored_image(named.sizes, image, source_url=url, alt_text=alt_text)
    file_id = await effect(
        operations.keep_upload, viewer.id, stored, claim, quota=opened.config.store.quota, field=field
    )
    return KeptImage(file_id, url)


async def _leave_to_worker(viewer: Viewer, data: bytes, field: str, alt_text: str) -> int:
    opened = resources()
    claim = await keeping.keep_waiting(opened.database, opened.store, data)
    return await effect(
        operations.receive_upload,
        viewer.id,
        claim,
        len(data),
        alt_text=alt_text,
        quota=opened.config.store.quota,
        field=field,
    )
