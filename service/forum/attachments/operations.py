"""What happens to rows of pictures: uploads, previews, and their end.

Files in the store are never touched here: what loses its last use is told to a worker, by an event of the same
transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import BitString
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import objects, queries
from service.forum.attachments.rules import check_quota
from service.forum.attachments.shapes import Claim, StoredImage, WaitingUpload
from service.forum.errors import NotFound
from service.forum.events import ImagesUnused, PostEdited, UploadReceived
from service.forum.posts.choices import PostType
from service.forum.posts.rules import tidy_alt_text
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.statements import literal_limit
from service.storage.tables import (
    EmbeddedPicture,
    File,
    Picture,
    Post,
    PostFile,
    UserFile,
)

SOURCE_MAX = 1024
PROBLEM_MAX = 255
BATCH = 200


# Uploads


async def keep_upload(
    session: AsyncSession,
    owner_id: int,
    image: StoredImage,
    claim: Claim,
    *,
    quota: int = 0,
    field: str = "image",
) -> int:
    """Record an uploaded picture and whose it is; return the id of its row.

    Parameters:
        owner_id: whose it is.
        image: it lies in the store.
        claim: under which it was put there.
        quota: how many bytes the owner may have; 0 for no limit.
        field: the name of the input, for the refusal.

    Raises:
        Invalid: it goes over the quota.
        StoreUnavailable: the claim has run out.
    """
    await objects.confirm(session, claim)
    await _count_against(session, owner_id, image.size, quota, field)
    file_id = await add_file(session, image, remote=False)
    session.add(UserFile(user_id=owner_id, file_id=file_id, size=image.size))
    return file_id


async def receive_upload(
    session: AsyncSession,
    owner_id: int,
    claim: Claim,
    size: int,
    *,
    alt_text: str = "",
    quota: int = 0,
    field: str = "image",
) -> int:
    """Record an upload that a worker is to work on; return the id of its row. Until then it counts as it was sent.

    Parameters:
        claim: under which the bytes were put into the store, with their one path.
        size: in bytes.

    Raises:
        Invalid, StoreUnavailable: as `keep_upload`.
    """
    await objects.confirm(session, claim)
    await _count_against(session, owner_id, size, quota, field)
    file = File(alt_text=tidy_alt_text(alt_text))
    session.add(file)
    await session.flush()
    session.add(Picture(file_id=file.id, waiting=claim.paths[0], size=size))
    session.add(UserFile(user_id=owner_id, file_id=file.id, size=size))
    await record(session, UploadReceived(file_id=file.id))
    return file.id


async def finish_upload(
    session: AsyncSession, upload: WaitingUpload, image: StoredImage, claim: Claim
) -> bool:
    """Show what a worker has made of an upload; False, with nothing changed, if it was deleted meanwhile."""
    if not await _still_waits(session, upload):
        return False
    await objects.confirm(session, claim)
    await set_image(session, upload.file_id, image, remote=False)
    await session.execute(
        update(UserFile)
        .where(UserFile.file_id == upload.file_id, UserFile.user_id == upload.owner_id)
        .values(size=image.size)
    )
    return True


async def refuse_upload(session: AsyncSession, upload: WaitingUpload, problem: str) -> bool:
    """Say why nothing can be made of an upload, which then takes up nothing; False if it was deleted meanwhile."""
    if not await _still_waits(session, upload):
        return False
    await session.execute(
        update(Picture)
        .where(Picture.file_id == upload.file_id)
        .values(waiting=None, size=0, problem=problem[:PROBLEM_MAX])
    )
    await session.execute(update(UserFile).where(UserFile.file_id == upload.file_id).values(size=0))
    await release(session, [upload.path])
    return True


async def delete_upload(session: AsyncSession, viewer: Viewer, file_id: int) -> None:
    """Delete a picture of one's own, wherever it is shown.

    Raises:
        NotFound: the viewer did not upload it.
    """
    mine = select(UserFile.file_id).where(UserFile.user_id == viewer.id, UserFile.file_id == file_id)
    if await session.scalar(mine) is None:
        raise NotFound
    await lock_files(session, [file_id])
    await take_down(session, file_id)


async def take_down(session: AsyncSession, file_id: int) -> None:
    """Delete a picture, wherever it is shown: posts stay without it."""
    for post_id, instance_id in [*await _out_of_galleries(session, file_id), *await _first(session, file_id)]:
        await record(session, PostEdited(post_id=post_id), federate=instance_id == LOCAL_INSTANCE)
    for column in queries.OWN_COLUMNS:
        await session.execute(
            update(column.class_)
            .where(column == file_id)
            .values({column.key: None})
            .execution_options(synchronize_session=False)
        )
    await _delete_files(session, [file_id])


async def _out_of_galleries(session: AsyncSession, file_id: int) -> Sequence[Any]:
    """Take a picture out of those that posts show besides their first one; return the posts and their servers."""
    gone = delete(PostFile).where(PostFile.file_id == file_id).returning(PostFile.post_id)
    ids = (await session.scalars(gone.execution_options(synchronize_session=False))).all()
    return (
        (await session.execute(select(Post.id, Post.instance_id).where(Post.id.in_(ids)))).all()
        if ids
        else []
    )


async def _first(session: AsyncSession, file_id: int) -> Sequence[Any]:
    """Take it from the posts whose first picture it is: the next of a gallery takes its place."""
    following = (
        select(PostFile.file_id)
        .where(PostFile.post_id == Post.id)
        .order_by(PostFile.weight, PostFile.file_id)
        .limit(literal_limit(1))
        .scalar_subquery()
    )
    # An app's post of an upload has the upload's own address as its link.
    original = select(Picture.original).where(Picture.file_id == file_id).scalar_subquery()
    url = case((Post.url.like(func.concat("%/", original)), None), else_=Post.url)
    is_empty = and_(url.is_(None), following.is_(None))
    posts = await session.execute(
        update(Post)
        .where(Post.image_id == file_id)
        .values(image_id=following, url=url, type=case((is_empty, PostType.TEXT), else_=Post.type))
        .returning(Post.id, Post.instance_id, Post.image_id)
        .execution_options(synchronize_session=False)
    )
    rows = posts.all()
    for post_id, _, now_first in rows:
        moved = delete(PostFile).where(PostFile.post_id == post_id, PostFile.file_id == now_first)
        await session.execute(moved.execution_options(synchronize_session=False))
    return [row[:2] for row in rows]


async def discard(session: AsyncSession, file_ids: Iterable[int | None]) -> None:
    """Delete those of the pictures that nothing shows any more; called after what showed them was changed."""
    ids = sorted({file_id for file_id in file_ids if file_id is not None})
    if not ids:
        return
    await session.flush()
    await lock_files(session, ids)
    unused = await session.scalars(select(File.id).where(File.id.in_(ids), ~queries.is_shown(File.id)))
    await _delete_files(session, unused.all())


# What deleted posts leave behind


async def mark_unused(session: AsyncSession) -> None:
    """Note since when a picture is shown by deleted posts only, and forget it where one came back."""
    live = queries.is_shown(Picture.file_id, by_deleted_posts=False)
    deleted = select(Post.image_id).where(Post.deleted.is_(True), Post.image_id.is_not(None))
    in_galleries = (
        select(PostFile.file_id).join(Post, Post.id == PostFile.post_id).where(Post.deleted.is_(True))
    )
    await session.execute(
        update(Picture)
        .where(Picture.unused_since.is_(None), Picture.file_id.in_(deleted.union(in_galleries)), ~live)
        .values(unused_since=utcnow())
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Picture)
        .where(Picture.unused_since.is_not(None), live)
        .values(unused_since=None)
        .execution_options(synchronize_session=False)
    )


async def delete_unused(session: AsyncSession, days: int) -> int:
    """Delete pictures that only deleted posts have shown for so long; return how many.

    Parameters:
        days: since `mark_unused` noted them.
    """
    rows = await session.scalars(
        select(Picture.file_id)
        .where(
            Picture.unused_since < utcnow() - timedelta(days=days),
            ~queries.is_shown(Picture.file_id, by_deleted_posts=False),
        )
        .order_by(Picture.file_id)
        .limit(literal_limit(BATCH))
    )
    ids = rows.all()
    await lock_files(session, ids)
    for file_id in ids:
        await take_down(session, file_id)
    return len(ids)


async def _count_against(session: AsyncSession, owner_id: int, size: int, quota: int, field: str) -> None:
    """Hold the owner's other uploads up until this one is committed, so that two at once cannot both be the last."""
    if not quota:
        return
    await lock_name(session, f"quota:{owner_id}")
    check_quota(field, (await queries.usage(session, owner_id)).size, size, quota)


