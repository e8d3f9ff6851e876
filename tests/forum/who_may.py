"""What comes of an operation when somebody tries it, in a database that stays as it was."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import ForumError
from service.storage.transaction import Database
from tests.forum.taken_back import taken_back

DONE = "done"


async def outcome(
    database: Database, operation: Callable[..., Awaitable[Any]], *args: Any, **named: Any
) -> str:
    """Try an operation and take it back.

    Returns:
        `DONE`, or the code of the error that it was refused with.
    """

    async def attempt(session: AsyncSession) -> None:
        await operation(session, *args, **named)
        await session.flush()

    try:
        await taken_back(database, attempt)
    except ForumError as refusal:
        return refusal.code
    return DONE
