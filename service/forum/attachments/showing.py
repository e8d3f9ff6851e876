"""Who may fetch a picture: of what is gone, those who may still see that; of another site's, who sees what shows it.

A picture of ours has a name that nobody guesses, so whoever has it may fetch it as long as something shows it. One of
another site is asked for by its number, so it is looked up each time who may see it.
"""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, Scope, as_seen_by, scope_of
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.queries import is_shown_by_post, is_shown_elsewhere
from service.forum.communities.roles import moderates
from service.forum.visibility import listed_for
from service.storage.statements import Id
from service.storage.tables import (
    ChatMessage,
    Comment,
    Community,
    CommunityMember,
    EmbeddedPicture,
    Picture,
    Post,
    Site,
    User,
    UserFile,
)

_PATH: ColumnElement[str] = bindparam("path", type_=String())


async def is_withheld(db: AsyncConnection, path: str) -> bool:
    """Whether a file in the store belongs to a picture that only posts and comments show which are gone.

    Parameters:
        path: of any of its sizes.
    """
    return bool(await db.scalar(_withheld(), {"path": path}))


async def may_fetch_withheld(db: AsyncConnection, viewer: Viewer | None, path: str) -> bool:
    """Whether somebody may fetch a picture of what is gone: who uploaded it, and who moderates where it was shown."""
    if viewer is None or viewer.runs_the_site:
        return viewer is not None
    return bool(await db.scalar(_concerns_viewer(), as_seen_by(viewer, path=path)))


async def may_fetch_remote(db: AsyncConnection, viewer: Viewer | None, file_id: int) -> bool:
    """Whether something shows another site's picture that the viewer may see."""
    return bool(await db.scalar(_shown_to(scope_of(viewer)), as_seen_by(viewer, wanted=file_id)))


@cache
def _withheld() -> Select[Any]:
    file_id, in_post, in_comment = Picture.file_id, _is_gone(), _is_gone(Comment)
    gone = or_(
        _by_post(file_id, in_post),
        _by_comment(file_id, in_comment),
        _in_text_of_post(file_id, in_post, _is_uploaded_by(Post.user_id)),
        _in_text_of_comment(file_id, in_comment, _is_uploaded_by(Comment.user_id)),
    )
    stands = or_(
        _by_post(file_id, ~in_post),
        _by_comment(file_id, ~in_comment),
        _in_text_of_post(file_id, ~in_post),
        _in_text_of_comment(file_id, ~in_comment),
        *_in_other_texts(),
    )
    elsewhere = is_shown_elsewhere(file_id, but=Comment.image_id)
    # Most pictures are of nothing that is gone: then nothing more is looked up.
    withheld = case((gone, ~or_(stands, elsewhere)), else_=False)
    return select(func.coalesce(func.bool_and(withheld), False)).where(_is_of_path())


def _is_gone(*also: type[Comment]) -> ColumnElement[bool]:
    rows = (Post.deleted, Community.banned, *(thing.deleted for thing in also))
    return or_(*(func.coalesce(is_gone, False) for is_gone in rows))


def _by_post(file_id: Id, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return is_shown_by_post(file_id, Community.id == Post.community_id, *conditions)


def _by_comment(file_id: Id, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Comment.image_id == file_id,
        Post.id == Comment.post_id,
        Community.id == Post.community_id,
        *conditions,
    )


def _in_text_of_post(file_id: Id, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        EmbeddedPicture.file_id == file_id,
        EmbeddedPicture.comment_id == 0,
        Post.id == EmbeddedPicture.post_id,
        Community.id == Post.community_id,
        *conditions,
    )


def _in_text_of_comment(file_id: Id, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        EmbeddedPicture.file_id == file_id,
        Comment.id == EmbeddedPicture.comment_id,
        Post.id == EmbeddedPicture.post_id,
        Community.id == Post.community_id,
        *conditions,
    )


def _is_uploaded_by(person_id: Id) -> ColumnElement[bool]:
    """SQL: else anybody could have somebody's picture withheld by showing it in a text and deleting that."""
    return exists().where(UserFile.file_id == Picture.file_id, UserFile.user_id == person_id)


def _in_other_texts() -> tuple[ColumnElement[bool], ...]:
    """SQL: the uploader's profile or messages show it, or a community or the site does; read for few pictures."""
    mine = UserFile.file_id == Picture.file_id
    return (
        exists().where(mine, User.id == UserFile.user_id, _shows(User.about)),
        exists().where(mine, ChatMessage.sender_id == UserFile.user_id, _shows(ChatMessage.body)),
        exists().where(or_(*(_shows(text) for text in (Community.description, Community.rules)))),
        exists().where(or_(*(_shows(text) for text in (Site.sidebar, Site.about, Site.legal_information)))),
    )


def _shows(text: Any) -> ColumnElement[bool]:
    shown: ColumnElement[bool] = func.strpos(text, Picture.original) > 0
    return shown


@cache
def _concerns_viewer() -> Select[Any]:
    uploaded = exists().where(UserFile.file_id == Picture.file_id, UserFile.user_id == VIEWER_ID)
    of_moderator = (
        CommunityMember.community_id == Community.id,
        CommunityMember.user_id == VIEWER_ID,
        moderates(),
    )
    ways = (_by_post, _by_comment, _in_text_of_post, _in_text_of_comment)
    moderated = or_(*(way(Picture.file_id, *of_moderator) for way in ways))
    return select(exists().where(_is_of_path(), or_(uploaded, moderated)))


@cache
def _shown_to(scope: Scope) -> Select[Any]:
    is_member = exists().where(
        CommunityMember.community_id == Community.id,
        CommunityMember.user_id == VIEWER_ID,
        CommunityMember.is_banned.is_not(True),
    )
    wanted: Any = bindparam("wanted")
    listed = listed_for(scope, is_member=is_member.correlate(Community))
    shown = (
        _by_post(wanted, listed),
        _by_comment(wanted, listed, Comment.deleted.is_not(True)),
        is_shown_elsewhere(wanted, but=Comment.image_id),
    )
    return select(or_(*shown))


def _is_of_path() -> ColumnElement[bool]:
    return or_(Picture.original == _PATH, Picture.medium == _PATH, Picture.thumbnail == _PATH)
