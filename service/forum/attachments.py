"""Pictures of posts: their rows, their addresses, and what a preview job stores.

The bytes live elsewhere (`media/`); here are only rows. Called by the doors after an upload and by the media worker.
"""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from service.forum.posts.rules import tidy_alt_text
from service.forum.posts.shapes import ImageRow
from service.media.store import StoredSizes
from service.storage.tables import File, Post, UserFile

SOURCE_MAX = 1024


class StoredImage(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that has been processed and stands under the data directory.

    Attributes:
        path, thumbnail_path: Where the site serves it, e.g. `media/ab/cd/….webp`, without a leading slash.
        width, height, thumbnail_width, thumbnail_height: In pixels.
        size: In bytes, of both files together.
        source_url: Where it was fetched from; None for an upload.
    """

    path: str
    width: int
    height: int
    thumbnail_path: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    size: int = 0
    alt_text: str | None = None
    source_url: str | None = None


def stored_image(sizes: StoredSizes, *, source_url: str | None, alt_text: str | None = None) -> StoredImage:
    """Return what the database keeps of an image's three files.

    Parameters:
        sizes: the files; the medium one stands in the columns of `file_path`, as with PieFed.
        source_url: the address of the large picture: where it was fetched from, or our own address of an upload.
        alt_text: what it shows.
    """
    return StoredImage(
        path=sizes.medium.path,
        width=sizes.original.width,
        height=sizes.original.height,
        thumbnail_path=sizes.thumbnail.path,
        thumbnail_width=sizes.thumbnail.width,
        thumbnail_height=sizes.thumbnail.height,
        size=sizes.size,
        alt_text=alt_text,
        source_url=source_url,
    )


class PreviewTarget(msgspec.Struct, frozen=True):
    """What a preview job needs to know of a post."""

    post_id: int
    url: str
    type: int
    image_id: int | None


def address_of(path: str | None) -> str:
    """Return where a stored path is served: absolute as it is, else relative to the site's root; '' for none.

    PieFed stores paths on its disk, `app/static/media/posts/ab/cd/….webp`, and serves them without `app`.
    """
    if not path:
        return ""
    if path.startswith(("http://", "https://", "/")):
        return path
    return "/" + path.removeprefix("app/")


def image_row(
    file_id: int | None,
    file_path: str | None,
    thumbnail_path: str | None,
    source_url: str | None,
    width: int | None,
    height: int | None,
    alt_text: str | None,
) -> ImageRow | None:
    """Return the picture of a file row; None if there is no row or nothing to show.

    Which of the paths is which size follows PieFed's `File`: the source is the large one, `file_path` the medium,
    `thumbnail_path` the small.
    """
    if file_id is None:
        return None
    source = (
        source_url
        if source_url and source_url.startswith(("http://", "https://"))
        else address_of(source_url)
    )
    medium, small = address_of(file_path), address_of(thumbnail_path)
    url = source or medium or small
    if not url:
        return None
    medium = medium or small or url
    return ImageRow(file_id, url, medium, small or medium, width, height, alt_text or None)


def address_sql(
    file_path: InstrumentedAttribute[str | None],
    thumbnail_path: InstrumentedAttribute[str | None],
    source_url: InstrumentedAttribute[str | None],
) -> ColumnElement[Any]:
    """Return the stored path of the medium version, for icons and avatars; pass the value through `address_of`."""
    return func.coalesce(file_path, thumbnail_path, source_url)


async def preview_target(db: AsyncConnection, post_id: int) -> PreviewTarget | None:
    """Return what to fetch for a post; None if it is gone or links nowhere."""
    row = (
        await db.execute(
            select(Post.url, Post.type, Post.image_id).where(Post.id == post_id, Post.deleted.is_not(True))
        )
    ).one_or_none()
    if row is None or not row.url:
        return None
    return PreviewTarget(post_id, row.url, row.type or 0, row.image_id)


async def keep_upload(session: AsyncSession, owner_id: int, image: StoredImage) -> int:
    """Record an uploaded picture and whose it is; return the id of its row."""
    file = _file_of(image)
    session.add(file)
    await session.flush()
    session.add(UserFile(user_id=owner_id, file_id=file.id, size=image.size))
    return file.id


async def owned_upload(db: AsyncConnection, owner_id: int, file_id: int) -> ImageRow | None:
    """Return a picture if this account uploaded it."""
    row = (
        await db.execute(
            select(
                File.id,
                File.file_path,
                File.thumbnail_path,
                File.source_url,
                File.width,
                File.height,
                File.alt_text,
            )
            .join(UserFile, UserFile.file_id == File.id)
            .where(File.id == file_id, UserFile.user_id == owner_id)
        )
    ).one_or_none()
    return None if row is None else image_row(*row)


async def save_preview(session: AsyncSession, target: PreviewTarget, image: StoredImage) -> bool:
    """Give a post the picture that was fetched for it.

    Returns:
        False, with nothing changed, if the post was deleted or links elsewhere by now.
    """
    post = (
        await session.execute(
            select(Post.url, Post.image_id)
            .where(Post.id == target.post_id, Post.deleted.is_not(True))
            .with_for_update()
        )
    ).one_or_none()
    if post is None or post.url != target.url:
        return False
    if post.image_id is None:
        file = _file_of(image)
        session.add(file)
        await session.flush()
        await session.execute(update(Post).where(Post.id == target.post_id).values(image_id=file.id))
        return True
    await session.execute(update(File).where(File.id == post.image_id).values(**_values_of(image)))
    return True


def _file_of(image: StoredImage) -> File:
    return File(**_values_of(image))


def _values_of(image: StoredImage) -> dict[str, Any]:
    values: dict[str, Any] = {
        "file_path": image.path,
        "file_name": image.path.rpartition("/")[2][:255],
        "width": image.width,
        "height": image.height,
        "thumbnail_path": image.thumbnail_path,
        "thumbnail_width": image.thumbnail_width,
        "thumbnail_height": image.thumbnail_height,
    }
    if image.source_url:
        values["source_url"] = image.source_url[:SOURCE_MAX]
    if image.alt_text:
        values["alt_text"] = tidy_alt_text(image.alt_text)
    return values
