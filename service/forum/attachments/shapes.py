"""What is told about pictures: frozen, without a database."""

from datetime import datetime

import msgspec

from service.media.opacity import is_opaque
from service.media.results import ProcessedImage
from service.media.store import StoredSizes


class ImageRow(msgspec.Struct, frozen=True, gc=False):
    """A stored or remote image.

    Attributes:
        url: The picture as large as we have it (for a remote one that was never fetched: its own address).
        medium_url: The version for feeds (at most 512 px wide for a link, 1,200 px for an image post); may equal `url`.
        thumbnail_url: The small one (170 px for a link, 512 px for an image post); may equal `url`.
        width, height: Of the large one, in pixels; None while unknown. Likewise the widths of the others.
        average: The mean colour, `#rrggbb`, to fill the place until the picture is there; None while unknown.
    """

    id: int
    url: str
    medium_url: str
    thumbnail_url: str
    width: int | None
    height: int | None
    alt_text: str | None
    medium_width: int | None = None
    thumbnail_width: int | None = None
    average: str | None = None


class StoredImage(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that has been processed and lies in the store, as its rows have it.

    Attributes:
        path, thumbnail_path: The medium and the small size in the store, e.g. `media/ab/cd/….webp`.
        original: The path of the large size; None where only the smaller ones are kept.
        width, height: Of the large size, in pixels; likewise the others.
        size: In bytes, of all files together.
        average: The mean colour, `#rrggbb`; None where the picture can be seen through.
        fingerprint: The perceptual hash, 256 bits as 0 and 1; None where the picture has too little in it.
        source_url: Where it was fetched from, or our own address of an upload.
    """

    path: str
    width: int
    height: int
    thumbnail_path: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    original: str | None = None
    medium_width: int | None = None
    size: int = 0
    average: str | None = None
    fingerprint: str | None = None
    alt_text: str | None = None
    source_url: str | None = None

    @property
    def paths(self) -> list[str]:
        """Every file of it once."""
        return sorted({path for path in (self.original, self.path, self.thumbnail_path) if path})


class PreviewTarget(msgspec.Struct, frozen=True):
    """What a preview job needs to know of a post."""

    post_id: int
    url: str
    type: int
    image_id: int | None


class Card(msgspec.Struct, frozen=True):
    """What a page says of itself: plain text."""

    title: str
    description: str


class WaitingUpload(msgspec.Struct, frozen=True):
    """An upload that a worker is to work on.

    Attributes:
        path: of the bytes as they were sent, in the store.
    """

    file_id: int
    owner_id: int
    path: str


class Progress(msgspec.Struct, frozen=True):
    """How far an upload is that is not shown yet.

    Attributes:
        problem: why nothing can be made of it; None while it waits.
    """

    problem: str | None


class UploadRow(msgspec.Struct, frozen=True):
    """One of a member's uploads.

    Attributes:
        url, thumbnail_url: Within the site, or whole; '' while it is being worked on.
        name: The name of its file.
        size: In bytes, as the quota counts it.
        posts: What shows it, newest first: (id, title) of posts.
        elsewhere: Whether an avatar, a cover, an icon, a banner or a comment shows it.
    """

    id: int
    name: str
    url: str
    thumbnail_url: str
    width: int | None
    height: int | None
    size: int
    alt_text: str | None
    average: str | None
    problem: str | None
    waiting: bool
    posts: tuple[tuple[int, str], ...]
    elsewhere: bool


class UploadPage(msgspec.Struct, frozen=True):
    """A page of a member's uploads, and whether there is another one."""

    uploads: list[UploadRow]
    has_more: bool


class Usage(msgspec.Struct, frozen=True):
    """What a member's uploads take up: how many there are, and bytes."""

    count: int
    size: int


class BlockedRow(msgspec.Struct, frozen=True):
    """A picture that is refused.

    Attributes:
        fingerprint: its perceptual hash in hexadecimal digits; '' for a row without one.
    """

    id: int
    name: str
    note: str
    fingerprint: str


class RemoteCopy(msgspec.Struct, frozen=True):
    """What there is of another site's picture.

    Attributes:
        source_url: where it is.
        medium, thumbnail: the paths of the copy; None while there is none.
        failed_lately: a copy could not be made a short while ago.
    """

    file_id: int
    source_url: str
    medium: str | None
    thumbnail: str | None
    failed_lately: bool


class PostPicture(msgspec.Struct, frozen=True):
    """What blocking a post's picture needs to know of it.

    Attributes:
        path: of the medium size, as `file` has it.
        fingerprint: its perceptual hash; None where nobody made one.
    """

    path: str
    fingerprint: str | None


class Claim(msgspec.Struct, frozen=True):
    """An announcement that these paths are being written.

    Attributes:
        lives: which rows of the inventory, so that one that was deleted and made anew is not taken for it.
        at: when; tells it from others of the same rows.
    """

    paths: tuple[str, ...]
    lives: tuple[int, ...]
    at: datetime | None


class InventoryPage(msgspec.Struct, frozen=True):
    """A part of the inventory that was looked through.

    Attributes:
        count: how many rows.
        last: the last path; None at the end.
        unused: what may be deleted.
    """

    count: int
    last: str | None
    unused: list[str]


NO_CLAIM = Claim((), (), None)

# PieFed stores and compares no hash of a lower quality, 0 to 100.
LEAST_QUALITY = 70


def stored_image(
    sizes: StoredSizes,
    image: ProcessedImage,
    *,
    source_url: str | None,
    alt_text: str | None = None,
    with_original: bool = True,
) -> StoredImage:
    """Return what the database keeps of a picture.

    Parameters:
        sizes: its files; the medium one stands in the columns of `file_path`, as with PieFed.
        image: what was made of it.
        source_url: the address of the large picture: where it was fetched from, or our own address of an upload.
        alt_text: what it shows.
        with_original: whether the large size is in the store.
    """
    files = {file.path: file.size for file in (sizes.medium, sizes.thumbnail)}
    if with_original:
        files[sizes.original.path] = sizes.original.size
    return StoredImage(
        path=sizes.medium.path,
        width=sizes.original.width,
        height=sizes.original.height,
        thumbnail_path=sizes.thumbnail.path,
        thumbnail_width=sizes.thumbnail.width,
        thumbnail_height=sizes.thumbnail.height,
        original=sizes.original.path if sizes.original.path in files else None,
        medium_width=sizes.medium.width,
        size=sum(files.values()),
        # Behind a drawing without a ground, its own mean colour would hide it.
        average=image.average if is_opaque(image.thumbnail.body) else None,
        fingerprint=fingerprint_of(image),
        alt_text=alt_text,
        source_url=source_url,
    )


def fingerprint_of(image: ProcessedImage) -> str | None:
    """Return the perceptual hash of a picture, as PieFed's `file.hash` has it: none where it says too little."""
    if image.hash_quality < LEAST_QUALITY:
        return None
    return f"{int.from_bytes(image.perceptual_hash):0256b}"
