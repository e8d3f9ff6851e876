"""What administrators decide about websites; each act leaves its entry in the audit log."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.checks import refuse, too_long
from service.forum.errors import Invalid
from service.forum.instances.hosts import host_from
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import Domain

NAME_LENGTH, WARNING_LENGTH = 255, 512
_SWITCHES = frozenset({"banned", "notify_mods", "notify_admins"})


async def change(session: AsyncSession, by: Authority, name: str, changes: Mapping[str, Any]) -> str:
    """Ban a website, watch it, warn of it, or the reverse; return its host as it is stored.

    Parameters:
        name: its host; it may be one to which no post links yet.
        changes: `banned` (posts may not link there), `notify_mods`, `notify_admins`, `post_warning`.

    Raises:
        Invalid: this is no host, or a value is impossible.
    """
    host = host_from(name)
    if host is None:
        raise Invalid({"name": _("Enter the name of a website, such as example.org.")})
    refuse(
        {
            field: (too_long(value, WARNING_LENGTH) if field == "post_warning" else None)
            if field == "post_warning" or field in _SWITCHES
            else _("This value isn't valid.")
            for field, value in changes.items()
        }
    )
    await lock_name(session, f"website:{host}")
    found = select(Domain).where(func.lower(Domain.name) == host).order_by(Domain.id).limit(1)
    website = await session.scalar(found.with_for_update()) or Domain(name=host, post_count=0)
    for field, value in changes.items():
        setattr(website, field, value)
    session.add(website)
    await session.flush()
    facts = {"fields": sorted(changes), "banned": bool(website.banned)}
    await audit.note(session, by, "website_change", target=f"website:{host}", details=facts)
    return host
