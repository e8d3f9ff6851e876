"""Changes to the site's own pages, for administrators; each leaves its entry in the audit log."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id
from service.forum.errors import Conflict, Invalid, NotFound
from service.forum.pages import rules
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import CmsPage
from service.text.markdown import render_markdown


async def save(
    session: AsyncSession,
    by: Authority,
    page_id: int | None,
    *,
    title: str,
    url: str,
    body: str,
    domain: str,
) -> int:
    """Write a page, or a new one; return its id.

    Parameters:
        page_id: None for a new one.
        url: its address on this site, as `rules.tidy_url` makes it.
        domain: this site's.

    Raises:
        NotFound: there is no such page.
        Invalid: a text breaks a rule, or there are enough pages.
        Conflict: another page stands there.
    """
    rules.check_page(title, url, body)
    await lock_name(session, "pages")
    page = CmsPage() if page_id is None else await _found(session, page_id)
    if set(await session.scalars(select(CmsPage.id).where(CmsPage.url == url))) - {page_id}:
        raise Conflict(_("Another page already uses this address."), field="url")
    if page_id is None and (await session.scalar(select(func.count(CmsPage.id))) or 0) >= rules.PAGES_MAX:
        raise Invalid({"title": _("A site can have at most %(most)s pages.", most=rules.PAGES_MAX)})
    page.title, page.url, page.body = title, url, body
    page.body_html = render_markdown(body, domain=domain)
    page.last_edited_by, page.edited_at = by.name[:50], utcnow()
    session.add(page)
    await session.flush()
    await audit.note(session, by, "page_save", target=f"page:{url}")
    return page.id


async def delete(session: AsyncSession, by: Authority, page_id: int) -> None:
    """Delete a page for good; NotFound if there is none."""
    page = await _found(session, page_id)
    url = page.url or ""
    await session.delete(page)
    await session.flush()
    await audit.note(session, by, "page_delete", target=f"page:{url}")


async def _found(session: AsyncSession, page_id: int) -> CmsPage:
    page = await session.get(CmsPage, page_id, with_for_update=True) if is_id(page_id) else None
    if page is None:
        raise NotFound(_("This page doesn't exist."))
    return page
