"""Pictures of other sites: previews of links, the copies kept of them, and how copies are forgotten again.

Under the policy `proxy` a picture without a copy has an address of this site in the columns of its paths
(`http/pictures/remote_images` answers there); under the others those columns are empty, and browsers go to where it is.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.attachments import objects, operations
from service.forum.attachments.shapes import Claim, PreviewTarget, StoredImage
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import File, LinkCard, Picture, Post, UserFile

BATCH = 200
PROBLEM_MAX = 255

_ADDRESS = func.concat("media/remote/", File.id)
_SMALL = func.concat(_ADDRESS, "/small")


async def save_preview(
    session: AsyncSession, target: PreviewTarget, image: StoredImage, claim: Claim
) -> bool:
    """Give a post the picture that was fetched for it.

    Returns:
        False, with nothing changed, if the post was deleted or links elsewhere by now.
    """
    post = await _still_wanted(session, target)
    if post is None:
        return False
    await objects.confirm(session, claim)
    if post.image_id is None:
        file_id = await operations.add_file(session, image, remote=True)
        await session.execute(update(Post).where(Post.id == target.post_id).values(image_id=file_id))
    else:
        await operations.set_image(session, post.image_id, image, remote=True)
    return True


async def save_words(session: AsyncSession, target: PreviewTarget, title: str, description: str) -> bool:
    """Keep what a page says of itself; otherwise as `save_preview`."""
    if await _still_wanted(session, target) is None:
        return False
    words = {"url": target.url, "title": title, "description": description}
    card = insert(LinkCard).values(post_id=target.post_id, **words)
    await session.execute(card.on_conflict_do_update(index_elements=[LinkCard.post_id], set_=words))
    return True


async def save_preview_address(session: AsyncSession, target: PreviewTarget, source_url: str) -> bool:
    """Give a post the address of a picture elsewhere, without a copy; otherwise as `save_preview`."""
    post = await _still_wanted(session, target)
    if post is None or post.image_id is not None:
        return False
    file_id = await refer_to(session, source_url[: operations.SOURCE_MAX])
    await session.execute(update(Post).where(Post.id == target.post_id).values(image_id=file_id))
    return True


async def refer_to(session: AsyncSession, source_url: str | None, alt_text: str | None = None) -> int | None:
    """Write down a picture elsewhere, of which there is no copy yet; return its row, None for none that can be kept."""
    if not source_url or len(source_url) > operations.SOURCE_MAX:
        return None
    file = File(source_url=source_url, alt_text=alt_text)
    session.add(file)
    await session.flush()
    return file.id


async def is_elsewhere(session: AsyncSession, file_id: int, source_url: str) -> bool:
    """Whether a picture is the one at this address of another site, and there is no copy of it yet."""
    named = select(File.id).where(File.id == file_id, File.source_url == source_url, File.file_path.is_(None))
    return await session.scalar(named) is not None


async def save_copy(session: AsyncSession, file_id: int, image: StoredImage, claim: Claim) -> bool:
    """Keep a copy of a picture from elsewhere anew; False if its row is gone."""
    await operations.lock_files(session, [file_id])
    if await session.scalar(select(File.id).where(File.id == file_id)) is None:
        return False
    await objects.confirm(session, claim)
    await operations.set_image(session, file_id, image, remote=True)
    return True


async def note_failed_copy(session: AsyncSession, file_id: int, problem: str) -> None:
    """Note that another site did not give a picture, so that it is not asked again at once."""
    await session.execute(
        update(Picture)
        .where(Picture.file_id == file_id, Picture.remote)
        .values(problem=problem[:PROBLEM_MAX], kept_at=utcnow())
    )


async def expire_copies(session: AsyncSession, days: int) -> int:
    """Forget copies that are older; the pictures stay with their address. Return how many.

    Parameters:
        days: how long copies are kept.
    """
    old = await session.execute(
        select(Picture.file_id, Picture.original, Picture.medium, Picture.thumbnail)
        .where(
            Picture.remote,
            Picture.kept_at < utcnow() - timedelta(days=days),
            Picture.medium.is_not(None),
        )
        .order_by(Picture.kept_at)
        .limit(literal_limit(BATCH))
        .with_for_update(skip_locked=True)
    )
    rows = old.all()
    ids = [row.file_id for row in rows]
    if ids:
        await session.execute(
            update(File).where(File.id.in_(ids)).values(file_path=None, thumbnail_path=None)
        )
        await session.execute(
            update(Picture)
            .where(Picture.file_id.in_(ids))
            .values(original=None, medium=None, thumbnail=None, medium_width=None, size=0)
        )
        await operations.release(session, [path for row in rows for path in row[1:] if path])
    return len(ids)


async def lead_through_us(session: AsyncSession, domain: str) -> int:
    """Give pictures of other sites without a copy an address of this site; return how many.

    Parameters:
        domain: this site's host, whose own pictures are left alone.
    """
    own = exists().where(UserFile.file_id == File.id)
    ids = (
        await session.scalars(
            select(File.id)
            .where(
                File.file_path.is_(None),
                File.thumbnail_path.is_(None),
                File.source_url.regexp_match("^https?://"),
                ~File.source_url.like(f"%://{domain}/%"),
                ~own,
            )
            .order_by(File.id)
            .limit(literal_limit(BATCH))
            .with_for_update(skip_locked=True)
        )
    ).all()
    if ids:
        await session.execute(
            insert(Picture)
            .values([{"file_id": file_id, "remote": True} for file_id in ids])
            .on_conflict_do_update(index_elements=[Picture.file_id], set_={"remote": literal_column("true")})
        )
        await session.execute(
            update(File).where(File.id.in_(ids)).values(file_path=_ADDRESS, thumbnail_path=_SMALL)
        )
    return len(ids)


async def lead_past_us(session: AsyncSession) -> int:
    """Take those addresses back, where pictures are no longer led through this site; return how many."""
    led = select(File.id).where(File.file_path.like("media/remote/%")).limit(literal_limit(BATCH))
    rows = await session.scalars(
        update(File)
        .where(File.id.in_(led))
        .values(file_path=None, thumbnail_path=None)
        .returning(File.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


async def _still_wanted(session: AsyncSession, target: PreviewTarget) -> Any:
    post = (
        await session.execute(
            select(Post.url, Post.image_id)
            .where(Post.id == target.post_id, Post.deleted.is_not(True))
            .with_for_update()
        )
    ).one_or_none()
    return None if post is None or post.url != target.url else post