async def add_file(session: AsyncSession, image: StoredImage, *, remote: bool) -> int:
    """Make the rows of a picture; return their id.

    Parameters:
        image: it lies in the store.
        remote: whether it is a copy of another site's.
    """
    file = File(**_file_values(image))
    session.add(file)
    await session.flush()
    session.add(Picture(file_id=file.id, **_picture_values(image, remote=remote)))
    await session.flush()
    return file.id


async def set_image(session: AsyncSession, file_id: int, image: StoredImage, *, remote: bool) -> None:
    """Give a row another picture; the files of the one before are let go."""
    before = await session.get(Picture, file_id, with_for_update=True)
    released = [] if before is None else [before.original, before.medium, before.thumbnail, before.waiting]
    values = _picture_values(image, remote=remote)
    if before is None:
        session.add(Picture(file_id=file_id, **values))
    else:
        for name, value in values.items():
            setattr(before, name, value)
    await session.execute(update(File).where(File.id == file_id).values(**_file_values(image)))
    await session.flush()
    await release(session, [path for path in released if path and path not in image.paths])


async def _still_waits(session: AsyncSession, upload: WaitingUpload) -> bool:
    await lock_files(session, [upload.file_id])
    waiting = select(Picture.waiting).where(Picture.file_id == upload.file_id)
    return await session.scalar(waiting) == upload.path


