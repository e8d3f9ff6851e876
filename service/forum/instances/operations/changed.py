"""Tells every process that the lists are others now, and writes down who changed them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority

CHANNEL = "pieloop_lists"


async def tell_of_change(session: AsyncSession) -> None:
    """Let every process read the lists again once the caller's transaction has changed them."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def noted(session: AsyncSession, by: Authority, action: str, host: str, **facts: object) -> None:
    """Write down what was done about a server."""
    await audit.note(session, by, action, target=target(host), details=facts)


def target(host: str) -> str:
    """Return what the audit log calls a server."""
    return f"instance:{host}"
