"""Changes to tags, for administrators."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.language import _
from service.storage.tables import Tag


async def set_banned(session: AsyncSession, by: Authority, tag_id: int, *, banned: bool) -> None:
    """Hide a tag from all lists of tags, or show it again. Idempotent. NotFound if there is none."""
    tag = await session.get(Tag, tag_id, with_for_update=True) if is_id(tag_id) else None
    if tag is None:
        raise NotFound(_("This tag doesn't exist."))
    if bool(tag.banned) == banned:
        return
    tag.banned = banned
    await session.flush()
    await audit.note(session, by, "tag_ban" if banned else "tag_unban", target=f"tag:{tag.name}")
