"""Publishing a post, once even where it is sent twice."""

from datetime import timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import calendar, notifications, polls
from service.forum.accounts.author import LOCAL_INSTANCE, may_post
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.embedding import note_embedded
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import uploaded_as
from service.forum.calendar import EventDetails
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    load_standing,
    refuse_unfit,
)
from service.forum.errors import Invalid
from service.forum.events import PostPublished, PreviewRequested
from service.forum.phrases import refuse_phrases
from service.forum.polls import NewPoll
from service.forum.posts import rules
from service.forum.posts.operations.links import find_cross_posts, link_to_website
from service.forum.posts.operations.ranks import set_initial_rank
from service.forum.posts.operations.rows import count, describe
from service.forum.posts.shapes import STATUS_PUBLISHED, TYPE_EVENT, TYPE_IMAGE, TYPE_POLL
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import (
    Language,
    Post,
    PostVote,
    Site,
    User,
    UserFile,
)
from service.text.markdown import render_markdown
from service.text.slug import slug


class NewPost(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to publish.

    Attributes:
        image_id: A picture the author uploaded before; makes it an image post.
        alt_text: Describes the picture.
        language_id: None or an unknown one leaves the language open.
        notify_replies: Tell the author of new comments.
        poll, event: Make it a poll, or an event; not both.
    """

    community_id: int
    title: str
    body: str | None = None
    url: str | None = None
    image_id: int | None = None
    alt_text: str | None = None
    nsfw: bool = False
    nsfl: bool = False
    ai_generated: bool = False
    language_id: int | None = None
    notify_replies: bool = True
    poll: NewPoll | None = None
    event: EventDetails | None = None


class Published(msgspec.Struct, frozen=True):
    """A post that stands.

    Attributes:
        slug: The path of its page.
        fresh: False if it was there already: the same form was sent twice.
    """

    post_id: int
    slug: str
    fresh: bool


async def publish(session: AsyncSession, author: Viewer, new: NewPost, *, domain: str) -> Published:
    """Publish a post in a community, with its author's own vote.

    The same form sent twice within a few seconds gives the first post back.

    Parameters:
        domain: this site's host, for its ids.

    Raises:
        Invalid: title, text, address or picture break a rule, or the website is not allowed here.
        NotFound: no such community for this author.
        Forbidden, Banned: the author may not post there.
    """
    may_post(author)
    title, body, url = rules.tidy_title(new.title), rules.tidy_body(new.body), rules.tidy_url(new.url)
    if new.poll and new.event:
        raise Invalid({"event": "A post is a poll or an event, not both."})
    choices = "\n".join(new.poll.choices) if new.poll else None
    await refuse_phrases(
        session, {"title": title, "body": body, "url": url, "alt_text": new.alt_text, "poll": choices}
    )
    standing = await load_standing(session, author, new.community_id)
    check_may_contribute(author, standing, starting=True)
    await lock_name(session, f"publish:{author.id}:{standing.community_id}")
    twin = await _just_published(session, author.id, standing.community_id, title, url, body)
    image_id = await _own_image(session, author, new.image_id)
    if twin is not None:
        await discard(session, [image_id])  # the second click sent the picture a second time
        return twin
    image_id = image_id or await _linked_image(session, author, url, domain)
    await _check_picture(session, standing, image_id, new.alt_text)
    post = _row_of(author, standing, new, title, body, url, image_id, domain)
    await _settle(session, post, author, standing, new)
    session.add(post)
    await session.flush()
    post.ap_id = f"https://{domain}/post/{post.id}"
    post.slug = _path_of(post.id, title, standing)
    await session.flush()
    await note_embedded(session, body, post_id=post.id)
    if new.poll:
        await polls.attach(session, post, new.poll)
    if new.event:
        await calendar.attach(session, post, new.event)
    session.add(PostVote(user_id=author.id, author_id=author.id, post_id=post.id, effect=1.0))
    await count(session, standing.community_id, author.id, 1, active=True)
    if url is not None:
        await link_to_website(session, post, url)
        await find_cross_posts(session, post)
    if new.notify_replies:
        await notifications.watch(session, author.id, notifications.POST, post.id, title)
    await record(session, PostPublished(post_id=post.id), federate=author.local)
    if url is not None and image_id is None:
        await record(session, PreviewRequested(post_id=post.id))
    return Published(post.id, post.slug, True)


def _row_of(
    author: Viewer,
    standing: CommunityStanding,
    new: NewPost,
    title: str,
    body: str,
    url: str | None,
    image_id: int | None,
    domain: str,
) -> Post:
    now = utcnow()
    flags = rules.flags_of(title, rules.Flags(new.nsfw, new.nsfl, new.ai_generated), standing.flags)
    return Post(
        user_id=author.id,
        community_id=standing.community_id,
        instance_id=LOCAL_INSTANCE,
        title=title,
        url=url,
        body=body,
        body_html=render_markdown(body, domain=domain) if body else "",
        type=_type_of(new, url, image_id),
        image_id=image_id,
        status=STATUS_PUBLISHED,
        nsfw=flags.nsfw,
        nsfl=flags.nsfl,
        ai_generated=flags.ai_generated,
        from_bot=author.bot,
        notify_author=new.notify_replies,
        created_at=now,
        posted_at=now,
        last_active=now,
        up_votes=1,
        score=1,
    )


async def _settle(
    session: AsyncSession, post: Post, author: Viewer, standing: CommunityStanding, new: NewPost
) -> None:
    """Fill in what of a new post depends on other rows; Invalid if the site does not take it."""
    await refuse_unfit(session, nsfw=post.nsfw, nsfl=post.nsfl)
    post.indexable = not standing.private and await may_be_indexed(session, author)
    post.language_id = await known_language(session, new.language_id)
    await set_initial_rank(session, post, standing)


def _type_of(new: NewPost, url: str | None, image_id: int | None) -> int:
    if new.poll:
        return TYPE_POLL
    if new.event:
        return TYPE_EVENT
    return TYPE_IMAGE if image_id is not None else rules.type_of(url)


async def _just_published(
    session: AsyncSession, author_id: int, community_id: int, title: str, url: str | None, body: str
) -> Published | None:
    row = (
        await session.execute(
            select(Post.id, Post.slug)
            .where(
                Post.user_id == author_id,
                Post.community_id == community_id,
                Post.deleted.is_not(True),
                Post.created_at > utcnow() - timedelta(seconds=rules.DOUBLE_CLICK_SECONDS),
                Post.title == title,
                Post.url.is_not_distinct_from(url),
                Post.body == body,
            )
            .order_by(Post.id)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else Published(row.id, row.slug or f"/post/{row.id}", False)


async def _own_image(session: AsyncSession, author: Viewer, image_id: int | None) -> int | None:
    if image_id is None:
        return None
    mine = select(UserFile.file_id).where(UserFile.user_id == author.id, UserFile.file_id == image_id)
    if await session.scalar(mine) is None:
        raise Invalid({"image": "This picture was not uploaded by you."})
    return image_id


async def may_be_indexed(session: AsyncSession, author: Viewer) -> bool:
    """Whether what an account writes may come up in searches."""
    return await session.scalar(select(User.indexable).where(User.id == author.id)) is not False


async def _linked_image(session: AsyncSession, author: Viewer, url: str | None, domain: str) -> int | None:
    """The author's upload that the address leads to."""
    return None if url is None else await uploaded_as(session, author.id, url, domain=domain)


async def _check_picture(
    session: AsyncSession, standing: CommunityStanding, image_id: int | None, alt_text: str | None
) -> None:
    if image_id is not None and standing.local:
        await refuse_pictures(session)
    if alt_text:
        await describe(session, image_id, alt_text)


async def refuse_pictures(session: AsyncSession) -> None:
    """Raise Invalid where the site lets nobody post pictures in its own communities."""
    if await session.scalar(select(Site.allow_local_image_posts).limit(1)) is False:
        raise Invalid({"image": "Pictures cannot be posted in communities of this site."})


async def known_language(session: AsyncSession, language_id: int | None) -> int | None:
    """Return the language if the site knows it, else None."""
    if language_id is None:
        return None
    found: int | None = await session.scalar(select(Language.id).where(Language.id == language_id))
    return found


def _path_of(post_id: int, title: str, standing: CommunityStanding) -> str:
    words = slug(title)
    return f"/c/{standing.link}/p/{post_id}/{words}"[:255] if words else f"/post/{post_id}"
