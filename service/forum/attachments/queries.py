"""Pictures as their owners and the jobs see them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of
from service.forum.attachments.shapes import (
    Card,
    PreviewTarget,
    Progress,
    RemoteCopy,
    UploadPage,
    UploadRow,
    Usage,
    WaitingUpload,
)
from service.forum.checks import storable
from service.forum.errors import Invalid, NotFound
from service.forum.posts.rules import host_of
from service.language import _
from service.media.store import path_in
from service.storage.clock import utcnow
from service.storage.statements import Id, literal_limit
from service.storage.tables import (
    Comment,
    Community,
    Feed,
    File,
    LinkCard,
    Picture,
    Post,
    PostFile,
    ScheduledPost,
    Site,
    User,
    UserFile,
)

_MOST_ID = 2**31 - 1

# So long a picture that another site did not give is not asked for again.
FAILED_FOR = timedelta(hours=1)

# What shows one picture each, beside posts, and can be emptied when the picture is deleted.
OWN_COLUMNS = (
    Comment.image_id,
    ScheduledPost.image_id,
    User.avatar_id,
    User.cover_id,
    Community.icon_id,
    Community.image_id,
    Feed.icon_id,
    Feed.image_id,
    Site.icon_id,
)


def is_shown(file_id: Id, *, by_deleted_posts: bool = True) -> ColumnElement[bool]:
    """SQL: something shows this row of `file`.

    Parameters:
        file_id: a column.
        by_deleted_posts: whether posts count that were deleted and may come back.
    """
    conditions = () if by_deleted_posts else (Post.deleted.is_not(True),)
    return or_(is_shown_by_post(file_id, *conditions), is_shown_elsewhere(file_id))


def is_shown_by_post(file_id: Id, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """SQL: a post shows this row of `file`, alone or in its gallery.

    Parameters:
        file_id: a column.
        conditions: on the post.
    """
    return or_(
        exists().where(Post.image_id == file_id, *conditions),
        exists().where(PostFile.file_id == file_id, Post.id == PostFile.post_id, *conditions),
    )


def is_shown_elsewhere(file_id: Id, *, but: Id = None) -> ColumnElement[bool]:
    """SQL: something that is no post shows this row of `file`.

    Parameters:
        but: a column that does not count.
    """
    return or_(*(exists().where(column == file_id) for column in OWN_COLUMNS if column is not but))


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


async def card_of(db: AsyncConnection, post_id: int, url: str | None) -> Card | None:
    """Return what the page says of itself to which a post leads; None if it says nothing, or was not read yet."""
    if not url:
        return None
    wanted = select(LinkCard.title, LinkCard.description).where(
        LinkCard.post_id == post_id, LinkCard.url == url
    )
    row = (await db.execute(wanted)).one_or_none()
    return None if row is None else Card(row.title, row.description)


async def waiting_upload(db: AsyncConnection, file_id: int) -> WaitingUpload | None:
    """Return what a worker is to work on; None if it is done or was deleted."""
    row = (
        await db.execute(
            select(File.id, UserFile.user_id, Picture.waiting)
            .join(Picture, Picture.file_id == File.id)
            .join(UserFile, UserFile.file_id == File.id)
            .where(File.id == file_id, Picture.waiting.is_not(None))
        )
    ).one_or_none()
    return None if row is None or row.waiting is None else WaitingUpload(row.id, row.user_id, row.waiting)


async def progress_of(db: AsyncConnection, post_id: int) -> Progress | None:
    """Return how far the pictures of a post are; None when there is none to wait for."""
    shown = or_(
        Picture.file_id == select(Post.image_id).where(Post.id == post_id).scalar_subquery(),
        Picture.file_id.in_(select(PostFile.file_id).where(PostFile.post_id == post_id)),
    )
    row = (
        await db.execute(
            select(Picture.problem)
            .where(shown, or_(Picture.waiting.is_not(None), Picture.problem.is_not(None)))
            .order_by(Picture.waiting.is_(None), Picture.file_id)
            .limit(literal_limit(1))
        )
    ).one_or_none()
    return None if row is None else Progress(*row)


async def remote_copy(db: AsyncConnection, file_id: int) -> RemoteCopy:
    """Return what there is of another site's picture.

    Raises:
        NotFound: there is no such picture, or it is none of another site's.
    """
    if not 0 < file_id <= _MOST_ID:
        raise NotFound
    failed = Picture.problem.is_not(None) & (Picture.kept_at > utcnow() - FAILED_FOR)
    row = (
        await db.execute(
            select(File.source_url, Picture.medium, Picture.thumbnail, failed)
            .join(Picture, Picture.file_id == File.id)
            .where(File.id == file_id, Picture.remote)
        )
    ).one_or_none()
    if row is None or row.source_url is None:
        raise NotFound
    return RemoteCopy(file_id, row.source_url, row.medium, row.thumbnail, bool(row[3]))


async def usage(db: AsyncConnection | AsyncSession, owner_id: int) -> Usage:
    """Return what an account's uploads take up."""
    row = await db.execute(select(func.count(), func.sum(UserFile.size)).where(UserFile.user_id == owner_id))
    count, size = row.one()
    return Usage(count, size or 0)


