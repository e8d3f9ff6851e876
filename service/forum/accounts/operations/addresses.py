"""Network addresses from which nobody may come in: alone, or with somebody who is banned."""

from ipaddress import ip_address

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.accounts.operations.rows import account_row
from service.forum.accounts.operations.sanctions import ban
from service.forum.accounts.queries.addresses import is_banned_address
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, refuse, too_long
from service.forum.errors import Forbidden, Invalid, NotFound
from service.language import _
from service.storage.tables import IpBan

ADDRESS_LENGTH, NOTES_LENGTH = 50, 150


async def ban_with_address(
    session: AsyncSession, by: Viewer, account_id: int, *, reason: str = "", removes_content: bool = False
) -> None:
    """Ban an account for ever, and let nobody in any more from where it last came, if that is known; as `ban`."""
    await ban(session, by, account_id, reason=reason, removes_content=removes_content)
    person = await account_row(session, account_id)
    if person.ip_address and not await is_banned_address(session, person.ip_address):
        notes = f"{person.user_name} was banned"[:NOTES_LENGTH]
        session.add(IpBan(ip_address=person.ip_address, notes=notes))


async def ban_address(session: AsyncSession, by: Authority, address: str, notes: str = "") -> None:
    """Let nobody in any more from a network address; an IPv6 address stands for its whole /64. Idempotent.

    Raises:
        Invalid: this is no address, or the note is too long.
        Forbidden: it is where whoever bans it is just now.
    """
    try:
        tidy = str(ip_address(address.strip()))
    except ValueError:
        raise Invalid({"address": _("Enter an IP address such as 192.0.2.1 or 2001:db8::1.")}) from None
    refuse({"notes": too_long(notes, NOTES_LENGTH)})
    if tidy == by.address:
        raise Forbidden(_("This is your own IP address."))
    if await is_banned_address(session, tidy):
        return
    session.add(IpBan(ip_address=tidy, notes=notes))
    await session.flush()
    await audit.note(session, by, "address_ban", target=f"address:{tidy}", details={"reason": notes})


async def allow_address(session: AsyncSession, by: Authority, ban_id: int) -> None:
    """Let people in again from an address. NotFound if there is no such ban."""
    found = await session.get(IpBan, ban_id) if is_id(ban_id) else None
    if found is None:
        raise NotFound
    address = found.ip_address
    await session.delete(found)
    await session.flush()
    await audit.note(session, by, "address_unban", target=f"address:{address}")
