"""Changing a post, taking it back, bringing it back."""

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import calendar, polls
from service.forum.accounts.author import may_post
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.embedding import note_embedded_anew
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import uploaded_as
from service.forum.calendar import EventDetails
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    refuse_unfit,
    standing_for_post,
)
from service.forum.errors import Forbidden
from service.forum.events import PostEdited, PreviewRequested
from service.forum.phrases import refuse_phrases
from service.forum.polls import NewPoll
from service.forum.posts import rules
from service.forum.posts.operations.links import find_cross_posts, forget_cross_posts, link_to_website
from service.forum.posts.operations.publishing import known_language, refuse_pictures
from service.forum.posts.operations.rows import describe, lock_row, mark_deleted, own_post
from service.forum.posts.shapes import TYPE_EVENT, TYPE_IMAGE, TYPE_POLL
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Domain,
    Post,
)
from service.text.markdown import render_markdown


class PostChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What an author changes; what is UNSET stays."""

    title: str | UnsetType = UNSET
    body: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    alt_text: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    nsfl: bool | UnsetType = UNSET
    ai_generated: bool | UnsetType = UNSET
    language_id: int | UnsetType | None = UNSET
    poll: NewPoll | UnsetType | None = UNSET
    event: EventDetails | UnsetType | None = UNSET


async def edit(
    session: AsyncSession, viewer: Viewer, post_id: int, changes: PostChanges, *, domain: str
) -> None:
    """Change one's own post. A new address makes it a post of another kind and gets a new preview.

    Raises:
        Invalid: as in `publish`.
        NotFound, Gone: there is no such post, or it was deleted.
        Forbidden, Banned: it is somebody else's, or the author may not write there any more.
    """
    may_post(viewer)
    post, standing = await own_post(session, viewer, post_id)
    check_may_contribute(viewer, standing, starting=False)
    choices = "\n".join(changes.poll.choices) if changes.poll else None
    await refuse_phrases(session, msgspec.structs.asdict(changes) | {"poll": choices})
    if changes.title is not UNSET:
        post.title = rules.tidy_title(changes.title)
    if changes.body is not UNSET:
        post.body = rules.tidy_body(changes.body)
        post.body_html = render_markdown(post.body, domain=domain) if post.body else ""
        await note_embedded_anew(session, post.body, post_id=post.id)
    _set_flags(post, standing, changes)
    if changes.language_id is not UNSET:
        post.language_id = await known_language(session, changes.language_id)
    url = post.url if changes.url is UNSET else rules.tidy_url(changes.url)
    moved = url != post.url
    if moved:
        await _move_link(session, post, url, domain=domain)
        if standing.local and post.image_id is not None:
            await refuse_pictures(session)
    if changes.alt_text is not UNSET:
        await describe(session, post.image_id, changes.alt_text)
    if changes.poll:
        await polls.change(session, post, changes.poll)
    if changes.event:
        await calendar.change(session, post, changes.event)
    await refuse_unfit(session, nsfw=post.nsfw, nsfl=post.nsfl)
    post.edited_at = utcnow()
    await session.flush()
    await record(session, PostEdited(post_id=post_id), federate=viewer.local)
    if moved and url is not None and post.image_id is None:
        await record(session, PreviewRequested(post_id=post_id))


async def set_deleted(session: AsyncSession, viewer: Viewer, post_id: int, *, deleted: bool) -> None:
    """Take one's own post back, or bring it back. Idempotent.

    Raises:
        NotFound: there is no such post.
        Forbidden: it is somebody else's, or a moderator removed it.
        Banned: it is to come back where its author may not post any more.
    """
    post = await lock_row(session, Post, post_id)
    if post.user_id != viewer.id:
        raise Forbidden("This is somebody else's post.")
    if post.deleted and post.deleted_by not in {None, viewer.id}:
        raise Forbidden("A moderator removed this post.", code="removed_by_moderator")
    if not deleted:
        may_post(viewer)
        check_may_contribute(viewer, await standing_for_post(session, viewer, post), starting=True)
    await mark_deleted(session, post, viewer, deleted=deleted)


async def _move_link(session: AsyncSession, post: Post, url: str | None, *, domain: str) -> None:
    await forget_cross_posts(session, post)
    if post.domain_id is not None:
        fewer = func.greatest(func.coalesce(Domain.post_count, 0) - 1, 0)
        await session.execute(update(Domain).where(Domain.id == post.domain_id).values(post_count=fewer))
    before = post.image_id
    upload = None if url is None else await uploaded_as(session, post.user_id or 0, url, domain=domain)
    post.url, post.domain_id, post.image_id = url, None, upload
    if post.type not in {TYPE_POLL, TYPE_EVENT}:
        post.type = rules.type_of(url) if upload is None else TYPE_IMAGE
    await discard(session, [before])
    if url is not None:
        await link_to_website(session, post, url)
        await find_cross_posts(session, post)


def _set_flags(post: Post, standing: CommunityStanding, changes: PostChanges) -> None:
    said = rules.Flags(
        bool(post.nsfw) if changes.nsfw is UNSET else changes.nsfw,
        bool(post.nsfl) if changes.nsfl is UNSET else changes.nsfl,
        bool(post.ai_generated) if changes.ai_generated is UNSET else changes.ai_generated,
    )
    flags = rules.flags_of(post.title or "", said, standing.flags)
    post.nsfw, post.nsfl, post.ai_generated = flags.nsfw, flags.nsfl, flags.ai_generated
