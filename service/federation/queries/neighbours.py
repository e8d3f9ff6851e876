"""What crawlers are told of how this server stands to others."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.attachments.columns import address_of
from service.storage.statements import literal_limit
from service.storage.tables import BannedInstance, Emoji

MOST_EMOJI = 2000


class EmojiRow(msgspec.Struct, frozen=True):
    """An emoji of this site's; `aliases` are words with spaces between them."""

    token: str
    url: str
    category: str
    aliases: str


async def blocked_with_reasons(db: AsyncConnection) -> list[tuple[str, str]]:
    """The servers that are kept out, and why; "" where nobody said."""
    listed = select(BannedInstance.domain, BannedInstance.reason).where(BannedInstance.domain.is_not(None))
    rows = await db.execute(listed.order_by(BannedInstance.id))
    return [(domain, reason or "") for domain, reason in rows if domain]


async def local_emoji(db: AsyncConnection) -> list[EmojiRow]:
    """The emoji of this site, at most 2,000."""
    statement = (
        select(Emoji.token, Emoji.url, Emoji.category, Emoji.aliases)
        .where(Emoji.instance_id == LOCAL_INSTANCE, Emoji.token.is_not(None))
        .order_by(Emoji.id)
        .limit(literal_limit(MOST_EMOJI))
    )
    rows = await db.execute(statement)
    return [
        EmojiRow(token or "", address_of(url), category or "", aliases or "")
        for token, url, category, aliases in rows
    ]