async def uploads_of(
    db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20, oldest_first: bool = False
) -> UploadPage:
    """Return a page of an account's uploads, with what shows them.

    Parameters:
        page: from 1.
        size: how many at most.
    """
    order = File.id.asc() if oldest_first else File.id.desc()
    statement = _uploads(viewer.id).order_by(order).limit(literal_limit(size + 1))
    rows = (await db.execute(statement.offset(literal_limit((page - 1) * size)))).all()
    return UploadPage(await _with_posts(db, rows[:size]), len(rows) > size)


async def upload_by_id(db: AsyncConnection, viewer: Viewer, file_id: int) -> UploadRow:
    """Return one of an account's uploads, or raise NotFound."""
    if not 0 < file_id <= _MOST_ID:
        raise NotFound
    rows = await _with_posts(db, (await db.execute(_uploads(viewer.id).where(File.id == file_id))).all())
    if not rows:
        raise NotFound
    return rows[0]


async def own_picture(
    db: AsyncConnection | AsyncSession, viewer: Viewer, field: str, url: str | None, *, domain: str
) -> int | None:
    """Return the id of a picture that an account uploaded, by its address; None for none.

    Raises:
        Invalid: it is any other address; names the field.
    """
    if not url:
        return None
    is_web = storable(url) and host_of(url) is not None
    known = await uploaded_as(db, viewer.id, url, domain=domain) if is_web else None
    if known is None:
        raise Invalid({field: _("You can only use images that you uploaded yourself.")})
    return known


async def uploaded_as(
    db: AsyncConnection | AsyncSession, owner_id: int, url: str, *, domain: str
) -> int | None:
    """Return the id of the account's own upload that stands at an address of this site; None for any other address."""
    path = path_in(url)
    if path is None or urlsplit(url).netloc != domain:
        return None
    found: int | None = await db.scalar(
        select(File.id)
        .join(UserFile, UserFile.file_id == File.id)
        .join(Picture, Picture.file_id == File.id)
        .where(UserFile.user_id == owner_id, Picture.original == path)
        .order_by(File.id.desc())
        .limit(literal_limit(1))
    )
    return found


async def upload_named(db: AsyncConnection, viewer: Viewer, text: str) -> int:
    """Return the id of an account's upload by its address or its file's name, or raise NotFound."""
    if not storable(text):
        raise NotFound
    path = path_in(text)
    wanted = or_(File.file_name == text, File.source_url == text)
    if path is not None:
        wanted = or_(wanted, Picture.original == path, Picture.medium == path, Picture.thumbnail == path)
    found: int | None = await db.scalar(
        select(File.id)
        .join(UserFile, UserFile.file_id == File.id)
        .outerjoin(Picture, Picture.file_id == File.id)
        .where(UserFile.user_id == viewer.id, wanted)
        .order_by(File.id.desc())
        .limit(literal_limit(1))
    )
    if found is None:
        raise NotFound
    return found


def _uploads(owner_id: int) -> Select[Any]:
    statement = (
        select(
            File.id,
            File.file_name,
            File.file_path,
            File.thumbnail_path,
            File.source_url,
            File.width,
            File.height,
            UserFile.size,
            File.alt_text,
            Picture.original,
            Picture.average,
            Picture.problem,
            Picture.waiting.is_not(None).label("waits"),
            is_shown_elsewhere(File.id).label("elsewhere"),
        )
        .join(UserFile, UserFile.file_id == File.id)
        .outerjoin(Picture, Picture.file_id == File.id)
        .where(UserFile.user_id == owner_id)
    )
    return cast("Select[Any]", statement)


async def _with_posts(db: AsyncConnection, rows: Sequence[Any]) -> list[UploadRow]:
    shown: dict[int, list[tuple[int, str]]] = {row.id: [] for row in rows}
    if rows:
        there = Post.deleted.is_not(True)
        alone = select(Post.image_id, Post.id, Post.title).where(Post.image_id.in_(shown), there)
        among = (
            select(PostFile.file_id, Post.id, Post.title)
            .join(Post, Post.id == PostFile.post_id)
            .where(PostFile.file_id.in_(shown), there)
        )
        posts = await db.execute(alone.union(among))
        for file_id, post_id, title in sorted(posts, key=lambda post: -post[1]):
            shown[file_id or 0].append((post_id, title or ""))
    return [_upload_row(row, tuple(shown[row.id])) for row in rows]


def _upload_row(row: Any, posts: tuple[tuple[int, str], ...]) -> UploadRow:
    url = address_of(row.original) or address_of(row.source_url) or address_of(row.file_path)
    return UploadRow(
        id=row.id,
        name=row.file_name or url.rpartition("/")[2],
        url=url,
        thumbnail_url=address_of(row.thumbnail_path) or address_of(row.file_path) or url,
        width=row.width,
        height=row.height,
        size=row.size or 0,
        alt_text=row.alt_text,
        average=row.average,
        problem=row.problem,
        waiting=bool(row.waits),
        posts=posts,
        elsewhere=row.elsewhere,
    )
