"""Letters about what is unread: the link in PieFed's, by which somebody wants no more of them, holds here, too."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.storage.tables import User


async def stop_unread_letters(session: AsyncSession, account_id: int, token: str) -> None:
    """Let an account get no more letters about what is unread.

    Parameters:
        token: of the link, which stands with the account.

    Raises:
        NotFound: there is no such link.
    """
    if not (is_id(account_id) and token and storable(token)):
        raise NotFound
    wanted = User.id == account_id, User.is_local, User.verification_token == token
    changed = update(User).where(*wanted).values(email_unread=False).returning(User.id)
    if (await session.execute(changed)).first() is None:
        raise NotFound
