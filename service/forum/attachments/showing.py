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
from service.forum.attachments.queries import is_shown_elsewhere
from service.forum.visibility import listed_for
from service.storage.tables import Community, CommunityMember, Picture, Post, UserFile

_PATH: ColumnElement[str] = bindparam("path", type_=String())


async def is_withheld(db: AsyncConnection, path: str) -> bool:
    """Whether a file in the store belongs to a picture that only posts show which are gone, or whose community is.

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
    gone = exists().where(
        Post.image_id == Picture.file_id,
        Community.id == Post.community_id,
        or_(Post.deleted.is_(True), Community.banned.is_(True)),
    )
    stands = exists().where(
        Post.image_id == Picture.file_id,
        Community.id == Post.community_id,
        Post.deleted.is_not(True),
        Community.banned.is_not(True),
    )
    # Most pictures are of nothing that is gone: then nothing more is looked up.
    withheld = case((gone, ~or_(stands, is_shown_elsewhere(Picture.file_id))), else_=False)
    return select(func.coalesce(func.bool_and(withheld), False)).where(_is_of_path())


@cache
def _concerns_viewer() -> Select[Any]:
    uploaded = exists().where(UserFile.file_id == Picture.file_id, UserFile.user_id == VIEWER_ID)
    moderated = exists().where(
        Post.image_id == Picture.file_id,
        CommunityMember.community_id == Post.community_id,
        CommunityMember.user_id == VIEWER_ID,
        CommunityMember.is_banned.is_not(True),
        or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
    )
    return select(exists().where(_is_of_path(), or_(uploaded, moderated)))


@cache
def _shown_to(scope: Scope) -> Select[Any]:
    is_member = exists().where(
        CommunityMember.community_id == Community.id,
        CommunityMember.user_id == VIEWER_ID,
        CommunityMember.is_banned.is_not(True),
    )
    wanted: Any = bindparam("wanted")
    by_post = exists().where(
        Post.image_id == wanted,
        Community.id == Post.community_id,
        listed_for(scope, is_member=is_member.correlate(Community)),
    )
    return select(or_(by_post, is_shown_elsewhere(wanted)))


def _is_of_path() -> ColumnElement[bool]:
    return or_(Picture.original == _PATH, Picture.medium == _PATH, Picture.thumbnail == _PATH)
