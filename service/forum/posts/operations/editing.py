"""Changing a post, taking it back, bringing it back."""

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import calendar, polls
from service.forum.accounts.author import Author, may_post
from service.forum.attachments.embedding import note_embedded_anew
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import uploaded_as
from service.forum.calendar import EventDetails
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    check_may_moderate,
    refuse_unfit,
    standing_for_post,
)
from service.forum.errors import Forbidden
from service.forum.events import PostEdited
from service.forum.phrases import refuse_phrases
from service.forum.polls import NewPoll
from service.forum.posts import rules
from service.forum.posts.choices import PostType
from service.forum.posts.operations.languages import language_or_default
from service.forum.posts.operations.links import find_cross_posts, forget_cross_posts, link_to_website
from service.forum.posts.operations.pictures import Shown, refuse_pictures, replace, replace_sent, take_off
from service.forum.posts.operations.rows import (
    describe,
    describe_linked,
    have_preview_made,
    lock_row,
    mark_deleted,
    own_post,
    refuse_deleted,
)
from service.forum.posts.operations.sent import (
    SentPost,
    carry_flairs,
    carry_hashtags,
    carry_named_flairs,
)
from service.forum.provenance import TEXT_LENGTH, Provenance, storable_text, text_of
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Domain,
    Post,
)


class PostChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is UNSET stays.

    Attributes:
        pictures: All that a post that is a picture is to show, in order: the author's uploads.
        hashtags: All that it is to carry, with or without their sign.
        flairs: The names of all that it is to carry; what its community does not offer is left out.
        sent: What only another server says of a post.
    """

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
    pictures: tuple[Shown, ...] | UnsetType = UNSET
    hashtags: tuple[str, ...] | UnsetType = UNSET
    flairs: tuple[str, ...] | UnsetType = UNSET
    sent: SentPost | UnsetType = UNSET


async def edit(
    session: AsyncSession,
    author: Author,
    post_id: int,
    changes: PostChanges,
    *,
    domain: str,
    provenance: Provenance | None = None,
) -> bool:
    """Change one's own post. A new address makes it a post of another kind and gets a new preview.

    Parameters:
        provenance: of a change that was made on another server, by the author or by somebody who moderates there.

    Returns:
        Whether it was changed; False for what another server said before, and we know better by now.

    Raises:
        Invalid: as in `publish`.
        NotFound, Gone: there is no such post, or it was deleted.
        Forbidden, Banned: it is somebody else's, or the author may not write there any more.
    """
    may_post(author)
    post, standing = await _post_to_change(session, author, post_id, provenance)
    check_may_contribute(author, standing, starting=False)
    if provenance is not None and provenance.is_older_than(post.ap_updated):
        return False
    choices = "\n".join(changes.poll.choices) if changes.poll else None
    hashtags = "\n".join(changes.hashtags) if changes.hashtags is not UNSET else None
    said = {"poll": choices, "hashtags": hashtags, "alt_text": _descriptions(changes)}
    await refuse_phrases(session, msgspec.structs.asdict(changes) | said)
    _set_words(post, changes, provenance, domain=domain)
    _set_flags(post, standing, changes)
    if changes.sent is not UNSET:
        _set_openness(post, changes.sent)
    if changes.language_id is not UNSET:
        post.language_id = await language_or_default(session, changes.language_id)
    moved = await _set_link(session, post, standing, changes, provenance, domain=domain)
    await refuse_unfit(session, nsfw=post.nsfw, nsfl=post.nsfl)
    post.edited_at = utcnow()
    if provenance is not None:
        post.ap_updated = provenance.updated or post.edited_at
    await _set_attached(session, post, standing, changes, provenance)
    await session.flush()
    if rules.is_waiting(post.status):
        return True
    by_id = None if post.user_id == author.id else author.id
    await record(session, PostEdited(post_id=post_id, by_id=by_id), federate=author.local)
    if moved:
        await have_preview_made(session, post)
    return True


async def set_deleted(
    session: AsyncSession, author: Author, post_id: int, *, deleted: bool, is_part: bool = False
) -> None:
    """Take one's own post back, or bring it back. Idempotent.

    Parameters:
        is_part: of a deletion of which other servers hear, so that they hear nothing of this.

    Raises:
        NotFound: there is no such post.
        Forbidden: it is somebody else's, or a moderator removed it.
        Banned: it is to come back where its author may not post any more.
    """
    post = await lock_row(session, Post, post_id)
    if post.user_id != author.id:
        raise Forbidden(_("You can only do that with your own posts."))
    if post.deleted and post.deleted_by not in {None, author.id}:
        raise Forbidden(_("A moderator has removed this post."), code="removed_by_moderator")
    if not deleted:
        may_post(author)
        check_may_contribute(author, await standing_for_post(session, author, post), starting=True)
    await mark_deleted(session, post, author, deleted=deleted, is_part=is_part)


async def _post_to_change(
    session: AsyncSession, author: Author, post_id: int, provenance: Provenance | None
) -> tuple[Post, CommunityStanding]:
    if provenance is None:
        return await own_post(session, author, post_id)
    post = await lock_row(session, Post, post_id)
    standing = await standing_for_post(session, author, post)
    if post.user_id != author.id:
        check_may_moderate(author, standing, home=post.instance_id)
    refuse_deleted(post)
    return post, standing


def _set_words(post: Post, changes: PostChanges, provenance: Provenance | None, *, domain: str) -> None:
    if changes.body is not UNSET:
        body = (
            rules.checked_body(changes.body)
            if provenance is None
            else storable_text(changes.body, TEXT_LENGTH)
        )
        text = text_of(body, provenance, domain=domain)
        post.body, post.body_html = text.markdown, text.html
    if changes.title is not UNSET:
        post.title = (
            rules.checked_title(changes.title)
            if provenance is None
            else rules.title_from_elsewhere(changes.title, post.body_html or "")
        )


async def _set_link(
    session: AsyncSession,
    post: Post,
    standing: CommunityStanding,
    changes: PostChanges,
    provenance: Provenance | None,
    *,
    domain: str,
) -> bool:
    """Set address and picture; return whether the address is another one."""
    url = post.url if changes.url is UNSET else rules.checked_url(changes.url)
    moved = url != post.url
    if moved:
        await _move_link(session, post, url, domain=domain)
        if standing.local and post.image_id is not None:
            await refuse_pictures(session)
    if changes.sent is not UNSET:
        if moved and changes.sent.is_picture_at(changes.url or None) and post.type == PostType.LINK:
            post.type = PostType.IMAGE
        await replace_sent(session, post, changes.sent, anew=moved)
    if changes.pictures is not UNSET:
        await replace(session, post, standing, changes.pictures)
    if changes.alt_text is not UNSET:
        await describe(session, post.image_id, changes.alt_text)
        post.image_id = post.image_id or await describe_linked(session, post.url, changes.alt_text)
    return moved


def _descriptions(changes: PostChanges) -> str:
    several = () if changes.pictures is UNSET else (picture.alt_text for picture in changes.pictures)
    return "\n".join(text for text in (changes.alt_text, *several) if text)


async def _set_attached(
    session: AsyncSession,
    post: Post,
    standing: CommunityStanding,
    changes: PostChanges,
    provenance: Provenance | None,
) -> None:
    """Change what stands in other tables."""
    if changes.body is not UNSET:
        await note_embedded_anew(session, post.body, post_id=post.id)
    if changes.poll:
        change = polls.change if provenance is None else polls.follow_sent
        await change(session, post, changes.poll)
    if changes.event:
        await calendar.change(session, post, changes.event, sent=provenance is not None)
    if changes.hashtags is not UNSET:
        await carry_hashtags(session, post, standing, changes.hashtags)
    if changes.flairs is not UNSET:
        await carry_named_flairs(session, post, standing, changes.flairs)
    if changes.sent is UNSET:
        return
    await carry_hashtags(session, post, standing, changes.sent.hashtags)
    await carry_flairs(session, post, standing, changes.sent.flairs)


async def _move_link(session: AsyncSession, post: Post, url: str | None, *, domain: str) -> None:
    await forget_cross_posts(session, post)
    if post.domain_id is not None:
        fewer = func.greatest(func.coalesce(Domain.post_count, 0) - 1, 0)
        await session.execute(update(Domain).where(Domain.id == post.domain_id).values(post_count=fewer))
    before = await take_off(session, post)
    upload = None if url is None else await uploaded_as(session, post.user_id or 0, url, domain=domain)
    post.url, post.domain_id, post.image_id = url, None, upload
    if post.type not in {PostType.POLL, PostType.EVENT}:
        post.type = rules.type_of(url) if upload is None else PostType.IMAGE
    await discard(session, before)
    if url is not None:
        await link_to_website(session, post, url)
        await find_cross_posts(session, post)


def _set_openness(post: Post, sent: SentPost) -> None:
    post.comments_enabled = not sent.locked
    if sent.indexable is False:
        post.indexable = False


def _set_flags(post: Post, standing: CommunityStanding, changes: PostChanges) -> None:
    said = rules.Flags(
        bool(post.nsfw) if changes.nsfw is UNSET else changes.nsfw,
        bool(post.nsfl) if changes.nsfl is UNSET else changes.nsfl,
        bool(post.ai_generated) if changes.ai_generated is UNSET else changes.ai_generated,
    )
    flags = rules.flags_of(post.title or "", said, standing.flags)
    post.nsfw, post.nsfl, post.ai_generated = flags.nsfw, flags.nsfl, flags.ai_generated
