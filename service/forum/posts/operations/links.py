"""The website that a post leads to, and the posts that lead to the same address."""

from sqlalchemy import ARRAY, Integer, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import Invalid
from service.forum.posts import rules
from service.forum.posts.shapes import STATUS_PUBLISHED
from service.storage.holding import hold
from service.storage.tables import (
    Domain,
    Post,
)


async def link_to_website(session: AsyncSession, post: Post, url: str) -> None:
    """Count the post for its website, which is written down on first sight; Invalid if it is not allowed here."""
    host = rules.site_of(url)
    wanted = (
        select(Domain).where(Domain.name == host).order_by(Domain.id).limit(1).with_for_update(key_share=True)
    )
    website = await session.scalar(wanted)
    if website is None:
        # No unique constraint keeps two first links from writing it twice.
        await hold(session, f"website:{host}")
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


async def find_cross_posts(session: AsyncSession, post: Post) -> None:
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


async def forget_cross_posts(session: AsyncSession, post: Post) -> None:
    """Let the posts of the same address know of this one no longer."""
    if post.cross_posts:
        await session.execute(
            update(Post)
            .where(Post.id.in_(post.cross_posts))
            .values(cross_posts=func.array_remove(Post.cross_posts, post.id))
            .execution_options(synchronize_session=False)
        )
        post.cross_posts = None
