"""What is asked once in a transaction, though many of its steps want to know it."""

from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


async def once(session: AsyncSession, about: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
    """Return what was found in this transaction before, or ask and remember it; what is None is asked again.

    Parameters:
        session: of a write; what it knows ends with it.
        about: what is asked, in words of the caller's own.
        ask: looks for what no step of a transaction changes.
    """
    known: T | None = session.info.get(about)
    if known is not None:
        return known
    found = await ask()
    if found is not None:
        session.info[about] = found
    return found
