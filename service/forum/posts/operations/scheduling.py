"""Posts that wait for their time: published by a worker, at once if their author wishes, or put off."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_post
from service.forum.accounts.queries.authors import author_of
from service.forum.communities.standing import CommunityStanding, check_may_contribute, standing_for_post
from service.forum.errors import NotFound
from service.forum.posts import rules
from service.forum.posts.choices import PostStatus, PostType, Repeat
from service.forum.posts.operations.monthly import day_of, keep_day
from service.forum.posts.operations.pictures import Shown, files_of
from service.forum.posts.operations.publishing import NewPost, go_out, publish
from service.forum.posts.operations.ranks import set_initial_rank
from service.forum.posts.operations.rows import have_preview_made, lock_row, own_post
from service.forum.posts.schedule import Schedule, check, columns_of, dated, following, moment_of
from service.language import _
from service.storage.clock import utcnow
from service.storage.tables import Poll, Post, PostFlair, PostTag, Tag


async def reschedule(session: AsyncSession, author: Author, post_id: int, schedule: Schedule) -> None:
    """Let a post that waits be published at another time.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, somebody else's, or published already.
        Invalid: as of `schedule.check`.
    """
    post, _standing = await _own_waiting(session, author, post_id)
    check(schedule, utcnow(), kind=post.type)
    if schedule.at != post.scheduled_for or schedule.repeat is not Repeat.MONTHLY:
        await keep_day(session, post.id, schedule)
    _set(post, schedule)


async def publish_now(session: AsyncSession, author: Author, post_id: int, *, domain: str) -> int:
    """Publish a post that waits, as often as it was to be; return the id of the post that is out.

    Raises:
        NotFound, Gone, Forbidden, Banned: as `reschedule`, or the author may not post there any more.
    """
    post, standing = await _own_waiting(session, author, post_id)
    return await _publish(session, post, author, standing, utcnow(), domain=domain)


async def publish_due(session: AsyncSession, post_id: int, *, domain: str) -> None:
    """Publish a post whose time has come; nothing if it has not, or if that was done meanwhile.

    Raises:
        Forbidden, Banned, Invalid: the author may not post there any more, or the site would not take it now.
    """
    post = await lock_row(session, Post, post_id)
    now = utcnow()
    if not _waits(post) or post.scheduled_for is None or moment_of(schedule_of(post)) > now:
        return
    author = await author_of(await session.connection(), post.user_id or 0)
    if author is None:
        raise NotFound
    standing = await standing_for_post(session, author, post)
    await _publish(session, post, author, standing, now, domain=domain)


async def put_off(session: AsyncSession, post_id: int) -> None:
    """Let a post that could not be published wait for its author: it has no time any more."""
    post = await lock_row(session, Post, post_id)
    if _waits(post):
        post.scheduled_for = None


def schedule_of(post: Any) -> Schedule:
    """Return the schedule of a post, or of a row with its columns."""
    return Schedule(
        at=post.scheduled_for,
        timezone=post.timezone or "",
        repeat=Repeat.stored(post.repeat, Repeat.ONCE),
        until=post.stop_repeating,
    )


def _waits(post: Post) -> bool:
    return post.status == PostStatus.SCHEDULED and not post.deleted


def _set(post: Post, schedule: Schedule) -> None:
    for name, value in columns_of(schedule).items():
        setattr(post, name, value)


async def _own_waiting(session: AsyncSession, author: Author, post_id: int) -> tuple[Post, CommunityStanding]:
    post, standing = await own_post(session, author, post_id)
    if not _waits(post):
        raise NotFound(_("This post isn't scheduled."))
    return post, standing


async def _publish(
    session: AsyncSession,
    post: Post,
    author: Author,
    standing: CommunityStanding,
    now: datetime,
    *,
    domain: str,
) -> int:
    may_post(author)
    check_may_contribute(author, standing, starting=True)
    schedule = schedule_of(post)
    day = await day_of(session, post.id)
    later = following(schedule, now, day=day) if post.scheduled_for is not None else None
    if later is None:
        await _let_out(session, post, author, standing, now)
        return post.id
    _set(post, later)
    await session.flush()
    return await _copy(session, post, author, now, domain=domain)


async def _let_out(
    session: AsyncSession, post: Post, author: Author, standing: CommunityStanding, now: datetime
) -> None:
    """Make the post that waited one of the others."""
    poll = await session.get(Poll, post.id) if post.type == PostType.POLL else None
    if poll is not None and poll.end_poll is not None and post.created_at is not None:
        poll.end_poll += now - post.created_at  # it is open for as long as it was to be
    post.status, post.scheduled_for = PostStatus.PUBLISHED.value, None
    post.title = rules.checked_title(dated(post.title or "", now))
    post.created_at = post.posted_at = post.last_active = now
    post.edited_at = None
    await set_initial_rank(session, post, standing)
    await session.flush()
    await go_out(session, post, author, waited=True)
    await have_preview_made(session, post)


async def _copy(session: AsyncSession, post: Post, author: Author, now: datetime, *, domain: str) -> int:
    """Publish what a repeated post says as a post of its own, with the same labels."""
    carried = select(Tag.name).join(PostTag, PostTag.tag_id == Tag.id).where(PostTag.post_id == post.id)
    shown = await files_of(session, post) if post.type == PostType.IMAGE and not post.url else []
    new = NewPost(
        hashtags=tuple(name for name in await session.scalars(carried) if name),
        community_id=post.community_id or 0,
        title=dated(post.title or "", now),
        body=post.body,
        url=post.url,
        image_id=shown[0] if shown else None,
        gallery=tuple(Shown(file_id) for file_id in shown[1:]),
        nsfw=bool(post.nsfw),
        nsfl=bool(post.nsfl),
        ai_generated=bool(post.ai_generated),
        language_id=post.language_id,
        notify_replies=bool(post.notify_author),
    )
    made = await publish(session, author, new, domain=domain)
    if made.fresh:
        labels = select(literal(made.post_id), PostFlair.flair_id).where(PostFlair.post_id == post.id)
        await session.execute(insert(PostFlair).from_select(["post_id", "flair_id"], labels))
    return made.post_id
