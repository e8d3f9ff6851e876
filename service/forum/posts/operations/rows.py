"""The rows that changes begin with, and the counters that follow them."""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.attachments.copies import is_elsewhere, refer_to
from service.forum.checks import is_id
from service.forum.communities.standing import (
    CommunityStanding,
    standing_for_post,
)
from service.forum.errors import Forbidden, Gone, NotFound
from service.forum.events import PostDeleted, PreviewRequested
from service.forum.posts import rules
from service.forum.posts.operations.links import find_cross_posts, forget_cross_posts
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Comment,
    Community,
    File,
    Post,
    User,
)
from service.text.slug import slug

Kind = TypeVar("Kind", Post, Comment)


async def lock_row(session: AsyncSession, kind: type[Kind], row_id: int) -> Kind:
    """The row of a post or comment, held until the transaction ends; NotFound if there is none."""
    row: Kind | None = None
    if is_id(row_id):
        row = await session.scalar(_locking(kind), {"row_id": row_id})
    if row is None:
        raise NotFound
    return row


@cache
def _locking(kind: type[Kind]) -> Any:
    return (
        select(kind)
        .where(kind.id == bindparam("row_id", type_=Integer))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def own_post(session: AsyncSession, author: Author, post_id: int) -> tuple[Post, CommunityStanding]:
    """The author's own post and where it stands; NotFound, or Forbidden."""
    post = await lock_row(session, Post, post_id)
    standing = await standing_for_post(session, author, post)
    if post.user_id != author.id:
        raise Forbidden(_("You can only do that with your own posts."))
    refuse_deleted(post)
    return post, standing


def refuse_deleted(post: Any) -> None:
    """Gone, if a post was deleted.

    Parameters:
        post: a Post, or a row of it.
    """
    if post.deleted:
        raise Gone(_("This post has been deleted."))


def changes_removal(row: Post | Comment, by: Author, *, removed: bool) -> bool:
    """Whether a moderator's removal, or its end, is anything new; Forbidden for what another, its author, deleted."""
    if row.deleted and row.deleted_by in {None, row.user_id} and by.id != row.user_id:
        raise Forbidden(_("The author has deleted this."), code="deleted_by_author")
    return bool(row.deleted) != removed


async def mark_deleted(
    session: AsyncSession,
    post: Post,
    by: Author,
    *,
    deleted: bool,
    removed: bool = False,
    reason: str = "",
    is_part: bool = False,
) -> None:
    """Delete a post or bring it back, and let the counters follow.

    Parameters:
        removed: by a moderator, for this reason.
        is_part: of something that other servers hear of; some hear of what is ours and removed nevertheless.
    """
    if bool(post.deleted) == deleted:
        return
    post.deleted, post.deleted_by = deleted, by.id if deleted else None
    if rules.is_waiting(post.status):
        return
    if deleted:
        await forget_cross_posts(session, post)
    elif post.url:
        await find_cross_posts(session, post)
    await session.flush()
    await count(session, post.community_id or 0, post.user_id or 0, -1 if deleted else 1)
    event = PostDeleted(
        post_id=post.id, by_id=by.id, deleted=deleted, removed=removed, reason=reason, is_part=is_part
    )
    await record(session, event, federate=is_told(by, post, removed=removed, is_part=is_part))


def is_told(by: Author, thing: Post | Comment, *, removed: bool, is_part: bool) -> bool:
    """Whether other servers hear that a post or comment is deleted, or there again: as in `mark_deleted`."""
    return by.local and (not is_part or (removed and thing.instance_id == LOCAL_INSTANCE))


async def count(
    session: AsyncSession, community_id: int, author_id: int, posts: int, *, active: bool = False
) -> None:
    """Count posts in or out of the community and the author's profile."""
    counted: dict[Any, Any] = {
        Community.post_count: func.greatest(func.coalesce(Community.post_count, 0) + posts, 0)
    }
    written: dict[Any, Any] = {User.post_count: func.greatest(func.coalesce(User.post_count, 0) + posts, 0)}
    if active:
        counted[Community.last_active] = utcnow()
        written[User.last_seen] = utcnow()
    here = update(Community).where(Community.id == community_id).values(counted)
    await session.execute(here.execution_options(synchronize_session=False))
    profile = update(User).where(User.id == author_id).values(written)
    await session.execute(profile.execution_options(synchronize_session=False))


async def describe(session: AsyncSession, image_id: int | None, alt_text: str | None) -> None:
    """Set the description of a picture, if there is one."""
    if image_id is not None:
        tidy = rules.tidy_alt_text(alt_text)
        await session.execute(update(File).where(File.id == image_id).values(alt_text=tidy))


async def describe_linked(session: AsyncSession, url: str | None, alt_text: str | None) -> int | None:
    """Write down the description of a picture elsewhere before it was fetched; return its row, None for no picture."""
    tidy = rules.tidy_alt_text(alt_text)
    if url is None or tidy is None or not rules.shows_image(url):
        return None
    return await refer_to(session, url, tidy)


async def have_preview_made(session: AsyncSession, post: Post) -> None:
    """Let what a post leads to be fetched, if there is no picture of it here yet."""
    if post.url is None:
        return
    if post.image_id is None or await is_elsewhere(session, post.image_id, post.url):
        await record(session, PreviewRequested(post_id=post.id))


def path_of(post_id: int, title: str, standing: CommunityStanding) -> str:
    """Return the path of a post's page, with its community and words of its title."""
    words = slug(title)
    return f"/c/{standing.link}/p/{post_id}/{words}"[:255] if words else f"/post/{post_id}"
