"""Who voted on what: for those who moderate there, and of those who vote privately for the site's staff alone."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import AUTHOR_WIDTH, WANTED, author_columns, author_row, picture
from service.forum.accounts.viewer import Viewer
from service.forum.comments.queries import comment_by_id
from service.forum.communities.rules import may_moderate
from service.forum.errors import Forbidden
from service.forum.posts.queries import ban_in_force, post_by_id
from service.forum.posts.shapes import AuthorRow, PostRow
from service.storage.statements import literal_limit
from service.storage.tables import Comment, CommentVote, CommunityBan, CommunityMember, Post, PostVote, User

_AVATAR = picture("avatar")


class Voter(msgspec.Struct, frozen=True):
    """A person and their vote: 1 or -1.

    Attributes:
        banned_from_community: They may not write where they voted.
    """

    person: AuthorRow
    vote: int
    banned_from_community: bool


class VoterPage(msgspec.Struct, frozen=True):
    """A page of votes, the latest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    voters: list[Voter]
    has_more: bool


async def voters_of_post(
    db: AsyncConnection, viewer: Viewer, post_id: int, *, page: int = 1, size: int = 50
) -> VoterPage:
    """Who voted on a post.

    Parameters:
        page: from 1.
        size: votes a page.

    Raises:
        NotFound, Gone: there is no such post for the viewer.
        Forbidden: the viewer does not moderate there.
    """
    _check(viewer, await post_by_id(db, viewer, post_id))
    return await _page(db, _voters_of_post(viewer.runs_the_site), post_id, page, size)


async def voters_of_comment(
    db: AsyncConnection, viewer: Viewer, comment_id: int, *, page: int = 1, size: int = 50
) -> VoterPage:
    """Who voted on a comment; as `voters_of_post`."""
    _check(viewer, (await comment_by_id(db, viewer, comment_id)).post)
    return await _page(db, _voters_of_comment(viewer.runs_the_site), comment_id, page, size)


def _check(viewer: Viewer, post: PostRow) -> None:
    if not may_moderate(viewer, is_moderator=post.mine.moderates):
        raise Forbidden("Only moderators may see who voted.", code="not_a_mod")


async def _page(db: AsyncConnection, statement: Any, wanted: int, page: int, size: int) -> VoterPage:
    window = statement.limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))
    found = [_voter(row) for row in await db.execute(window, {"wanted": wanted})]
    return VoterPage(found[:size], len(found) > size)


@cache
def _voters_of_post(with_private: bool) -> Any:
    return (
        _voters(PostVote, Post.community_id, with_private)
        .join(Post, Post.id == PostVote.post_id)
        .where(Post.id == WANTED)
    )


@cache
def _voters_of_comment(with_private: bool) -> Any:
    return (
        _voters(CommentVote, Comment.community_id, with_private)
        .join(Comment, Comment.id == CommentVote.post_reply_id)
        .where(Comment.id == WANTED)
    )


def _voters(vote: Any, community_id: Any, with_private: bool) -> Any:
    shown = true() if with_private else User.vote_privately.is_not(True)
    here = (CommunityBan.user_id == User.id, CommunityBan.community_id == community_id)
    member = (CommunityMember.user_id == User.id, CommunityMember.community_id == community_id)
    return (
        select(
            *author_columns(User, _AVATAR),
            func.sign(vote.effect),
            or_(
                exists().where(*here, ban_in_force()),
                exists().where(*member, CommunityMember.is_banned.is_(True)),
            ),
        )
        .select_from(vote)
        .join(User, User.id == vote.user_id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(vote.effect != 0, shown)
        .order_by(vote.id.desc())
    )


def _voter(row: Sequence[Any]) -> Voter:
    vote, banned = row[AUTHOR_WIDTH:]
    return Voter(author_row(row[:AUTHOR_WIDTH]), int(vote), bool(banned))
