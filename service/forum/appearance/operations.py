"""Changes to a site's look, for administrators; each leaves its entry in the audit log."""

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.appearance import rules
from service.forum.appearance.queries import ONLY
from service.forum.attachments.operations import discard
from service.forum.errors import NotFound
from service.forum.site import SITE_ID
from service.storage.tables import Appearance, Site, UserFile


async def change(session: AsyncSession, by: Authority, *, accent: str, css: str) -> None:
    """Give the site a colour and a style sheet.

    Parameters:
        accent: as `#rrggbb`; '' for the usual one.
        css: comes after the site's own style sheet.

    Raises:
        Invalid: the colour is none, or the style sheet too long.
    """
    rules.check_appearance(accent, css)
    statement = insert(Appearance).values(id=ONLY, accent=accent, css=css)
    changed = {"accent": statement.excluded.accent, "css": statement.excluded.css}
    await session.execute(statement.on_conflict_do_update(index_elements=[Appearance.id], set_=changed))
    await audit.note(session, by, "appearance", details={"fields": ["accent", "css"]})


async def set_icon(session: AsyncSession, by: Authority, file_id: int | None) -> None:
    """Show another icon of the site, or the usual one; NotFound if whoever sets it did not upload that file."""
    if file_id is not None:
        own = exists().where(UserFile.user_id == by.id, UserFile.file_id == file_id)
        if not await session.scalar(select(own)):
            raise NotFound
    here = Site.id == SITE_ID
    before = await session.scalar(select(Site.icon_id).where(here).with_for_update())
    await session.execute(update(Site).where(here).values(icon_id=file_id))
    await discard(session, [before])
    await audit.note(session, by, "appearance", details={"fields": ["icon"]})
