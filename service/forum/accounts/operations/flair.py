"""The words that a person shows beside their name in one community."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.accounts.viewer import Viewer
from service.forum.checks import refuse, too_long
from service.forum.communities.standing import banned_from, load_standing
from service.forum.phrases import refuse_phrases
from service.storage.locking import lock_name
from service.storage.tables import UserFlair


async def set_flair(session: AsyncSession, viewer: Viewer, community_id: int, text: str | None) -> str:
    """Show some words beside the viewer's name in a community; an empty text or None shows none.

    Returns:
        The words as they are stored.

    Raises:
        Invalid: they are too many.
        NotFound: there is no such community for the viewer.
        Banned: the viewer is banned from it.
    """
    flair = (text or "").strip()
    refuse({"flair_text": too_long(flair, rules.FLAIR_LENGTH)})
    await refuse_phrases(session, {"flair_text": flair})
    standing = await load_standing(session, viewer, community_id)
    if standing.banned:
        raise banned_from(standing)
    await lock_name(session, f"flair:{viewer.id}:{community_id}")
    await session.execute(
        delete(UserFlair).where(UserFlair.user_id == viewer.id, UserFlair.community_id == community_id)
    )
    if flair:
        session.add(UserFlair(user_id=viewer.id, community_id=community_id, flair=flair))
    return flair
