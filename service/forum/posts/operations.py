"""Writing posts: publish, edit, delete, remove, lock, pin, and what a reader notes about one.

Each operation is one function of a session; `storage.write()` commits it, with its event and its counts.
Rows are locked in one order everywhere: post, comment, community, account, website.
"""

from datetime import timedelta
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ARRAY, Integer, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import calendar, notifications, polls
from service.forum.accounts.columns import LOCAL_INSTANCE
from service.forum.accounts.viewer import Viewer, may_post
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import uploaded_as
from service.forum.calendar import Occasion
from service.forum.errors import Forbidden, Gone, Invalid, NotFound
from service.forum.events import PostDeleted, PostEdited, PostModerated, PostPublished, PreviewWanted
from service.forum.moderation.operations import record_in_mod_log
from service.forum.moderation.rules import Action
from service.forum.polls import NewPoll
from service.forum.posts import rules
from service.forum.posts.place import (
    Place,
    check_may_contribute,
    check_may_moderate,
    find_place,
    place_of,
)
from service.forum.posts.shapes import STATUS_PUBLISHED, TYPE_EVENT, TYPE_IMAGE, TYPE_POLL
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    Domain,
    File,
    HiddenPost,
    Language,
    Post,
    PostBookmark,
    PostVote,
    ReadPost,
    User,
    UserFile,
)
from service.text.markdown import render_markdown
from service.text.slug import slug

_MARK_READ_MAX = 500


