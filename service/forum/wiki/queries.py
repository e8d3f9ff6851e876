"""Reads of wikis. Who may read a community, which the caller has asked for, may read its wiki."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import author_loader, picture
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, storable
from service.forum.communities.rules import may_moderate
from service.forum.communities.shapes import CommunityDetail
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.forum.wiki import rules
from service.forum.wiki.choices import Editors
from service.forum.wiki.shapes import Revision, WikiPage, WikiTitle
from service.language import _
from service.storage.clock import utcnow
from service.storage.rows import Loader, Read, if_there, or_long_ago
from service.storage.tables import CommunityWikiPage, CommunityWikiRevision, User

_AVATAR = picture("avatar")
_TITLE = Loader(WikiTitle, {}, CommunityWikiPage)
_PAGE = Loader(
    WikiPage,
    {
        "edited_at": or_long_ago(CommunityWikiPage.edited_at, CommunityWikiPage.created_at),
        "editors": Read(
            CommunityWikiPage.who_can_edit,
            lambda value: Editors.stored(value, Editors.MODERATORS),
            Editors.MODERATORS,
        ),
    },
    CommunityWikiPage,
)
_REVISION = Loader(Revision, {"author": if_there(author_loader(User, _AVATAR))}, CommunityWikiRevision)


async def titles(db: AsyncConnection, community_id: int) -> list[WikiTitle]:
    """The pages of a community's wiki, by their titles."""
    return [_TITLE.load(row) for row in await db.execute(_titles(), {"wanted": community_id})]


@lru_cache
def _titles() -> Select[Any]:
    return (
        select(*_TITLE.columns)
        .where(CommunityWikiPage.community_id == bindparam("wanted", type_=Integer))
        .order_by(CommunityWikiPage.title, CommunityWikiPage.id)
        .limit(rules.PAGES_MAX)
    )


async def page_by_slug(db: AsyncConnection, community_id: int, slug: str) -> WikiPage:
    """One page; NotFound if there is none."""
    return await _one(db, community_id, CommunityWikiPage.slug == slug if storable(slug) else None)


async def page_by_id(db: AsyncConnection, community_id: int, page_id: int) -> WikiPage:
    """One page of this community; NotFound if there is none."""
    return await _one(db, community_id, CommunityWikiPage.id == page_id if is_id(page_id) else None)


async def revisions(db: AsyncConnection, page_id: int, *, page: int = 1, size: int = 20) -> Page[Revision]:
    """What a page said, the latest first.

    Parameters:
        page: from 1.
        size: revisions a page.
    """
    statement = _revisions().where(CommunityWikiRevision.wiki_page_id == page_id)
    rows = await db.execute(window(statement.order_by(CommunityWikiRevision.id.desc()), page, size))
    return page_of([_REVISION.load(row) for row in rows], size)


async def revision_by_id(db: AsyncConnection, page_id: int, revision_id: int) -> Revision:
    """One state of a page; NotFound if there is none."""
    if not is_id(revision_id):
        raise NotFound
    statement = _revisions().where(
        CommunityWikiRevision.wiki_page_id == page_id, CommunityWikiRevision.id == revision_id
    )
    row = (await db.execute(statement)).first()
    if row is None:
        raise NotFound
    return _REVISION.load(row)


async def may_edit(
    db: AsyncConnection, viewer: Viewer | None, detail: CommunityDetail, editors: Editors
) -> bool:
    """Whether the viewer may edit a page of a community's wiki."""
    if viewer is None or not detail.community.local:
        return False
    return rules.may_edit(
        editors,
        signed_in=True,
        is_banned=detail.mine.banned or viewer.banned,
        is_member=detail.mine.member,
        is_trusted=await is_trusted(db, viewer),
        moderates=may_moderate(viewer, is_moderator=detail.mine.moderator),
    )


async def is_trusted(db: AsyncConnection, viewer: Viewer) -> bool:
    """Whether the viewer has been here for long, or is well thought of."""
    long_ago = utcnow() - timedelta(days=rules.LONG_STANDING_DAYS)
    trusted = or_(User.created < long_ago, User.reputation >= rules.WELL_THOUGHT_OF)
    return await db.scalar(select(User.id).where(User.id == viewer.id, trusted)) is not None


async def _one(db: AsyncConnection, community_id: int, condition: ColumnElement[bool] | None) -> WikiPage:
    if condition is None:
        raise NotFound
    statement = select(*_PAGE.columns).where(CommunityWikiPage.community_id == community_id, condition)
    row = (await db.execute(statement.order_by(CommunityWikiPage.id).limit(1))).first()
    if row is None:
        raise NotFound(_("This page doesn't exist in this wiki."))
    return _PAGE.load(row)


def _revisions() -> Select[Any]:
    return (
        select(*_REVISION.columns)
        .outerjoin(User, User.id == CommunityWikiRevision.user_id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
    )
