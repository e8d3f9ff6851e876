"""Banning somebody together with the network address that they came from."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.operations.rows import account_row
from service.forum.accounts.operations.sanctions import ban
from service.forum.accounts.queries.addresses import is_banned_address
from service.forum.accounts.viewer import Viewer
from service.storage.tables import IpBan

_NOTES_LENGTH = 150


async def ban_with_address(
    session: AsyncSession, by: Viewer, account_id: int, *, reason: str = "", removes_content: bool = False
) -> None:
    """Ban an account for ever, and let nobody in any more from where it last came, if that is known; as `ban`."""
    await ban(session, by, account_id, reason=reason, removes_content=removes_content)
    person = await account_row(session, account_id)
    if person.ip_address and not await is_banned_address(session, person.ip_address):
        notes = f"{person.user_name} was banned"[:_NOTES_LENGTH]
        session.add(IpBan(ip_address=person.ip_address, notes=notes))
