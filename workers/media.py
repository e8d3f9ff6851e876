"""Link previews: what a post links to, fetched by the one outbound client and worked on by the image processes."""

from functools import partial
from typing import Any

import structlog

from service.forum import attachments
from service.forum.attachments import PreviewTarget, StoredImage
from service.lifecycle import Resources
from service.media.errors import Rejected, TookTooLong
from service.media.store import store_image
from service.outbound.client import Response
from service.outbound.errors import OutboundError, Refused, TooLarge, Unreachable
from service.storage import outbox
from service.text.preview import parse_preview

log = structlog.get_logger()

ATTEMPTS = 3
PAGE_TYPES = ("text/html", "application/xhtml+xml")
IMAGE_TYPES = ("image/*",)  # which of them we take, the image process decides by their content
FINAL = (Refused, TooLarge, Rejected, TookTooLong)  # trying again would end the same way


async def make_preview(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Fetch the picture of a post's link; return what is to be written, or None when there is nothing to show.

    Raises:
        OutboundError: the other side does not answer just now, and there are attempts left.
    """
    async with resources.database.read() as db:
        target = await attachments.preview_target(db, claimed.payload["post_id"])
    if target is None:
        return None
    try:
        image = await _fetch_image(resources, target)
    except FINAL as error:
        return _give_up(target, error)
    except OutboundError as error:
        if claimed.attempts < ATTEMPTS:
            raise
        return _give_up(target, error)
    return partial(attachments.save_preview, target=target, image=image) if image else None


def _give_up(target: PreviewTarget, error: Exception) -> None:
    """A post without a picture is complete; nobody has to look at this."""
    log.info("no_preview", post=target.post_id, reason=str(error))


async def _fetch_image(resources: Resources, target: PreviewTarget) -> StoredImage | None:
    answer = await _get(resources, target.url, PAGE_TYPES + IMAGE_TYPES)
    if answer.media_type in PAGE_TYPES:
        preview = parse_preview(answer.body, answer.content_type, answer.url)
        if preview.image_url is None:
            return None
        answer = await _get(resources, preview.image_url, IMAGE_TYPES)
    processed = await resources.media.process(answer.body, still=True)
    sizes = await store_image(resources.config.data_dir, processed)
    return attachments.stored_image(sizes, source_url=answer.url)


async def _get(resources: Resources, url: str, types: tuple[str, ...]) -> Response:
    answer = await resources.outbound.get(
        url, accept=", ".join(types), max_bytes=resources.config.media.max_upload
    )
    if answer.status >= 500:
        raise Unreachable("protocol", f"The other side answered {answer.status}.")
    if answer.status >= 300:
        raise Refused("type", f"The other side answered {answer.status}.")
    return answer
