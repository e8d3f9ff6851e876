"""Publishing a post, once even where it is sent twice."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import calendar, notifications, polls
from service.forum.accounts.author import Author, may_post
from service.forum.attachments.embedding import note_embedded
from service.forum.attachments.operations import discard
from service.forum.calendar import EventDetails
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    load_standing,
    refuse_unfit,
    was_let_in,
)
from service.forum.errors import Invalid
from service.forum.events import PostPublished
from service.forum.phrases import refuse_phrases
from service.forum.polls import NewPoll
from service.forum.posts import rules
from service.forum.posts.choices import PostStatus, PostType
from service.forum.posts.operations.languages import language_or_default
from service.forum.posts.operations.links import find_cross_posts, link_to_website
from service.forum.posts.operations.monthly import keep_day
from service.forum.posts.operations.pictures import (
    Shown,
    check_first,
    check_own,
    first_picture,
    hang,
    hang_sent,
)
from service.forum.posts.operations.ranks import set_initial_rank
from service.forum.posts.operations.rows import count, describe, describe_linked, have_preview_made, path_of
from service.forum.posts.operations.sent import SentPost, carry_flairs, carry_hashtags
from service.forum.posts.schedule import Schedule, columns_of
from service.forum.posts.schedule import check as check_schedule
from service.forum.provenance import (
    TEXT_LENGTH,
    Provenance,
    Text,
    check_id,
    shown_id,
    storable_text,
    text_of,
)
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import (
    Post,
    PostVote,
)


class NewPost(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to publish.

    Attributes:
        image_id: A picture the author uploaded before; makes it an image post.
        alt_text: Describes the picture.
        gallery: Further pictures that the author uploaded, in order.
        language_id: None or an unknown one means the site's.
        notify_replies: Tell the author of new comments.
        hashtags: With or without their sign.
        poll, event: Make it a poll, or an event; not both.
        schedule: Publish it later; until then its author alone sees it.
        sent: What only another server says of a post.
    """

    community_id: int
    title: str
    body: str | None = None
    url: str | None = None
    image_id: int | None = None
    alt_text: str | None = None
    gallery: tuple[Shown, ...] = ()
    nsfw: bool = False
    nsfl: bool = False
    ai_generated: bool = False
    language_id: int | None = None
    notify_replies: bool = True
    hashtags: tuple[str, ...] = ()
    poll: NewPoll | None = None
    event: EventDetails | None = None
    schedule: Schedule | None = None
    sent: SentPost = SentPost()


class Published(msgspec.Struct, frozen=True):
    """A post that stands.

    Attributes:
        slug: The path of its page.
        fresh: False if it was there already: the same form was sent twice.
    """

    post_id: int
    slug: str
    fresh: bool


async def publish(
    session: AsyncSession,
    author: Author,
    new: NewPost,
    *,
    domain: str,
    provenance: Provenance | None = None,
) -> Published:
    """Publish a post in a community, with its author's own vote.

    The same form sent twice within a few seconds gives the first post back, and so does what came from elsewhere
    before.

    Parameters:
        domain: this site's host, for its ids.
        provenance: of a post that was written on another server; its title and text are cut to what can be stored.

    Raises:
        Invalid: title, text, address or picture break a rule, or the website is not allowed here.
        NotFound: no such community for this author.
        Forbidden, Banned: the author may not post there.
    """
    may_post(author)
    if new.poll and new.event:
        raise Invalid({"event": _("A post can be a poll or an event, but not both.")})
    if new.schedule is not None:
        check_schedule(new.schedule, utcnow(), kind=_type_of(new, new.url, new.image_id))
    words = _words_of(new, provenance, domain=domain)
    await _refuse_phrases(session, new, words)
    standing = await load_standing(session, author, new.community_id)
    check_may_contribute(author, standing, starting=True, let_in=was_let_in(standing, provenance))
    first = await _first(session, author, standing, new, words, provenance)
    shown = [*([] if new.image_id is None else [Shown(new.image_id, new.alt_text)]), *new.gallery]
    await check_own(session, author.id, shown)
    if first is not None:
        await discard(
            session, [picture.file_id for picture in shown]
        )  # the second click sent them a second time
        return first
    image_id = new.image_id or await first_picture(
        session, author, words.url, new.sent, provenance, domain=domain
    )
    await check_first(session, standing, image_id)
    if new.alt_text:
        await describe(session, image_id, new.alt_text)
    image_id = image_id or await describe_linked(session, words.url, new.alt_text)
    post = _row_of(author, standing, new, words, image_id, provenance)
    await _settle(session, post, author, standing, new)
    session.add(post)
    await session.flush()
    post.ap_id = provenance.ap_id if provenance else f"https://{domain}/post/{post.id}"
    post.slug = path_of(post.id, words.title, standing)
    await session.flush()
    await _attach(session, post, standing, new, provenance)
    if new.schedule is None:
        await go_out(session, post, author, provenance)
        await have_preview_made(session, post)
    return Published(post.id, post.slug, True)


