"""Network addresses from which nobody may come in or write: the table `ip_ban`."""

from collections.abc import Collection
from ipaddress import IPv6Network, ip_address

from sqlalchemy import ARRAY, ColumnElement, String, bindparam, case, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.tables import IpBan

HOUSEHOLD = 64  # bits: whoever has one IPv6 address has all that begin like it

_ADDRESS: ColumnElement[str] = bindparam("address", type_=String)
_GROUP: ColumnElement[str | None] = bindparam("address_group", type_=String)
# Of an IPv6 address the first group is written in one way only, so this finds all that may lie in the same network.
_ALIKE = func.array(
    union_all(
        select(IpBan.ip_address).where(IpBan.ip_address == _ADDRESS),
        select(IpBan.ip_address).where(_GROUP.is_not(None), IpBan.ip_address.istartswith(_GROUP)),
    ).scalar_subquery(),
    type_=ARRAY(String),
)
# SQL: what `is_among` judges; takes the parameters that `coming_from` gives. Without an address nothing is read.
BANNED_ADDRESSES: ColumnElement[list[str] | None] = case((_ADDRESS != "", _ALIKE))
_QUESTION = select(BANNED_ADDRESSES)


async def is_banned_address(db: AsyncConnection | AsyncSession, address: str) -> bool:
    """Whether nobody may come in from an address; an IPv6 address stands for its whole /64."""
    return is_among(address, await db.scalar(_QUESTION, coming_from(address)))


def coming_from(address: str) -> dict[str, str | None]:
    """Return the parameters of BANNED_ADDRESSES."""
    group = f"{address.partition(':')[0]}:" if _household(address) is not None else None
    return {"address": address, "address_group": group}


def is_among(address: str, banned: Collection[str] | None) -> bool:
    """Whether nobody may come in from an address.

    Parameters:
        banned: BANNED_ADDRESSES, asked for this address.
    """
    if not banned:
        return False
    household = _household(address)
    return address in banned or any(_household(text or "") == household for text in banned if household)


def _household(address: str) -> IPv6Network | None:
    """The /64 of an IPv6 address; None for anything else."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return IPv6Network((int(parsed), HOUSEHOLD), strict=False) if parsed.version == 6 else None
