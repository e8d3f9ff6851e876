"""What has to be swept up now and then; each job may run twice, or not at all for a day, without harm."""

from typing import Any

from service.forum.accounts import operations
from service.lifecycle import Resources


async def forget_expired_sessions(ctx: dict[str, Any]) -> int:
    """Delete the sessions that have run out; return how many."""
    resources: Resources = ctx["resources"]
    return await resources.database.write(operations.forget_expired_sessions)
