"""Changes to the site's own emoji, for administrators; each leaves its entry in the audit log."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id
from service.forum.emoji import rules
from service.forum.errors import Conflict, NotFound
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import Emoji


class EmojiChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an emoji is to be; see `rules.check_emoji`."""

    token: str
    url: str
    category: str
    aliases: str


async def save(session: AsyncSession, by: Authority, emoji_id: int | None, change: EmojiChange) -> int:
    """Make an emoji, or change one; return its id.

    Parameters:
        emoji_id: None for a new one.

    Raises:
        NotFound: there is no such emoji.
        Invalid: a value breaks a rule.
        Conflict: there is an emoji of this name.
    """
    rules.check_emoji(change.token, change.url, change.category, change.aliases)
    await lock_name(session, "emoji")
    found = Emoji(instance_id=LOCAL_INSTANCE) if emoji_id is None else await _found(session, emoji_id)
    if set(await session.scalars(select(Emoji.id).where(Emoji.token == change.token))) - {emoji_id}:
        raise Conflict(_("This emoji already exists."), field="name")
    for name, value in msgspec.structs.asdict(change).items():
        setattr(found, name, value)
    session.add(found)
    await session.flush()
    await audit.note(session, by, "emoji_save", target=f"emoji:{change.token}")
    return found.id


async def delete(session: AsyncSession, by: Authority, emoji_id: int) -> None:
    """Delete an emoji; what people chose stays. NotFound if there is none."""
    found = await _found(session, emoji_id)
    token = found.token
    await session.delete(found)
    await session.flush()
    await audit.note(session, by, "emoji_delete", target=f"emoji:{token}")


async def _found(session: AsyncSession, emoji_id: int) -> Emoji:
    found = await session.get(Emoji, emoji_id, with_for_update=True) if is_id(emoji_id) else None
    if found is None or found.instance_id not in (None, LOCAL_INSTANCE):
        raise NotFound(_("This emoji doesn't exist."))
    return found
