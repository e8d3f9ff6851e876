"""A post goes from one community to another: its comments go with it, its flairs and pins stay behind."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_post
from service.forum.communities.roles import is_banned_in
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    check_may_moderate,
    load_standing,
    standing_for_post,
)
from service.forum.errors import Forbidden, Invalid
from service.forum.events import PostMoved
from service.forum.moderation.operations import log_content
from service.forum.posts.operations.rows import lock_row, path_of, refuse_deleted
from service.language import _
from service.storage.outbox import record
from service.storage.tables import Comment, Community, Post, PostFlair


async def move(session: AsyncSession, by: Author, post_id: int, community_id: int) -> bool:
    """Let a post stand in another community; it goes into the mod log. Idempotent.

    Who moves somebody else's post moderates both communities; an author may post in the other one.

    Returns:
        Whether it stood elsewhere.

    Raises:
        NotFound, Gone: no such post or community, or it is deleted.
        Forbidden, Banned: they may not, or one of the communities is not for everybody.
        Invalid: the site does not take it there.
    """
    post = await lock_row(session, Post, post_id)
    origin = await standing_for_post(session, by, post)
    refuse_deleted(post)
    if origin.community_id == community_id:
        return False
    target = await load_standing(session, by, community_id)
    await _check(session, by, post, origin, target)
    await session.execute(delete(PostFlair).where(PostFlair.post_id == post.id))
    post.community_id = target.community_id
    post.slug, post.sticky = path_of(post.id, post.title or "", target), False
    post.nsfw, post.nsfl = bool(post.nsfw or target.nsfw), bool(post.nsfl or target.nsfl)
    await session.flush()
    await _take_comments_along(session, post, origin, target)
    await log_content(session, by, "move_post", post)
    await record(
        session,
        PostMoved(post_id=post.id, by_id=by.id, origin_id=origin.community_id),
        federate=by.local,
    )
    return True


async def _check(
    session: AsyncSession, by: Author, post: Post, origin: CommunityStanding, target: CommunityStanding
) -> None:
    if post.user_id == by.id:
        check_may_contribute(may_post(by), origin, starting=False)
        check_may_contribute(by, target, starting=True)
    else:
        check_may_moderate(by, origin)
        check_may_moderate(by, target)
        if await session.scalar(select(is_banned_in(post.user_id or 0, target.community_id))):
            raise Forbidden(
                _("The post's author is banned from that community."), code="banned_from_community"
            )
    if any((origin.private, origin.local_only, target.private, target.local_only)):
        raise Forbidden(
            _("Posts can only be moved between communities that are open to everyone."),
            code="not_for_everybody",
        )
    if not target.is_fit(nsfw=bool(post.nsfw), nsfl=bool(post.nsfl)):
        raise Invalid({"community_id": _("This site doesn't allow that community's content.")})


async def _take_comments_along(
    session: AsyncSession, post: Post, origin: CommunityStanding, target: CommunityStanding
) -> None:
    """Let comments stand where their post does, and both communities count them."""
    moved = await session.scalars(
        update(Comment)
        .where(Comment.post_id == post.id)
        .values(community_id=target.community_id)
        .returning(Comment.deleted)
        .execution_options(synchronize_session=False)
    )
    comments = sum(not deleted for deleted in moved)
    for standing, sign in sorted(((origin, -1), (target, 1)), key=lambda pair: pair[0].community_id):
        posts, answers = Community.post_count, Community.post_reply_count
        counted = {
            posts: func.greatest(func.coalesce(posts, 0) + sign, 0),
            answers: func.greatest(func.coalesce(answers, 0) + sign * comments, 0),
        }
        await session.execute(
            update(Community)
            .where(Community.id == standing.community_id)
            .values(counted)
            .execution_options(synchronize_session=False)
        )
