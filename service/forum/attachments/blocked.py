"""Pictures that may not be posted here, known by their perceptual hash: `blocked_image`, shared with PieFed.

PDQ's hashes of 256 bits are compared by the number of bits that differ; its authors take up to 31 for the same picture
("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, cast, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import BIT, BitString
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.viewer import Viewer, administrator
from service.forum.attachments import operations
from service.forum.attachments.shapes import BlockedRow, PostPicture
from service.forum.checks import refuse
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.forum.posts.operations import set_removed
from service.language import _
from service.storage.statements import literal_limit
from service.storage.tables import BlockedImage, File, Post, PostFile

NOTE_MAX = 255
_HASH = BIT(256)


async def is_blocked(db: AsyncConnection, fingerprint: str | None, distance: int) -> bool:
    """Whether a picture is one of the blocked ones.

    Parameters:
        fingerprint: its perceptual hash; None is never blocked.
        distance: how many bits may differ.
    """
    if fingerprint is None:
        return False
    near = exists().where(_bits_apart(BlockedImage.hash, fingerprint) <= distance)
    return bool(await db.scalar(select(near)))


async def blocked_images(db: AsyncConnection, *, page: int = 1, size: int = 50) -> Page[BlockedRow]:
    """Return a page of the blocked pictures, newest first.

    Parameters:
        page: from 1.
        size: pictures a page.
    """
    statement = select(
        BlockedImage.id, BlockedImage.file_name, BlockedImage.note, BlockedImage.hash
    ).order_by(BlockedImage.id.desc())
    rows = await db.execute(window(statement, page, size))
    return page_of(
        [BlockedRow(id_, name or "", note or "", _digits(bits)) for id_, name, note, bits in rows], size
    )


async def pictures_of_post(db: AsyncConnection, post_id: int) -> list[PostPicture]:
    """Return what is known of a post's pictures, the first of them and those of its gallery.

    Raises:
        NotFound: the post has none.
    """
    wanted = select(File.file_path, File.hash).where(File.id.in_(_shown_by(post_id))).order_by(File.id)
    pictures = [
        PostPicture(path or "", None if bits is None else str(bits))
        for path, bits in await db.execute(wanted)
    ]
    if not pictures:
        raise NotFound(_("This post has no image."))
    return pictures


def _shown_by(post_id: int) -> Any:
    first = select(Post.image_id).where(Post.id == post_id)
    return first.union_all(select(PostFile.file_id).where(PostFile.post_id == post_id))


async def block(session: AsyncSession, viewer: Viewer, fingerprint: str, name: str, note: str) -> int:
    """Refuse a picture from now on; return the row's id. What is shown already stays.

    Parameters:
        fingerprint: its perceptual hash.
        name: of its file, for whoever reads the list.
        note: why, for the administrators.

    Raises:
        Forbidden: the viewer is no administrator.
        Invalid: the note is too long.
    """
    administrator(viewer)
    refuse(
        {
            "note": _("Use at most %(note_max)s characters.", note_max=NOTE_MAX)
            if len(note) > NOTE_MAX
            else None
        }
    )
    same = select(BlockedImage.id).where(BlockedImage.hash == BitString(fingerprint)).limit(literal_limit(1))
    known: int | None = await session.scalar(same)
    if known is not None:
        return known
    row = BlockedImage(file_name=name[:255], note=note, hash=BitString(fingerprint))
    session.add(row)
    await session.flush()
    return row.id


async def unblock(session: AsyncSession, viewer: Viewer, blocked_id: int) -> None:
    """Take a picture again.

    Raises:
        NotFound: there is no such row.
        Forbidden: the viewer is no administrator.
    """
    administrator(viewer)
    gone = await session.execute(
        delete(BlockedImage).where(BlockedImage.id == blocked_id).returning(BlockedImage.id)
    )
    if gone.one_or_none() is None:
        raise NotFound


async def remove_and_block(
    session: AsyncSession,
    viewer: Viewer,
    post_id: int,
    fingerprints: Sequence[str],
    *,
    reason: str,
    distance: int,
) -> None:
    """Remove a post, delete every picture here that looks like one of its own, and take none of them any more.

    Parameters:
        fingerprints: of the post's pictures.
        reason: for the moderation log, and the blocked picture's note.
        distance: how many bits of the hash may differ.

    Raises:
        NotFound: there is no such post.
        Forbidden: the viewer is no administrator.
        Invalid: there is no reason, or too much of it.
    """
    administrator(viewer)
    refuse({"reason": _problem_with_reason(reason)})
    for fingerprint in fingerprints:
        await block(session, viewer, fingerprint, f"post {post_id}", reason)
    if not await session.scalar(select(Post.deleted).where(Post.id == post_id)):
        await set_removed(session, viewer, post_id, removed=True, reason=reason)
    alike = await session.scalars(
        select(File.id)
        .where(
            or_(
                *(_bits_apart(File.hash, fingerprint) <= distance for fingerprint in fingerprints),
                File.id.in_(_shown_by(post_id)),
            )
        )
        .order_by(File.id)
    )
    for file_id in alike.all():
        await operations.take_down(session, file_id)


def _problem_with_reason(reason: str) -> str | None:
    if not reason:
        return _("Give a reason. It helps the author and the other administrators.")
    return _("Use at most %(note_max)s characters.", note_max=NOTE_MAX) if len(reason) > NOTE_MAX else None


def _bits_apart(column: Any, fingerprint: str) -> ColumnElement[int]:
    return func.bit_count(column.op("#")(cast(BitString(fingerprint), _HASH)))


def _digits(bits: Any) -> str:
    return "" if bits is None else f"{int(str(bits), 2):064x}"