async def lock_files(session: AsyncSession, file_ids: Sequence[int]) -> None:
    """Let nobody begin to show these pictures before this transaction ends: a new reference waits for its row."""
    await session.execute(select(File.id).where(File.id.in_(file_ids)).order_by(File.id).with_for_update())


async def _delete_files(session: AsyncSession, file_ids: Sequence[int]) -> None:
    if not file_ids:
        return
    pictures = await session.execute(
        delete(Picture)
        .where(Picture.file_id.in_(file_ids))
        .returning(Picture.original, Picture.medium, Picture.thumbnail, Picture.waiting)
        .execution_options(synchronize_session=False)
    )
    await release(session, [path for row in pictures for path in row if path])
    for statement in (
        delete(EmbeddedPicture).where(EmbeddedPicture.file_id.in_(file_ids)),
        delete(UserFile).where(UserFile.file_id.in_(file_ids)),
        delete(File).where(File.id.in_(file_ids)),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))


async def release(session: AsyncSession, paths: Iterable[str]) -> None:
    """Tell a worker that these files may have lost their last use."""
    if released := sorted(set(paths)):
        await record(session, ImagesUnused(paths=released))


def _file_values(image: StoredImage) -> dict[str, Any]:
    values: dict[str, Any] = {
        "file_path": image.path,
        "file_name": image.path.rpartition("/")[2][:255],
        "width": image.width,
        "height": image.height,
        "thumbnail_path": image.thumbnail_path,
        "thumbnail_width": image.thumbnail_width,
        "thumbnail_height": image.thumbnail_height,
        "hash": BitString(image.fingerprint) if image.fingerprint else None,
    }
    if image.source_url:
        values["source_url"] = image.source_url[:SOURCE_MAX]
    if image.alt_text:
        values["alt_text"] = tidy_alt_text(image.alt_text)
    return values


def _picture_values(image: StoredImage, *, remote: bool) -> dict[str, Any]:
    return {
        "original": image.original,
        "medium": image.path,
        "thumbnail": image.thumbnail_path,
        "waiting": None,
        "problem": None,
        "medium_width": image.medium_width,
        "average": image.average,
        "size": image.size,
        "remote": remote,
        "kept_at": utcnow(),
        "unused_since": None,
    }
