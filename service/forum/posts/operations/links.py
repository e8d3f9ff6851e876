"""The website that a post leads to, and the posts that lead to the same address."""

from sqlalchemy import ARRAY, Integer, and_, any_, cast, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.forum.errors import Invalid
from service.forum.posts import rules
from service.forum.posts.choices import PostStatus
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import (
    Domain,
    Post,
)
from service.text.addresses import most_telling_part, same_page

LOOKED_AT, COMPARED = 5_000, 200  # posts of one website


async def link_to_website(session: AsyncSession, post: Post, url: str) -> None:
    """Count the post for its website, which is written down on first sight; Invalid if it is not allowed here."""
    host = rules.site_of(url)
    if not host:
        return  # a magnet link is on no website
    wanted = (
        select(Domain).where(Domain.name == host).order_by(Domain.id).limit(1).with_for_update(key_share=True)
    )
    website = await session.scalar(wanted)
    if website is None:
        # No unique constraint keeps two first links from writing it twice.
        await lock_name(session, f"website:{host}")
        website = await session.scalar(wanted)
    if website is None:
        website = Domain(name=host)
        session.add(website)
        await session.flush()
    if website.banned:
        raise Invalid({"url": _("Links to %(host)s aren't allowed here.", host=host)}, code="domain_blocked")
    website.post_count = (website.post_count or 0) + 1
    post.domain_id = website.id
    await session.flush()


async def find_cross_posts(session: AsyncSession, post: Post) -> None:
    """Know the newest posts of the same address, and let them know this one, nine each as in PieFed."""
    if not rules.has_cross_posts(post.url):
        return
    others = await _of_the_same_page(session, post, post.url or "")
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
    await _count_stories(session, [post.id, *others])


async def _of_the_same_page(session: AsyncSession, post: Post, url: str) -> list[int]:
    """Return the newest posts whose address is another spelling of this one's, among the newest of the website."""
    newest = (
        select(Post.id, Post.url)
        .where(
            Post.domain_id.is_not_distinct_from(post.domain_id),
            Post.url.is_not(None),
            Post.id != post.id,
            Post.deleted.is_(False),
            Post.status >= PostStatus.PUBLISHED,
        )
        .order_by(Post.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    alike = (
        select(newest.c.id, newest.c.url)
        .where(newest.c.url.contains(most_telling_part(url), autoescape=True))
        .order_by(newest.c.id.desc())
        .limit(COMPARED)
    )
    page = same_page(url)
    rows = (await session.execute(alike)).all()
    return [row.id for row in rows if same_page(row.url) == page][: rules.CROSS_POSTS_MAX]


async def forget_cross_posts(session: AsyncSession, post: Post) -> None:
    """Let the posts of the same address know of this one no longer, also those that it does not know itself."""
    if not post.url:
        return
    same_address = and_(Post.domain_id == post.domain_id, Post.url == post.url)
    knowing = await session.scalars(
        update(Post)
        .where(
            or_(Post.id.in_(post.cross_posts or ()), same_address), literal(post.id) == any_(Post.cross_posts)
        )
        .values(cross_posts=func.array_remove(Post.cross_posts, post.id))
        .returning(Post.id)
        .execution_options(synchronize_session=False)
    )
    post.cross_posts = None
    await _count_stories(session, [post.id, *knowing])


async def _count_stories(session: AsyncSession, post_ids: list[int]) -> None:
    """Count anew how many comments posts have together with those of the same address."""
    await session.flush()
    other = aliased(Post, name="other")
    others = (
        select(func.coalesce(func.sum(other.reply_count), 0))
        .where(other.id == any_(Post.cross_posts), other.deleted.is_not(True))
        .scalar_subquery()
    )
    await session.execute(
        update(Post)
        .where(Post.id.in_(post_ids))
        .values(reply_count_cross_posted=func.coalesce(Post.reply_count, 0) + others)
        .execution_options(synchronize_session=False)
    )
