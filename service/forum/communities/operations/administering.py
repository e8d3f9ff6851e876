"""Where a community stands on the site: what administrators decide about it, here or from elsewhere."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id, refuse
from service.forum.communities.operations.rows import lock_community
from service.forum.errors import Invalid
from service.forum.topics.operations import count_communities
from service.language import _
from service.storage.tables import Community, Topic

_SWITCHES = frozenset({"show_popular", "show_all", "low_quality", "searchable"})
RETENTION_MAX = 36_500  # days


async def administer(
    session: AsyncSession, by: Authority, community_id: int, changes: Mapping[str, Any]
) -> None:
    """Decide in which lists a community stands, in which topic, and for how long its posts are kept.

    Parameters:
        changes: `show_popular`, `show_all`, `low_quality` (its votes leave reputations alone), `searchable`,
            `topic_id` (None for none) and `content_retention` (days; -1 for ever).

    Raises:
        NotFound: there is no such community.
        Invalid: a value is impossible.
    """
    community = await lock_community(session, community_id)
    refuse({name: _problem_with(name, value) for name, value in changes.items()})
    before = community.topic_id
    if changes.get("topic_id") is not None and await _missing(session, changes["topic_id"]):
        raise Invalid({"topic_id": _("This topic doesn't exist.")})
    for name, value in changes.items():
        setattr(community, name, value)
    await session.flush()
    if community.topic_id != before:
        await count_communities(session, before, community.topic_id)
    await audit.note(
        session,
        by,
        "community_administer",
        target=f"community:{_address_of(community)}",
        details={"fields": sorted(changes)},
    )


def _problem_with(name: str, value: Any) -> str | None:
    if name == "topic_id":
        return None if value is None or is_id(value) else _("This topic doesn't exist.")
    if name == "content_retention":
        possible = isinstance(value, int) and (value == -1 or 1 <= value <= RETENTION_MAX)
        return None if possible else _("Enter a number of days, or -1 to keep posts forever.")
    return None if name in _SWITCHES and isinstance(value, bool) else _("This value isn't valid.")


async def _missing(session: AsyncSession, topic_id: int) -> bool:
    return await session.get(Topic, topic_id) is None


def _address_of(community: Community) -> str:
    return community.ap_id or community.name or ""
