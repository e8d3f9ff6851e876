"""Reads of the site's own pages; everybody may read them."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.forum.pages import rules
from service.storage.rows import Loader, or_long_ago
from service.storage.tables import CmsPage


class PageTitle(msgspec.Struct, frozen=True):
    """A page in a list."""

    id: int
    url: str
    title: str
    last_edited_by: str
    edited_at: datetime


class SitePage(msgspec.Struct, frozen=True):
    """A page with its text."""

    id: int
    url: str
    title: str
    body: str
    body_html: str
    edited_at: datetime


_WHEN = or_long_ago(CmsPage.edited_at, CmsPage.created_at)
_TITLE = Loader(PageTitle, {"edited_at": _WHEN}, CmsPage)
_PAGE = Loader(SitePage, {"edited_at": _WHEN}, CmsPage)


async def titles(db: AsyncConnection) -> list[PageTitle]:
    """All pages, by their titles."""
    statement = select(*_TITLE.columns).order_by(CmsPage.title, CmsPage.id).limit(rules.PAGES_MAX)
    return [_TITLE.load(row) for row in await db.execute(statement)]


async def page_at(db: AsyncConnection, url: str) -> SitePage:
    """The page at an address of this site; NotFound if there is none."""
    if not storable(url):
        raise NotFound
    return await _one(db, CmsPage.url == url)


async def page_by_id(db: AsyncConnection, page_id: int) -> SitePage:
    """One page; NotFound if there is none."""
    if not is_id(page_id):
        raise NotFound
    return await _one(db, CmsPage.id == page_id)


async def _one(db: AsyncConnection, condition: ColumnElement[bool]) -> SitePage:
    statement = select(*_PAGE.columns).where(condition).order_by(CmsPage.id).limit(1)
    row = (await db.execute(statement)).first()
    if row is None:
        raise NotFound
    return _PAGE.load(row)
