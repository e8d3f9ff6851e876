"""The websites that posts link to: a list of them, and one; and what administrators decided about them."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, as_seen_by
from service.forum.accounts.viewer import Viewer
from service.forum.checks import storable
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.forum.websites.choices import WebsiteKind
from service.language import _
from service.storage.rows import Loader, or_zero
from service.storage.tables import Domain, DomainBlock


class WebsiteRow(msgspec.Struct, frozen=True):
    """A website that posts link to; `blocked` if the viewer wants to see nothing of it."""

    id: int
    name: str
    post_count: int
    blocked: bool


async def listing(
    db: AsyncConnection, viewer: Viewer | None, *, text: str = "", page: int = 1, size: int = 50
) -> Page[WebsiteRow]:
    """A page of the websites, those with the most posts first.

    Parameters:
        text: part of the name.
        page: from 1.
        size: websites a page.
    """
    statement = _STATEMENT.where(Domain.post_count > 0, *_having(text))
    statement = statement.order_by(or_zero(Domain.post_count).desc(), Domain.id)
    rows = await db.execute(window(statement, page, size), as_seen_by(viewer))
    return page_of((WebsiteRow(*row) for row in rows), size)


async def one(db: AsyncConnection, viewer: Viewer | None, name: str) -> WebsiteRow:
    """The website of that name or number; NotFound if nobody links there, or nobody may."""
    row = (await db.execute(_called(_STATEMENT, name), as_seen_by(viewer))).one_or_none()
    if row is None:
        raise NotFound(_("No one has linked to this website yet."))
    return WebsiteRow(*row)


_STATEMENT: Any = select(
    Domain.id,
    Domain.name,
    or_zero(Domain.post_count),
    exists().where(DomainBlock.domain_id == Domain.id, DomainBlock.user_id == VIEWER_ID),
).where(Domain.banned.is_not(True), Domain.name.is_not(None))


class Website(msgspec.Struct, frozen=True):
    """A website; the names are those of the columns.

    Attributes:
        notify_mods, notify_admins: Who is told of posts that link there.
        post_warning: Shown to those who read or write such posts.
    """

    id: int
    name: str
    post_count: int
    banned: bool
    notify_mods: bool
    notify_admins: bool
    post_warning: str


_WEBSITE = Loader(Website, {}, Domain)


async def websites(
    db: AsyncConnection, *, kind: WebsiteKind, text: str = "", page: int = 1, size: int = 50
) -> Page[Website]:
    """A page of websites, those with the most posts first.

    Parameters:
        text: a part of the name.
        page: from 1.
        size: websites a page.
    """
    statement: Any = select(*_WEBSITE.columns).where(*_CONDITIONS[kind], *_having(text))
    ordered = statement.order_by(Domain.post_count.desc().nulls_last(), Domain.id)
    return page_of([_WEBSITE.load(row) for row in await db.execute(window(ordered, page, size))], size)


async def website_named(db: AsyncConnection, name: str) -> Website:
    """The website of that name or number with what was decided about it; NotFound if no post linked there yet."""
    row = (await db.execute(_called(select(*_WEBSITE.columns), name))).one_or_none()
    if row is None:
        raise NotFound(_("No one has linked to this website yet."))
    return _WEBSITE.load(row)


def _called(websites: Any, name: str) -> Any:
    """SQL: of these the one of that name, in any case and with or without www, or of that number."""
    if not storable(name):
        return websites.where(false())
    if name.isascii() and name.isdecimal() and len(name) < 10:
        return websites.where(Domain.id == int(name))
    plain = name.lower().removeprefix("www.")
    one_of_them = websites.where(Domain.name.in_((name, plain, f"www.{plain}")))
    return one_of_them.order_by(Domain.name != name, Domain.id).limit(1)


def _having(text: str) -> list[ColumnElement[bool]]:
    """SQL: its name has this part; every one has the empty one."""
    if not text:
        return []
    return [Domain.name.icontains(text, autoescape=True) if storable(text) else false()]


_CONDITIONS: dict[WebsiteKind, tuple[ColumnElement[bool], ...]] = {
    WebsiteKind.ALL: (),
    WebsiteKind.BANNED: (Domain.banned.is_(True),),
    WebsiteKind.WATCHED: (
        or_(
            Domain.notify_mods.is_(True),
            Domain.notify_admins.is_(True),
            func.coalesce(Domain.post_warning, "") != "",
        ),
    ),
}
