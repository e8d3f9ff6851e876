"""The pictures that a post shows besides its first one: `post_file`, where pyfedi keeps them as well."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import JSON, ColumnElement, case, cast, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.attachments.columns import image_loader
from service.forum.attachments.shapes import ImageRow
from service.forum.posts.choices import PostType
from service.storage.tables import File, Picture, Post, PostFile


class Hung(msgspec.Struct, frozen=True):
    """A picture of a post.

    Attributes:
        image: What of it can be shown; None for what is still being worked on.
    """

    file_id: int
    alt_text: str | None
    image: ImageRow | None


_FILE, _PICTURE = aliased(File, name="gallery_file"), aliased(Picture, name="gallery_picture")
_IMAGE = image_loader(_FILE, _PICTURE)


def gallery_of(post: type[Post]) -> ColumnElement[Any]:
    """SQL: the further pictures of a post, for `gallery_read`; NULL for none. What is no picture looks nothing up."""
    return further_pictures(post, _FILE, _PICTURE, *_IMAGE.columns)


def further_pictures(
    post: type[Post], file: type[File], picture: type[Picture], *columns: Any
) -> ColumnElement[Any]:
    """SQL: a list of these columns for each of the further pictures of a post, in order; NULL for none.

    Parameters:
        file, picture: what the columns are of; aliases of their own.
    """
    in_order = aggregate_order_by(func.json_build_array(*columns), PostFile.weight, PostFile.file_id)
    pictures = (
        select(func.json_agg(in_order))
        .select_from(PostFile)
        .join(file, file.id == PostFile.file_id)
        .outerjoin(picture, picture.file_id == file.id)
        .where(PostFile.post_id == post.id)
        .correlate_except(PostFile, file, picture)
        .scalar_subquery()
    )
    return cast(case((post.type == literal_column(str(PostType.IMAGE.value)), pictures)), JSON)


def gallery_ids(post: type[Post]) -> ColumnElement[Any]:
    """SQL: the files of the further pictures of a post, in order; NULL for none."""
    in_order = aggregate_order_by(PostFile.file_id, PostFile.weight, PostFile.file_id)
    return (
        select(func.array_agg(in_order)).where(PostFile.post_id == post.id).correlate(post).scalar_subquery()
    )


async def pictures_of(db: AsyncConnection, post_id: int) -> list[Hung]:
    """Return all the pictures of a post in order, also those that have nothing to show yet."""
    first: Any = select(Post.image_id.label("file_id"), literal_column("0").label("weight")).where(
        Post.id == post_id
    )
    further = select(PostFile.file_id, PostFile.weight).where(PostFile.post_id == post_id)
    hung = union_all(first, further).subquery("hung")
    rows = await db.execute(
        select(_FILE.id, _FILE.alt_text, *_IMAGE.columns)
        .join(hung, hung.c.file_id == _FILE.id)
        .outerjoin(_PICTURE, _PICTURE.file_id == _FILE.id)
        .order_by(hung.c.weight, _FILE.id)
    )
    return [Hung(row[0], row[1], _IMAGE.load(row[2:])) for row in rows]


def gallery_read(values: Sequence[Sequence[Any]]) -> tuple[ImageRow | None, ...]:
    """The pictures in the value of the column above; None for one that has nothing to show yet."""
    return tuple(_IMAGE.load(value) for value in values)
