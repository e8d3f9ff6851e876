"""Who voted on what: for those who moderate there, and of those who vote privately for the site's staff alone."""

from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Integer, cast, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import WANTED, as_seen_by, author_loader, note_about, picture
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.comments.queries import comment_by_id
from service.forum.communities.roles import is_banned_in
from service.forum.communities.rules import may_moderate
from service.forum.errors import Forbidden
from service.forum.posts.queries import post_by_id
from service.forum.posts.shapes import PostRow
from service.language import _
from service.storage.rows import Loader
from service.storage.statements import Id, literal_limit
from service.storage.tables import Comment, CommentVote, CommunityMember, Post, PostVote, User

_AVATAR = picture("avatar")


class Voter(msgspec.Struct, frozen=True):
    """A person and their vote: 1 or -1.

    Attributes:
        note: What the viewer wrote down about the person.
        banned_from_community: They may not write where they voted.
    """

    person: AuthorRow
    vote: int
    note: str | None
    banned_from_community: bool


class VoterPage(msgspec.Struct, frozen=True):
    """A page of votes: those against first, and among equals the oldest, as PieFed has them.

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
    return await _page(db, viewer, _POST_VOTER, _voters_of_post(viewer.runs_the_site), post_id, page, size)


async def voters_of_comment(
    db: AsyncConnection, viewer: Viewer, comment_id: int, *, page: int = 1, size: int = 50
) -> VoterPage:
    """Who voted on a comment; as `voters_of_post`."""
    _check(viewer, (await comment_by_id(db, viewer, comment_id)).post)
    return await _page(
        db, viewer, _COMMENT_VOTER, _voters_of_comment(viewer.runs_the_site), comment_id, page, size
    )


def _check(viewer: Viewer, post: PostRow) -> None:
    if not may_moderate(viewer, is_moderator=post.mine.moderates):
        raise Forbidden(_("Only moderators can see who voted."), code="not_a_mod")


async def _page(
    db: AsyncConnection,
    viewer: Viewer,
    voter: Loader[Voter],
    statement: Any,
    wanted: int,
    page: int,
    size: int,
) -> VoterPage:
    window = statement.limit(literal_limit(size + 1)).offset(literal_limit((page - 1) * size))
    found = [voter.load(row) for row in await db.execute(window, as_seen_by(viewer, wanted=wanted))]
    return VoterPage(found[:size], len(found) > size)


def _voter_of(vote: Any, community_id: Id) -> Loader[Voter]:
    member = (CommunityMember.user_id == User.id, CommunityMember.community_id == community_id)
    return Loader(
        Voter,
        {
            "person": author_loader(User, _AVATAR),
            "vote": cast(func.sign(vote.effect), Integer),
            "note": note_about(User.id),
            "banned_from_community": or_(
                is_banned_in(User.id, community_id),
                exists().where(*member, CommunityMember.is_banned.is_(True)),
            ),
        },
    )


_POST_VOTER = _voter_of(PostVote, Post.community_id)
_COMMENT_VOTER = _voter_of(CommentVote, Comment.community_id)


@cache
def _voters_of_post(with_private: bool) -> Any:
    return (
        _voters(PostVote, _POST_VOTER, with_private)
        .join(Post, Post.id == PostVote.post_id)
        .where(Post.id == WANTED)
    )


@cache
def _voters_of_comment(with_private: bool) -> Any:
    return (
        _voters(CommentVote, _COMMENT_VOTER, with_private)
        .join(Comment, Comment.id == CommentVote.post_reply_id)
        .where(Comment.id == WANTED)
    )


def _voters(vote: Any, voter: Loader[Voter], with_private: bool) -> Any:
    shown = true() if with_private else User.vote_privately.is_not(True)
    return (
        select(*voter.columns)
        .select_from(vote)
        .join(User, User.id == vote.user_id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(vote.effect != 0, shown)
        .order_by(vote.effect, vote.created_at, vote.id)
    )
