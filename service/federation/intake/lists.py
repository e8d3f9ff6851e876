"""Which servers may talk to us: the block list, or the allow list where one is in force, kept in memory.

An entry covers the domains below it. The lists are read again every minute, and at once when they were changed here.
"""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.site import setting
from service.storage.tables import AllowedInstance, BannedInstance


class Lists(msgspec.Struct, frozen=True):
    """Who is kept out, or alone let in.

    Attributes:
        blocked: domains, in lower case.
        allowed: None where everybody may come who is not blocked.
    """

    blocked: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None

    def admit(self, host: str) -> bool:
        """Whether a host may talk to us.

        Parameters:
            host: in lower case.
        """
        names = _itself_and_above(host)
        if not self.blocked.isdisjoint(names):
            return False
        return self.allowed is None or not self.allowed.isdisjoint(names)


async def read_lists(db: AsyncConnection) -> Lists:
    """Read the lists that are in force."""
    uses_allow_list = bool(await setting(db, "use_allowlist", default=False))
    blocked = [one for (one,) in await db.execute(select(BannedInstance.domain))]
    allowed = (
        [one for (one,) in await db.execute(select(AllowedInstance.domain))] if uses_allow_list else None
    )
    return Lists(_domains(blocked), None if allowed is None else _domains(allowed))


def _domains(entries: list[str | None]) -> frozenset[str]:
    return frozenset(entry.strip().lower().removeprefix("*.").rstrip(".") for entry in entries if entry)


def _itself_and_above(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]
