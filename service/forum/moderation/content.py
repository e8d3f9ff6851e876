"""Taking down all that somebody wrote: wanted in one transaction, done in many by the worker."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.queries import viewer_of_account
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.errors import Forbidden
from service.forum.events import ContentPurgeRequested
from service.forum.moderation.rank import check_outranks
from service.forum.posts import operations as posts
from service.storage.outbox import record
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Post

Ban = Callable[[AsyncSession], Awaitable[None]]

BATCH = 50  # posts or comments a transaction


async def want_content_removed(
    session: AsyncSession, viewer: Viewer, account_id: int, *, reason: str = ""
) -> None:
    """Let all that an account wrote be taken down; each piece can be put up again.

    Raises:
        Forbidden: the viewer does not run the site, or may not do that to this account.
    """
    if not viewer.runs_the_site:
        raise Forbidden("Only the site's staff may do that.")
    await check_outranks(session, viewer, account_id)
    await record(session, ContentPurgeRequested(account_id=account_id, by_id=viewer.id, reason=reason))


async def ban_and_remove_content(
    session: AsyncSession, viewer: Viewer, account_id: int, ban: Ban, *, reason: str = ""
) -> None:
    """Ban an account from the site and let all that it wrote be taken down, both or neither.

    Parameters:
        ban: bans in the session that it is given: the account alone, or its address as well.

    Raises:
        Forbidden: see want_content_removed and the ban.
    """
    await ban(session)
    await want_content_removed(session, viewer, account_id, reason=reason)


async def remove_some_content(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Take down some of it, and want the rest removed; nothing happens if who wanted it may no longer.

    Parameters:
        payload: of a ContentPurgeRequested.
    """
    event = ContentPurgeRequested(**payload)
    viewer = await viewer_of_account(await session.connection(), event.by_id)
    if viewer is None or not viewer.runs_the_site:
        return
    post_ids = list(await session.scalars(_shown(Post, event.account_id)))
    for post_id in post_ids:
        await posts.set_removed(session, viewer, post_id, removed=True, reason=event.reason)
    comment_ids = list(await session.scalars(_shown(Comment, event.account_id)))
    for comment_id in comment_ids:
        await comments.set_removed(session, viewer, comment_id, removed=True, reason=event.reason)
    if post_ids or comment_ids:
        await record(session, event)


def _shown(kind: type[Post] | type[Comment], account_id: int) -> Select[int]:
    mine = select(kind.id).where(kind.user_id == account_id, kind.deleted.is_not(True))
    return mine.order_by(kind.id).limit(literal_limit(BATCH))
