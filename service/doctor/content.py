"""What is on the site and is shown to nobody, so that an administrator does not take it for lost."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.doctor.findings import Finding
from service.doctor.opened import opened
from service.forum.visibility import is_fit
from service.storage.tables import Community, Post
from service.storage.transaction import StorageError

SUBJECT = "nsfw"


async def look_at_content(config: Config) -> Finding:
    """See whether there are things that the site does not take: PieFed shows them to whoever knows their address.

    Parameters:
        config: the whole configuration; PostgreSQL has answered, and its schema is current.
    """
    try:
        async with opened(config) as database, database.read() as db:
            posts, communities = await _hidden(db)
    except StorageError as error:
        return Finding(SUBJECT, False, str(error), "pieloop doctor, again")
    if not posts and not communities:
        return Finding(SUBJECT, True, "nothing is hidden from everyone")
    words = (
        f"{communities} communities and {posts} posts with NSFW or graphic content are hidden from"
        " everybody, visitors and apps included: the site does not take such things"
    )
    return Finding(SUBJECT, True, words, "to show them: /admin/site, Allow NSFW posts, Allow graphic content")


async def _hidden(db: AsyncConnection) -> tuple[int, int]:
    posts = (
        select(func.count(Post.id))
        .join(Community, Community.id == Post.community_id)
        .where(Post.deleted.is_not(True), ~is_fit(Post, Community))
    )
    communities = select(func.count(Community.id)).where(Community.banned.is_not(True), ~is_fit(Community))
    return await db.scalar(posts) or 0, await db.scalar(communities) or 0