async def go_out(
    session: AsyncSession,
    post: Post,
    author: Author,
    provenance: Provenance | None = None,
    *,
    waited: bool = False,
) -> None:
    """Let a post that stands be among the others: linked, voted for by its author, counted, and told of.

    Parameters:
        waited: its author saw it before, and may be told of comments already.
    """
    if post.url is not None:
        await link_to_website(session, post, post.url)
        await find_cross_posts(session, post)
    session.add(PostVote(user_id=author.id, author_id=author.id, post_id=post.id, effect=1.0))
    is_history = provenance is not None and provenance.is_history
    await count(session, post.community_id or 0, author.id, 1, active=not is_history)
    if post.notify_author and author.local:
        watch = notifications.watch if waited else notifications.watch_new
        await watch(session, author.id, notifications.POST, post.id, post.title or "")
    if not is_history:
        await record(session, PostPublished(post_id=post.id), federate=author.local)


class _Words(msgspec.Struct, frozen=True):
    """What a post says, as it is stored."""

    title: str
    text: Text
    url: str | None


def _words_of(new: NewPost, provenance: Provenance | None, *, domain: str) -> _Words:
    url = rules.checked_url(new.url)
    if provenance is None:
        return _Words(
            rules.checked_title(new.title), text_of(rules.checked_body(new.body), None, domain=domain), url
        )
    check_id(provenance.ap_id)
    text = text_of(storable_text(new.body, TEXT_LENGTH), provenance, domain=domain)
    return _Words(rules.title_from_elsewhere(new.title, text.html), text, url)


async def _refuse_phrases(session: AsyncSession, new: NewPost, words: _Words) -> None:
    said = {
        "title": words.title,
        "body": words.text.markdown,
        "url": words.url,
        "alt_text": "\n".join(filter(None, (new.alt_text, *(picture.alt_text for picture in new.gallery)))),
        "poll": "\n".join(new.poll.choices) if new.poll else None,
    }
    await refuse_phrases(session, said)


async def _first(
    session: AsyncSession,
    author: Author,
    standing: CommunityStanding,
    new: NewPost,
    words: _Words,
    provenance: Provenance | None,
) -> Published | None:
    """The post that this one is a repetition of; nobody else publishes it in this transaction."""
    if provenance is None:
        await lock_name(session, f"publish:{author.id}:{standing.community_id}")
        twin = await _just_published(session, author.id, standing.community_id, new, words)
    else:
        await lock_name(session, f"post:{provenance.ap_id}")
        known = select(Post.id, Post.slug).where(Post.ap_id == provenance.ap_id)
        twin = (await session.execute(known)).one_or_none()
    return None if twin is None else Published(twin.id, twin.slug or f"/post/{twin.id}", False)