class NewPost(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to publish.

    Attributes:
        image_id: A picture the author uploaded before; makes it an image post.
        alt_text: Describes the picture.
        language_id: None or an unknown one leaves the language open.
        notify_replies: Tell the author of new comments.
        poll, occasion: Make it a poll, or an event; not both.
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
    occasion: Occasion | None = None


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
    occasion: Occasion | UnsetType | None = UNSET


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
    if new.poll and new.occasion:
        raise Invalid({"event": "A post is a poll or an event, not both."})
    place = await find_place(session, author, new.community_id)
    check_may_contribute(author, place, starting=True)
    await one_at_a_time(session, f"pieloop:publish:{author.id}:{place.id}")
    twin = await _just_published(session, author.id, place.id, title, url, body)
    image_id = await _own_image(session, author, new.image_id)
    if twin is not None:
        await discard(session, [image_id])  # the second click sent the picture a second time
        return twin
    if image_id is None and url is not None:
        image_id = await uploaded_as(session, author.id, url, domain=domain)
    if new.alt_text:
        await _describe(session, image_id, new.alt_text)
    post = _row_of(author, place, new, title, body, url, image_id, domain)
    post.language_id = await known_language(session, new.language_id)
    await _rank_at_birth(session, post, place)
    session.add(post)
    await session.flush()
    post.ap_id = f"https://{domain}/post/{post.id}"
    post.slug = _path_of(post.id, title, place)
    await session.flush()
    if new.poll:
        await polls.attach(session, post, new.poll)
    if new.occasion:
        await calendar.attach(session, post, new.occasion)
    session.add(PostVote(user_id=author.id, author_id=author.id, post_id=post.id, effect=1.0))
    await _count(session, place.id, author.id, 1, active=True)
    if url is not None:
        await _link_to_website(session, post, url)
        await _find_cross_posts(session, post)
    if new.notify_replies:
        await notifications.watch(session, author.id, notifications.POST, post.id, title)
    await record(session, PostPublished(post_id=post.id))
    if url is not None and image_id is None:
        await record(session, PreviewWanted(post_id=post.id))
    return Published(post.id, post.slug, True)


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
    post, place = await _own_post(session, viewer, post_id)
    check_may_contribute(viewer, place, starting=False)
    if changes.title is not UNSET:
        post.title = rules.tidy_title(changes.title)
    if changes.body is not UNSET:
        post.body = rules.tidy_body(changes.body)
        post.body_html = render_markdown(post.body, domain=domain) if post.body else ""
    _set_flags(post, place, changes)
    if changes.language_id is not UNSET:
        post.language_id = await known_language(session, changes.language_id)
    url = post.url if changes.url is UNSET else rules.tidy_url(changes.url)
    moved = url != post.url
    if moved:
        await _move_link(session, post, url, domain=domain)
    if changes.alt_text is not UNSET:
        await _describe(session, post.image_id, changes.alt_text)
    if changes.poll:
        await polls.change(session, post, changes.poll)
    if changes.occasion:
        await calendar.change(session, post, changes.occasion)
    post.edited_at = utcnow()
    await session.flush()
    await record(session, PostEdited(post_id=post_id))
    if moved and url is not None and post.image_id is None:
        await record(session, PreviewWanted(post_id=post_id))


async def set_deleted(session: AsyncSession, viewer: Viewer, post_id: int, *, deleted: bool) -> None:
    """Take one's own post back, or bring it back; again is no error.

    Raises:
        NotFound: there is no such post.
        Forbidden: it is somebody else's, or a moderator removed it.
    """
    post = await _locked(session, post_id)
    if post.user_id != viewer.id:
        raise Forbidden("This is somebody else's post.")
    if post.deleted and post.deleted_by not in {None, viewer.id}:
        raise Forbidden("A moderator removed this post.", code="removed_by_moderator")
    await _set_deleted(session, post, viewer.id, deleted=deleted)


async def set_removed(
    session: AsyncSession, viewer: Viewer, post_id: int, *, removed: bool, reason: str = ""
) -> None:
    """Take down somebody's post as a moderator, or put it up again; it goes into the mod log. Again is no error.

    Raises:
        NotFound: there is no such post.
        Forbidden: the viewer does not moderate there, or the author deleted it.
    """
    post, place = await _moderated(session, viewer, post_id)
    if post.deleted and post.deleted_by in {None, post.user_id}:
        raise Forbidden("Its author deleted this post.", code="deleted_by_author")
    if bool(post.deleted) == removed:
        return
    await _set_deleted(session, post, viewer.id, deleted=removed)
    await _log(session, viewer, "delete_post" if removed else "restore_post", post, place, reason)


async def set_locked(
    session: AsyncSession, viewer: Viewer, post_id: int, *, locked: bool, reason: str = ""
) -> None:
    """Let a post take no more comments, or again, as a moderator. Again is no error.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, not a moderator there.
    """
    post, place = await _moderated(session, viewer, post_id)
    _refuse_deleted(post)
    if post.comments_enabled is not locked:
        return
    post.comments_enabled = not locked
    await _moderate(session, viewer, "lock_post" if locked else "unlock_post", post, place, reason)


async def set_pinned(
    session: AsyncSession, viewer: Viewer, post_id: int, *, pinned: bool, site_wide: bool = False
) -> None:
    """Pin a post on top of its community (moderators) or of the whole site (its staff). Again is no error.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, not a moderator there.
    """
    post, place = await _moderated(session, viewer, post_id)
    _refuse_deleted(post)
    if site_wide and not viewer.runs_the_site:
        raise Forbidden("Only the site's staff may do that.")
    column = "instance_sticky" if site_wide else "sticky"
    if bool(getattr(post, column)) == pinned:
        return
    setattr(post, column, pinned)
    await _moderate(session, viewer, "featured_post" if pinned else "unfeatured_post", post, place, "")


async def set_nsfw(session: AsyncSession, viewer: Viewer, post_id: int, *, nsfw: bool) -> None:
    """Mark somebody's post as not safe for work as a moderator, or as safe. Again is no error.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, not a moderator there.
        Invalid: all of the community is not safe for work.
    """
    post, place = await _moderated(session, viewer, post_id)
    _refuse_deleted(post)
    if place.nsfw and not nsfw:
        raise Invalid({"nsfw_status": "Everything in this community is not safe for work."})
    if bool(post.nsfw) == nsfw:
        return
    post.nsfw = nsfw
    await _moderate(session, viewer, "mark_post_nsfw" if nsfw else "unmark_post_nsfw", post, place, "")


async def mark_read(session: AsyncSession, viewer: Viewer, post_ids: list[int], *, read: bool = True) -> None:
    """Note that the viewer has read posts, or not; unknown ids are passed over.

    Raises:
        Invalid: more than 500 at once.
    """
    if len(post_ids) > _MARK_READ_MAX:
        raise Invalid({"post_ids": f"At most {_MARK_READ_MAX} posts at once."})
    if not read:
        await session.execute(
            delete(ReadPost).where(ReadPost.user_id == viewer.id, ReadPost.read_post_id.in_(post_ids))
        )
        return
    known = select(literal(viewer.id), Post.id, literal(utcnow())).where(
        Post.id == func.any(cast(post_ids, ARRAY(Integer)))
    )
    await session.execute(
        insert(ReadPost)
        .from_select(["user_id", "read_post_id", "interacted_at"], known)
        .on_conflict_do_nothing()
    )


async def set_hidden(session: AsyncSession, viewer: Viewer, post_id: int, *, hidden: bool) -> None:
    """Hide a post from the viewer's feeds, or show it again; again is no error. NotFound, Gone as `set_saved`."""
    post = await _readable(session, viewer, post_id)
    if not hidden:
        mine = (HiddenPost.user_id == viewer.id, HiddenPost.hidden_post_id == post_id)
        await session.execute(delete(HiddenPost).where(*mine))
        return
    _refuse_deleted(post)
    values = {"user_id": viewer.id, "hidden_post_id": post_id, "interacted_at": utcnow()}
    await session.execute(insert(HiddenPost).values(**values).on_conflict_do_nothing())


async def set_saved(session: AsyncSession, viewer: Viewer, post_id: int, *, saved: bool) -> None:
    """Bookmark a post, or forget the bookmark; again is no error.

    Raises:
        NotFound, Gone: there is no such post for this viewer, or it was deleted.
    """
    mine = (PostBookmark.user_id == viewer.id, PostBookmark.post_id == post_id)
    if not saved:
        await session.execute(delete(PostBookmark).where(*mine))
        return
    _refuse_deleted(await _readable(session, viewer, post_id))
    # The table has no unique constraint to rely on.
    await one_at_a_time(session, f"pieloop:save:{viewer.id}:post:{post_id}")
    if await session.scalar(select(PostBookmark.id).where(*mine).limit(1)) is None:
        session.add(PostBookmark(user_id=viewer.id, post_id=post_id))


async def set_watched(session: AsyncSession, viewer: Viewer, post_id: int, *, watched: bool) -> None:
    """Tell the viewer of new comments on a post, or no longer; again is no error. NotFound, Gone as `set_saved`."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.POST, post_id)
        return
    post = await _readable(session, viewer, post_id)
    _refuse_deleted(post)
    await notifications.watch(session, viewer.id, notifications.POST, post_id, post.title or "")


def _row_of(
    author: Viewer,
    place: Place,
    new: NewPost,
    title: str,
    body: str,
    url: str | None,
    image_id: int | None,
    domain: str,
) -> Post:
    now = utcnow()
    return Post(
        user_id=author.id,
        community_id=place.id,
        instance_id=LOCAL_INSTANCE,
        title=title,
        url=url,
        body=body,
        body_html=render_markdown(body, domain=domain) if body else "",
        type=_type_of(new, url, image_id),
        image_id=image_id,
        status=STATUS_PUBLISHED,
        nsfw=new.nsfw or place.nsfw or rules.says_nsfw(title),
        nsfl=new.nsfl or place.nsfl or rules.says_nsfl(title),
        ai_generated=new.ai_generated or place.ai_generated,
        from_bot=author.bot,
        indexable=not place.private,
        notify_author=new.notify_replies,
        created_at=now,
        posted_at=now,
        last_active=now,
        up_votes=1,
        score=1,
    )


def _type_of(new: NewPost, url: str | None, image_id: int | None) -> int:
    if new.poll:
        return TYPE_POLL
    if new.occasion:
        return TYPE_EVENT
    return TYPE_IMAGE if image_id is not None else rules.type_of(url)


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Let the same act by the same person wait for itself until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


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


async def _describe(session: AsyncSession, image_id: int | None, alt_text: str | None) -> None:
    if image_id is not None:
        tidy = rules.tidy_alt_text(alt_text)
        await session.execute(update(File).where(File.id == image_id).values(alt_text=tidy))


async def known_language(session: AsyncSession, language_id: int | None) -> int | None:
    """Return the language if the site knows it, else None."""
    if language_id is None:
        return None
    found: int | None = await session.scalar(select(Language.id).where(Language.id == language_id))
    return found


async def _rank_at_birth(session: AsyncSession, post: Post, place: Place) -> None:
    rank = rules.hot_rank(post.score or 0, post.posted_at or utcnow())
    post.ranking = rules.stored_rank(rank)
    post.ranking_scaled = rules.scaled_rank(rank, await boost_of(session, place.subscribers))


async def boost_of(session: AsyncSession, subscribers: int) -> int:
    """Return what Scaled adds to the posts of a community with so many members."""
    if subscribers <= 1:
        return rules.small_community_boost(subscribers, None)
    # The mean of the largest 15 % of communities, by rank as PieFed cuts them.
    ranked = (
        select(
            Community.subscriptions_count.label("members"),
            func.percent_rank().over(order_by=Community.subscriptions_count.desc()).label("rank"),
        )
        .where(Community.banned.is_(False), Community.subscriptions_count > 0)
        .subquery()
    )
    large = await session.scalar(select(func.avg(ranked.c.members)).where(ranked.c.rank <= 0.15))
    return rules.small_community_boost(subscribers, float(large) if large is not None else None)


def _path_of(post_id: int, title: str, place: Place) -> str:
    words = slug(title)
    return f"/c/{place.link}/p/{post_id}/{words}"[:255] if words else f"/post/{post_id}"


async def _count(
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


async def _link_to_website(session: AsyncSession, post: Post, url: str) -> None:
    """Count the post for its website, which is written down on first sight; Invalid if it is not allowed here."""
    host = rules.site_of(url)
    wanted = (
        select(Domain).where(Domain.name == host).order_by(Domain.id).limit(1).with_for_update(key_share=True)
    )
    website = await session.scalar(wanted)
    if website is None:
        # No unique constraint keeps two first links from writing it twice.
        await one_at_a_time(session, f"pieloop:website:{host}")
        website = await session.scalar(wanted)
    if website is None:
        website = Domain(name=host)
        session.add(website)
        await session.flush()
    if website.banned:
        raise Invalid({"url": f"Links to {host} are not allowed here."}, code="domain_blocked")
    website.post_count = (website.post_count or 0) + 1
    post.domain_id = website.id
    await session.flush()


async def _find_cross_posts(session: AsyncSession, post: Post) -> None:
    """Know the newest posts of the same address, and let them know this one, nine each as in PieFed."""
    if not rules.has_cross_posts(post.url):
        return
    others = list(
        await session.scalars(
            select(Post.id)
            .where(
                Post.domain_id == post.domain_id,
                Post.url == post.url,
                Post.id != post.id,
                Post.deleted.is_(False),
                Post.status >= STATUS_PUBLISHED,
            )
            .order_by(Post.id.desc())
            .limit(rules.CROSS_POSTS_MAX)
        )
    )
    if not others:
        return
    post.cross_posts = others
    known = func.coalesce(Post.cross_posts, cast([], ARRAY(Integer)))
    await session.execute(
        update(Post)
        .where(Post.id.in_(others), func.cardinality(known) < rules.CROSS_POSTS_MAX)
        .values(cross_posts=func.array_append(func.array_remove(known, post.id), post.id))
        .execution_options(synchronize_session=False)
    )


async def _forget_cross_posts(session: AsyncSession, post: Post) -> None:
    if post.cross_posts:
        await session.execute(
            update(Post)
            .where(Post.id.in_(post.cross_posts))
            .values(cross_posts=func.array_remove(Post.cross_posts, post.id))
            .execution_options(synchronize_session=False)
        )
        post.cross_posts = None


async def _move_link(session: AsyncSession, post: Post, url: str | None, *, domain: str) -> None:
    await _forget_cross_posts(session, post)
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
        await _link_to_website(session, post, url)
        await _find_cross_posts(session, post)


def _set_flags(post: Post, place: Place, changes: PostChanges) -> None:
    if changes.nsfw is not UNSET:
        post.nsfw = changes.nsfw or place.nsfw
    if changes.nsfl is not UNSET:
        post.nsfl = changes.nsfl or place.nsfl
    if changes.ai_generated is not UNSET:
        post.ai_generated = changes.ai_generated or place.ai_generated


async def _locked(session: AsyncSession, post_id: int) -> Post:
    """The post, held until the transaction ends; NotFound if there is none."""
    if not 0 < post_id < 2**31:
        raise NotFound
    post = await session.scalar(
        select(Post)
        .where(Post.id == post_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if post is None:
        raise NotFound
    return post


async def _readable(session: AsyncSession, viewer: Viewer, post_id: int) -> Post:
    post = await session.get(Post, post_id) if 0 < post_id < 2**31 else None
    if post is None:
        raise NotFound
    await place_of(session, viewer, post)
    return post


async def _own_post(session: AsyncSession, viewer: Viewer, post_id: int) -> tuple[Post, Place]:
    post = await _locked(session, post_id)
    place = await place_of(session, viewer, post)
    if post.user_id != viewer.id:
        raise Forbidden("This is somebody else's post.")
    _refuse_deleted(post)
    return post, place


async def _moderated(session: AsyncSession, viewer: Viewer, post_id: int) -> tuple[Post, Place]:
    post = await _locked(session, post_id)
    place = await place_of(session, viewer, post)
    check_may_moderate(viewer, place)
    return post, place


def _refuse_deleted(post: Post) -> None:
    if post.deleted:
        raise Gone("This post has been deleted.")


async def _set_deleted(session: AsyncSession, post: Post, by_id: int, *, deleted: bool) -> None:
    if bool(post.deleted) == deleted:
        return
    post.deleted, post.deleted_by = deleted, by_id if deleted else None
    if deleted:
        await _forget_cross_posts(session, post)
    elif post.url:
        await _find_cross_posts(session, post)
    await session.flush()
    await _count(session, post.community_id or 0, post.user_id or 0, -1 if deleted else 1)
    await record(session, PostDeleted(post_id=post.id, by_id=by_id, deleted=deleted))


async def _moderate(
    session: AsyncSession, viewer: Viewer, action: Action, post: Post, place: Place, reason: str
) -> None:
    await session.flush()
    await _log(session, viewer, action, post, place, reason)
    await record(session, PostModerated(post_id=post.id, by_id=viewer.id, action=action))


async def _log(
    session: AsyncSession, viewer: Viewer, action: Action, post: Post, place: Place, reason: str
) -> None:
    await record_in_mod_log(
        session,
        viewer,
        action,
        reason=reason,
        community_id=place.id,
        post_id=post.id,
        target_account_id=post.user_id,
        link=f"post/{post.id}",
        link_text=post.title or "",
    )
