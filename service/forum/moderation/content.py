"""Taking down all that somebody wrote: wanted in one transaction, done in many by the worker."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.accounts.queries import author_of, viewer_of_account
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.communities.standing import load_standing
from service.forum.errors import Forbidden
from service.forum.events import ContentPurgeRequested
from service.forum.moderation.rank import check_outranks
from service.forum.posts import operations as posts
from service.language import _
from service.storage.outbox import record
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Community, Post, User

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
        raise Forbidden(_("Only site staff can do that."))
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
    """Take down some of it, or bring some back, and want the rest; nothing happens if who wanted it may no longer.

    Other servers are not told of each piece: the ban or deletion says it all.

    Parameters:
        payload: of a ContentPurgeRequested.
    """
    event = ContentPurgeRequested(**payload)
    by = await _who_wants(session, event)
    if by is None:
        return
    post_ids = list(await session.scalars(_concerned(Post, event)))
    comment_ids = list(await session.scalars(_concerned(Comment, event)))
    if event.by_id == event.account_id:
        for post_id in post_ids:
            await posts.set_deleted(session, by, post_id, deleted=True, is_part=True)
        for comment_id in comment_ids:
            await comments.set_deleted(session, by, comment_id, deleted=True, is_part=True)
    else:
        how: dict[str, Any] = {"removed": event.undoes is None, "reason": event.reason, "is_part": True}
        for post_id in post_ids:
            await posts.set_removed(session, by, post_id, **how)
        for comment_id in comment_ids:
            await comments.set_removed(session, by, comment_id, **how)
    if post_ids or comment_ids:
        await record(session, event)


async def _who_wants(session: AsyncSession, event: ContentPurgeRequested) -> Author | None:
    """Who wanted it; None if they have no say any more in all that it concerns."""
    db = await session.connection()
    if event.by_id == event.account_id:
        # Whose account is deleted acts no more, but takes along what they wrote.
        home = await session.scalar(select(User.instance_id).where(User.id == event.account_id))
        return Author(id=event.by_id, name="", instance_id=home or LOCAL_INSTANCE)
    by = await viewer_of_account(db, event.by_id) or await author_of(db, event.by_id)
    if by is None or by.runs_the_site:
        return by
    if event.community_id is not None:
        standing = await load_standing(session, by, event.community_id)
        return by if standing.moderates else None
    home = event.instance_id or await session.scalar(
        select(User.instance_id).where(User.id == event.account_id)
    )
    return by if by.runs_site_of(home) else None


def _concerned(kind: type[Post] | type[Comment], event: ContentPurgeRequested) -> Select[int]:
    gone: ColumnElement[bool] = kind.deleted.is_not(True)
    if event.undoes is not None:
        gone = kind.deleted.is_(True) & (kind.deleted_by == event.undoes) & (kind.user_id != event.undoes)
    mine = select(kind.id).where(kind.user_id == event.account_id, gone)
    if event.community_id is not None:
        mine = mine.where(kind.community_id == event.community_id)
    if event.instance_id is not None:
        there = select(Community.id).where(Community.instance_id == event.instance_id)
        mine = mine.where(kind.community_id.in_(there))
    return mine.order_by(kind.id).limit(literal_limit(BATCH))
