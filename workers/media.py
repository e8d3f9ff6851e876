"""Link previews: what a post links to, fetched by the one outbound client and worked on by the image processes."""

from functools import partial
from typing import Any

import structlog

from service.forum import attachments
from service.forum.attachments import PreviewTarget
from service.lifecycle import Resources
from service.media.results import Rejected, TookTooLong
from service.media.store import store_image
from service.outbound.errors import OutboundError, Refused, TooLarge
from service.storage import outbox
from service.text.preview import parse_preview

log = structlog.get_logger()

ATTEMPTS = 3
PAGE_TYPES = ("text/html", "application/xhtml+xml")
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
        picture = await _fetch_picture(resources, target)
    except FINAL as error:
        log.info("no_preview", post=target.post_id, reason=str(error))
        return None
    except OutboundError as error:
        if claimed.attempts < ATTEMPTS:
            raise
        log.info("no_preview", post=target.post_id, reason=str(error))
        return None
    return partial(attachments.save_preview, target=target, image=picture) if picture else None
