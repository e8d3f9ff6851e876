"""Pictures of ours that stand in the texts of posts and comments: so those of what is gone can be withheld."""

from sqlalchemy import delete, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.media.store import paths_in
from service.storage.tables import EmbeddedPicture, Picture

MOST = 100  # pictures of one text


async def note_embedded(
    session: AsyncSession, body: str | None, *, post_id: int, comment_id: int = 0
) -> None:
    """Remember what a new text shows.

    Parameters:
        comment_id: 0 for the text of the post itself.
    """
    paths = sorted(paths_in(body or ""))[:MOST]
    if not paths:
        return
    columns = (Picture.original, Picture.medium, Picture.thumbnail)
    shown = select(Picture.file_id, literal(post_id), literal(comment_id)).where(
        or_(*(column.in_(paths) for column in columns))
    )
    await session.execute(
        insert(EmbeddedPicture).from_select(["file_id", "post_id", "comment_id"], shown.distinct())
    )


async def note_embedded_anew(
    session: AsyncSession, body: str | None, *, post_id: int, comment_id: int = 0
) -> None:
    """Remember what a text shows that was changed; parameters as for `note_embedded`."""
    former = (EmbeddedPicture.post_id == post_id, EmbeddedPicture.comment_id == comment_id)
    await session.execute(delete(EmbeddedPicture).where(*former))
    await note_embedded(session, body, post_id=post_id, comment_id=comment_id)
