"""The columns of a picture, and the row made of them; joined by every list that shows pictures."""

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

from service.forum.attachments.shapes import ImageRow
from service.storage.rows import Loader, Read
from service.storage.tables import File, Picture


def image_loader(file: type[File], picture: type[Picture]) -> Loader[ImageRow | None]:
    """A picture beside something else, None without one; `picture` is outer-joined on the id of `file`."""
    return Loader(
        _image,
        {
            "file_id": file.id,
            "original": picture.original,
            "medium_width": picture.medium_width,
            "average": picture.average,
        },
        file,
    )


def _image(
    file_id: int | None,
    file_path: str | None,
    thumbnail_path: str | None,
    source_url: str | None,
    width: int | None,
    height: int | None,
    alt_text: str | None,
    thumbnail_width: int | None,
    original: str | None,
    medium_width: int | None,
    average: str | None,
) -> ImageRow | None:
    """Return the picture of a file row; None if there is no row or nothing to show.

    Which of the paths is which size follows PieFed's `File`: the source is the large one, `file_path` the medium,
    `thumbnail_path` the small. Our own large one stands under its path, whatever the site was called when it came.
    """
    if file_id is None:
        return None
    source = (
        source_url
        if source_url and source_url.startswith(("http://", "https://"))
        else address_of(source_url)
    )
    medium, small = address_of(file_path), address_of(thumbnail_path)
    url = address_of(original) or source or medium or small
    if not url:
        return None
    medium = medium or small or url
    return ImageRow(
        file_id,
        url,
        medium,
        small or medium,
        width,
        height,
        alt_text or None,
        medium_width,
        thumbnail_width,
        average,
    )


def address_of(path: str | None) -> str:
    """Return where a stored path is served: absolute as it is, else relative to the site's root; '' for none.

    PieFed stores paths on its disk, `app/static/media/posts/ab/cd/….webp`, and serves them without `app`.
    """
    if not path:
        return ""
    if path.startswith(("http://", "https://", "/")):
        return path
    return "/" + path.removeprefix("app/")


def address_read(file: type[File]) -> Read:
    """The address of the medium version of a file, for icons and avatars; None without one."""
    return Read(address_sql(file.file_path, file.thumbnail_path, file.source_url), address_of)


def address_sql(
    file_path: InstrumentedAttribute[str | None],
    thumbnail_path: InstrumentedAttribute[str | None],
    source_url: InstrumentedAttribute[str | None],
) -> ColumnElement[Any]:
    """Return the stored path of the medium version, for icons and avatars; pass the value through `address_of`."""
    return func.coalesce(file_path, thumbnail_path, source_url)
