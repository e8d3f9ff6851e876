"""Changes to the wiki of a community of this site. Each state of a page is kept as a revision of it.

A wiki is read here alone: other servers are told nothing of it.
"""

import msgspec
from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import may_act
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.communities.standing import CommunityStanding, check_may_moderate, load_standing
from service.forum.errors import Conflict, Forbidden, Invalid, NotFound
from service.forum.phrases import refuse_phrases
from service.forum.wiki import queries, rules
from service.forum.wiki.choices import Editors
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import CommunityWikiPage, CommunityWikiRevision
from service.text.markdown import render_markdown


class PageText(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is to say.

    Attributes:
        slug: The word in its address.
        editors: None leaves them as they are; only moderators change them, and the word.
    """

    title: str
    slug: str
    body: str
    editors: Editors | None = None


async def add(session: AsyncSession, viewer: Viewer, community_id: int, new: PageText, *, domain: str) -> str:
    """Make a page; return its word in addresses.

    Parameters:
        domain: this site's.

    Raises:
        NotFound, Forbidden: there is no such community here, or the viewer does not moderate it.
        Invalid: the page breaks a rule, or there are enough of them.
        Conflict: the wiki has a page under this word.
    """
    standing = await _standing_here(session, viewer, community_id)
    check_may_moderate(viewer, standing)
    await _check(session, new)
    await lock_name(session, f"wiki:{community_id}")
    await _refuse_twin(session, community_id, new.slug)
    page = CommunityWikiPage(
        community_id=community_id,
        slug=new.slug,
        title=new.title,
        body=new.body,
        body_html=render_markdown(new.body, domain=domain),
        who_can_edit=(new.editors or Editors.MODERATORS).value,
    )
    session.add(page)
    await session.flush()
    await _keep(session, viewer, page)
    return new.slug


async def edit(
    session: AsyncSession, viewer: Viewer, community_id: int, page_id: int, new: PageText, *, domain: str
) -> str:
    """Change a page; return its word in addresses. Raises as `add`, and Forbidden for whom the page is not open."""
    standing = await _standing_here(session, viewer, community_id)
    page = await _locked(session, community_id, page_id)
    await _check_may_edit(session, viewer, standing, page)
    await _check(session, new)
    if standing.moderates or viewer.runs_the_site:
        if new.slug != page.slug:
            await lock_name(session, f"wiki:{community_id}")
            await _refuse_twin(session, community_id, new.slug)
        page.slug = new.slug
        page.who_can_edit = page.who_can_edit if new.editors is None else new.editors.value
    if (page.title, page.body) != (new.title, new.body):
        page.title, page.body, page.edited_at = new.title, new.body, utcnow()
        page.body_html = render_markdown(new.body, domain=domain)
        await _keep(session, viewer, page)
    await session.flush()
    return page.slug or ""


async def revert(
    session: AsyncSession, viewer: Viewer, community_id: int, page_id: int, revision_id: int, *, domain: str
) -> str:
    """Let a page say again what it said; return its word in addresses. Raises as `edit`."""
    page = await _locked(session, community_id, page_id)
    revision = await session.get(CommunityWikiRevision, revision_id) if is_id(revision_id) else None
    if revision is None or revision.wiki_page_id != page_id:
        raise NotFound
    former = PageText(title=revision.title or "", slug=page.slug or "", body=revision.body or "")
    return await edit(session, viewer, community_id, page_id, former, domain=domain)


async def remove(session: AsyncSession, viewer: Viewer, community_id: int, page_id: int) -> None:
    """Delete a page for good, with all that it said; raises NotFound and Forbidden as `add`."""
    check_may_moderate(viewer, await _standing_here(session, viewer, community_id))
    page = await _locked(session, community_id, page_id)
    await session.execute(delete(CommunityWikiRevision).where(CommunityWikiRevision.wiki_page_id == page_id))
    await session.delete(page)
    await session.flush()


async def _standing_here(session: AsyncSession, viewer: Viewer, community_id: int) -> CommunityStanding:
    standing = await load_standing(session, may_act(viewer), community_id)
    if not standing.local:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return standing


async def _check_may_edit(
    session: AsyncSession, viewer: Viewer, standing: CommunityStanding, page: CommunityWikiPage
) -> None:
    allowed = rules.may_edit(
        Editors.stored(page.who_can_edit, Editors.MODERATORS),
        signed_in=True,
        is_banned=standing.banned,
        is_member=standing.member,
        is_trusted=await queries.is_trusted(await session.connection(), viewer),
        moderates=standing.moderates or viewer.runs_the_site,
    )
    if not allowed:
        raise Forbidden(_("You don't have permission to edit this page."))


async def _check(session: AsyncSession, new: PageText) -> None:
    rules.check_page(new.title, new.slug, new.body)
    await refuse_phrases(session, {"title": new.title, "body": new.body})


async def _refuse_twin(session: AsyncSession, community_id: int, slug: str) -> None:
    here = CommunityWikiPage.community_id == community_id
    if await session.scalar(select(exists().where(here, CommunityWikiPage.slug == slug))):
        raise Conflict(_("This wiki already has a page at this address."), field="slug")
    if (await session.scalar(select(func.count()).where(here)) or 0) >= rules.PAGES_MAX:
        raise Invalid({"title": _("A wiki can have at most %(most)s pages.", most=rules.PAGES_MAX)})


async def _locked(session: AsyncSession, community_id: int, page_id: int) -> CommunityWikiPage:
    page = await session.get(CommunityWikiPage, page_id, with_for_update=True) if is_id(page_id) else None
    if page is None or page.community_id != community_id:
        raise NotFound(_("This page doesn't exist in this wiki."))
    return page


async def _keep(session: AsyncSession, viewer: Viewer, page: CommunityWikiPage) -> None:
    """Keep what a page says now, under the name of who wrote it."""
    session.add(
        CommunityWikiRevision(
            wiki_page_id=page.id,
            community_id=page.community_id,
            user_id=viewer.id,
            title=page.title,
            body=page.body,
            body_html=page.body_html,
        )
    )
    await session.flush()
