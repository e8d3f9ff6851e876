"""What both doors do with an uploaded image: have it worked on, store it, and write down whose it is."""

from typing import NamedTuple

from quart import request

from service.forum import attachments
from service.forum.accounts.viewer import Viewer
from service.forum.errors import Invalid
from service.http.context import resources
from service.http.limits import limit
from service.media.store import store_image


class KeptImage(NamedTuple):
    """An image of a member's: its row, and its public address."""

    file_id: int
    url: str


async def uploaded_bytes(field: str) -> bytes:
    """Return the file of a form's field; empty when none was chosen.

    Raises:
        Invalid: it is larger than the site takes.
    """
    sent = (await request.files).get(field)
    if sent is None or not sent.filename:
        return b""
    data: bytes = sent.read()
    most = resources().config.media.max_upload
    if len(data) > most:
        raise Invalid({field: f"The image is larger than {most // 2**20} MB."})
    return data


async def keep_image(owner: Viewer, data: bytes, *, alt_text: str = "") -> KeptImage:
    """Make an image safe and showable and keep it.

    Parameters:
        owner: whose it is; uploads are counted against them.
        data: the file as it was sent.
        alt_text: what it shows, for those who cannot see it.

    Raises:
        TooMany: the owner has uploaded too much lately.
        MediaError: it cannot be worked on, or not stored.
    """
    await limit("upload")
    held = resources()
    sizes = await store_image(held.config.data_dir, await held.media.process(data))
    url = f"{held.config.site.base_url}/{sizes.original.path}"
    image = attachments.stored_image(sizes, source_url=url, alt_text=alt_text)
    file_id = await held.database.write(attachments.keep_upload, owner.id, image)
    return KeptImage(file_id, url)