def _row_of(
    author: Author,
    standing: CommunityStanding,
    new: NewPost,
    words: _Words,
    image_id: int | None,
    provenance: Provenance | None,
) -> Post:
    now = utcnow()
    flags = rules.flags_of(words.title, rules.Flags(new.nsfw, new.nsfl, new.ai_generated), standing.flags)
    published = provenance.published_by(now) if provenance else now
    return Post(
        user_id=author.id,
        community_id=standing.community_id,
        instance_id=author.instance_id,
        title=words.title,
        url=words.url,
        body=words.text.markdown,
        body_html=words.text.html,
        type=_type_of(new, words.url, image_id),
        image_id=image_id,
        status=PostStatus.SCHEDULED if new.schedule else PostStatus.PUBLISHED,
        **columns_of(new.schedule),
        nsfw=flags.nsfw,
        nsfl=flags.nsfl,
        ai_generated=flags.ai_generated,
        from_bot=author.bot,
        notify_author=new.notify_replies,
        sticky=new.sent.pinned,
        comments_enabled=not new.sent.locked,
        microblog=new.sent.microblog,
        created_at=now,
        posted_at=published,
        last_active=published,
        edited_at=provenance.updated if provenance else None,
        ap_updated=provenance.updated if provenance else None,
        ap_create_id=shown_id(provenance.create_id) if provenance else None,
        ap_announce_id=shown_id(provenance.announce_id) if provenance else None,
        up_votes=1,
        score=1,
    )


async def _settle(
    session: AsyncSession, post: Post, author: Author, standing: CommunityStanding, new: NewPost
) -> None:
    """Fill in what of a new post depends on other rows; Invalid if the site does not take it."""
    await refuse_unfit(session, nsfw=post.nsfw, nsfl=post.nsfl)
    post.indexable = author.indexable and new.sent.indexable is not False and not standing.private
    post.language_id = await language_or_default(session, new.language_id)
    await set_initial_rank(session, post, standing)


async def _attach(
    session: AsyncSession,
    post: Post,
    standing: CommunityStanding,
    new: NewPost,
    provenance: Provenance | None,
) -> None:
    """Give a new post what stands in other tables."""
    await note_embedded(session, post.body, post_id=post.id)
    if new.schedule:
        await keep_day(session, post.id, new.schedule)
    if new.gallery:
        await hang(session, post, new.gallery)
    if len(new.sent.shown) > 1:
        await hang_sent(session, post, new.sent)
    if new.poll:
        await polls.attach(session, post, new.poll, sent=provenance is not None)
    if new.event:
        await calendar.attach(session, post, new.event, sent=provenance is not None)
    if new.sent.flairs:
        await carry_flairs(session, post, standing, new.sent.flairs)
    if new.hashtags or new.sent.hashtags:
        await carry_hashtags(session, post, standing, (*new.hashtags, *new.sent.hashtags))


def _type_of(new: NewPost, url: str | None, image_id: int | None) -> int:
    if new.poll:
        return PostType.POLL
    if new.event:
        return PostType.EVENT
    if new.sent.video:
        return PostType.VIDEO
    if new.sent.is_picture_at(new.url):
        return PostType.IMAGE
    # A picture that another server names beside a link may be that of the linked page.
    is_picture = image_id is not None and (not new.sent.shown or (url is None and bool(new.sent.pictures)))
    return PostType.IMAGE if is_picture else rules.type_of(url)


async def _just_published(
    session: AsyncSession, author_id: int, community_id: int, new: NewPost, words: _Words
) -> Any:
    return (
        await session.execute(
            select(Post.id, Post.slug)
            .where(
                Post.user_id == author_id,
                Post.community_id == community_id,
                Post.deleted.is_not(True),
                Post.created_at > utcnow() - timedelta(seconds=rules.DOUBLE_CLICK_SECONDS),
                Post.title == words.title,
                Post.url.is_not_distinct_from(words.url),
                Post.body == words.text.markdown,
                Post.scheduled_for.is_not_distinct_from(new.schedule.at if new.schedule else None),
            )
            .order_by(Post.id)
            .limit(1)
        )
    ).one_or_none()
