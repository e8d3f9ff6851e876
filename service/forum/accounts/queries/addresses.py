"""Network addresses from which nobody may come in or write: the table `ip_ban`."""

from ipaddress import IPv6Network, ip_address

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.tables import IpBan

HOUSEHOLD = 64  # bits: whoever has one IPv6 address has all that begin like it


async def is_banned_address(db: AsyncConnection | AsyncSession, address: str) -> bool:
    """Whether nobody may come in from an address; an IPv6 address stands for its whole /64."""
    household = _household(address)
    wanted = IpBan.ip_address == address
    if household is not None:
        # The first group is written in one way only, so this finds all that may lie in the same network.
        wanted = or_(wanted, IpBan.ip_address.istartswith(f"{address.partition(':')[0]}:", autoescape=True))
    known = set(await db.scalars(select(IpBan.ip_address).where(wanted)))
    return address in known or any(_household(text or "") == household for text in known if household)


def _household(address: str) -> IPv6Network | None:
    """The /64 of an IPv6 address; None for anything else."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return IPv6Network((int(parsed), HOUSEHOLD), strict=False) if parsed.version == 6 else None
