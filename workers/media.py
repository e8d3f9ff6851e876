"""Pictures: uploads that took long, link previews, and files that nothing uses any more.

What is fetched comes through the one outbound client, and is worked on by the image processes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.attachments import blocked, copies, keeping, operations, queries
from service.forum.attachments.shapes import (
    Claim,
    PreviewTarget,
    StoredImage,
    WaitingUpload,
    fingerprint_of,
    stored_image,
)
from service.forum.events import ImagesUnused, PreviewRequested, UploadReceived
from service.lifecycle import Resources
from service.media.errors import ChildDied, Rejected, TookTooLong, WorkFailed
from service.media.results import ProcessedImage
from service.media.store import name_sizes, read_whole
from service.outbound.client import Response
from service.outbound.errors import OutboundError, Refused, TooLarge, Unreachable
from service.storage import outbox
from service.text.preview import Preview, looks_like_a_page, parse_preview

log = structlog.get_logger()

ATTEMPTS = 3
PAGE_TYPES = ("text/html", "application/xhtml+xml")
IMAGE_TYPES = ("image/*",)  # which of them we take, the image process decides by their content
FINAL = (Refused, TooLarge, Rejected, TookTooLong)  # trying again would end the same way
UNWORKABLE = "This image couldn't be processed."
BLOCKED = "This image can't be posted here."


async def work_on_media(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Work on one event of the topic; return what is to be written, or None."""
    return await KINDS[claimed.kind](resources, claimed)


# Uploads


async def make_picture(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Make a picture of an upload that lies in the store as it was sent.

    Raises:
        MediaError: not now; it is tried again, three times if image processes die of it.
    """
    async with resources.database.read() as db:
        upload = await queries.waiting_upload(db, claimed.payload["file_id"])
    data = None if upload is None else await read_whole(resources.store, upload.path)
    if upload is None or data is None:
        return None
    try:
        image = await resources.media.process(data)
    except (Rejected, TookTooLong) as error:
        return partial(operations.refuse_upload, upload=upload, problem=str(error))
    except (ChildDied, WorkFailed):
        if claimed.attempts < ATTEMPTS:
            raise
        return partial(operations.refuse_upload, upload=upload, problem=UNWORKABLE)
    if await _is_blocked(resources, image):
        return partial(operations.refuse_upload, upload=upload, problem=BLOCKED)
    return await _keep_upload(resources, upload, image)


async def _keep_upload(resources: Resources, upload: WaitingUpload, image: ProcessedImage) -> Any:
    named = name_sizes(image)
    claim = await keeping.keep(resources.database, resources.store, named)
    url = f"{resources.config.site.base_url}/{named.sizes.original.path}"
    stored = stored_image(named.sizes, image, source_url=url)
    return partial(operations.finish_upload, upload=upload, image=stored, claim=claim)


# Link previews


async def make_preview(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Fetch words and picture of a post's link; return what is to be written, or None when there is nothing to show.

    Raises:
        OutboundError: the other side does not answer just now, and there are attempts left.
    """
    async with resources.database.read() as db:
        target = await queries.preview_target(db, claimed.payload["post_id"])
    if target is None:
        return None
    try:
        return await _preview_of(resources, target)
    except FINAL as error:
        return _give_up(target, str(error))
    except OutboundError as error:
        if claimed.attempts < ATTEMPTS:
            raise
        return _give_up(target, str(error))


def _give_up(target: PreviewTarget, reason: str) -> None:
    """A post without a picture is complete; nobody has to look at this."""
    log.info("preview_unavailable", post=target.post_id, reason=reason)


async def _preview_of(resources: Resources, target: PreviewTarget) -> Any:
    answer = await _get(resources, target.url, PAGE_TYPES + IMAGE_TYPES)
    page = await _page_in(answer)
    words = (
        partial(copies.save_words, target=target, title=page.title, description=page.description)
        if page and page.title
        else None
    )
    image = None
    try:
        image = await _picture_of(resources, target, answer, page)
    except FINAL as error:
        _give_up(target, str(error))
    return _all_of(words, image)


async def _page_in(answer: Response) -> Preview | None:
    """What the page says of itself that was answered with; None if it is none."""
    if answer.media_type not in PAGE_TYPES and (answer.media_type or not looks_like_a_page(answer.body)):
        return None
    return await asyncio.to_thread(parse_preview, answer.body, answer.content_type, answer.url)


async def _picture_of(
    resources: Resources, target: PreviewTarget, answer: Response, page: Preview | None
) -> Any:
    image_url = page.image_url if page else answer.url
    if image_url is None:
        return None
    if resources.config.store.remote == "none":
        return partial(copies.save_preview_address, target=target, source_url=image_url)
    if page:
        answer = await _get(resources, image_url, IMAGE_TYPES)
    processed = await resources.media.process(answer.body, still=True)
    if await _is_blocked(resources, processed):
        return _give_up(target, BLOCKED)
    stored, claim = await _keep_copy(resources, processed, answer.url)
    return partial(copies.save_preview, target=target, image=stored, claim=claim)


def _all_of(*steps: Callable[[AsyncSession], Awaitable[Any]] | None) -> Any:
    """One step to be written that consists of these; None if there are none."""
    wanted = [step for step in steps if step is not None]

    async def write(session: AsyncSession) -> None:
        for step in wanted:
            await step(session)

    return write if wanted else None


async def _keep_copy(
    resources: Resources, image: ProcessedImage, source_url: str
) -> tuple[StoredImage, Claim]:
    """Keep the smaller sizes: whoever wants the large one goes where it is."""
    named = name_sizes(image).without_original()
    claim = await keeping.keep(resources.database, resources.store, named)
    return stored_image(named.sizes, image, source_url=source_url, with_original=False), claim


async def _is_blocked(resources: Resources, image: ProcessedImage) -> bool:
    async with resources.database.read() as db:
        return await blocked.is_blocked(db, fingerprint_of(image), resources.config.store.blocked_distance)


async def _get(resources: Resources, url: str, types: tuple[str, ...]) -> Response:
    answer = await resources.outbound.get(
        url, accept=", ".join(types), cut=(*PAGE_TYPES, ""), max_bytes=resources.config.media.max_upload
    )
    if answer.status >= 500:
        raise Unreachable("protocol", f"The other side answered {answer.status}.")
    if answer.status >= 300:
        raise Refused("type", f"The other side answered {answer.status}.")
    return answer


# Files that nothing uses any more


async def delete_files(resources: Resources, claimed: outbox.Claimed) -> None:
    """Delete from the store what lost its last use.

    Raises:
        StoreUnavailable: it is tried again.
    """
    await keeping.remove_unused(resources.database, resources.store, claimed.payload["paths"])


KINDS: dict[str, Callable[[Resources, outbox.Claimed], Awaitable[Any]]] = {
    PreviewRequested.__name__: make_preview,
    UploadReceived.__name__: make_picture,
    ImagesUnused.__name__: delete_files,
}
