"""What a member takes along: the settings as other programs read them, and all that they wrote, batch by batch."""

from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import Visibility
from service.forum.accounts.queries import blocked_instances, settings_of
from service.forum.accounts.viewer import Viewer
from service.forum.luggage.shapes import Luggage, PackedNote
from service.forum.posts.gallery import gallery_ids
from service.storage.statements import literal_limit
from service.storage.tables import (
    ChatMessage,
    Comment,
    CommentBookmark,
    CommentVote,
    Community,
    CommunityBlock,
    CommunityMember,
    Post,
    PostBookmark,
    PostVote,
    User,
    UserBlock,
    UserNote,
)

BATCH = 500

# All that is somebody's own besides the settings, by the name of its file: columns, and whose rows they are.
_OWN: dict[str, tuple[Any, tuple[Any, ...], Any]] = {
    "posts": (
        Post.id,
        (
            Post.ap_id,
            Post.title,
            Post.url,
            Post.body,
            Post.posted_at,
            Post.community_id,
            Post.nsfw,
            Post.image_id,
            gallery_ids(Post).label("gallery"),
        ),
        Post.user_id,
    ),
    "comments": (
        Comment.id,
        (Comment.ap_id, Comment.body, Comment.posted_at, Comment.post_id, Comment.parent_id),
        Comment.user_id,
    ),
    "messages": (
        ChatMessage.id,
        (
            ChatMessage.conversation_id,
            ChatMessage.sender_id,
            ChatMessage.recipient_id,
            ChatMessage.body,
            ChatMessage.created_at,
        ),
        None,
    ),
    "votes on posts": (
        PostVote.id,
        (PostVote.post_id, PostVote.effect, PostVote.created_at),
        PostVote.user_id,
    ),
    "votes on comments": (
        CommentVote.id,
        (CommentVote.post_reply_id, CommentVote.effect, CommentVote.created_at),
        CommentVote.user_id,
    ),
}
FILES = tuple(_OWN)


async def packed(db: AsyncConnection, viewer: Viewer) -> Luggage:
    """The viewer's settings, subscriptions, bookmarks and blocks."""
    settings = await settings_of(db, viewer)
    joined = select(_address(Community)).join(CommunityMember, CommunityMember.community_id == Community.id)
    posts = select(Post.ap_id).join(PostBookmark, PostBookmark.post_id == Post.id)
    comments = select(Comment.ap_id).join(CommentBookmark, CommentBookmark.post_reply_id == Comment.id)
    communities = select(_address(Community)).join(
        CommunityBlock, CommunityBlock.community_id == Community.id
    )
    people = select(_address(User)).join(UserBlock, UserBlock.blocked_id == User.id)
    notes = select(_address(User), UserNote.body).join(UserNote, UserNote.target_id == User.id)
    not_banned = CommunityMember.is_banned.is_not(True)
    return Luggage(
        display_name=settings.title,
        bio=settings.about,
        bot_account=settings.bot,
        settings={
            "email": settings.email,
            "show_nsfw": settings.hide_nsfw != Visibility.HIDE,
            "show_bot_accounts": settings.ignore_bots != Visibility.HIDE,
            "show_read_posts": not settings.hide_read_posts,
            "default_sort_type": settings.default_sort.word,
            "default_listing_type": settings.default_filter.word,
            "theme": settings.theme,
            "interface_language": settings.interface_language,
        },
        followed_communities=await _all(db, joined.where(CommunityMember.user_id == viewer.id, not_banned)),
        saved_posts=await _all(db, posts.where(PostBookmark.user_id == viewer.id)),
        saved_comments=await _all(db, comments.where(CommentBookmark.user_id == viewer.id)),
        blocked_communities=await _all(db, communities.where(CommunityBlock.user_id == viewer.id)),
        blocked_users=await _all(db, people.where(UserBlock.blocker_id == viewer.id)),
        blocked_instances=[one.domain for one in await blocked_instances(db, viewer)],
        user_notes=[
            PackedNote(target, note or "")
            for target, note in await db.execute(notes.where(UserNote.user_id == viewer.id))
            if target
        ],
    )


async def batch_of(db: AsyncConnection, viewer: Viewer, name: str, after: int) -> list[dict[str, Any]]:
    """Some of what the viewer wrote, in order.

    Parameters:
        name: one of FILES.
        after: the `id` of the last one before.
    """
    key, columns, owner = _OWN[name]
    own = (
        owner == viewer.id
        if owner is not None
        else and_(
            or_(ChatMessage.sender_id == viewer.id, ChatMessage.recipient_id == viewer.id),
            ChatMessage.deleted.is_not(True),
        )
    )
    statement = select(key, *columns).where(own, key > after).order_by(key).limit(literal_limit(BATCH))
    return [dict(row._mapping) for row in await db.execute(statement)]


def _address(table: type[Community] | type[User]) -> Any:
    return table.ap_profile_id


async def _all(db: AsyncConnection, statement: Any) -> list[str]:
    return [address for address in await db.scalars(statement) if address]
