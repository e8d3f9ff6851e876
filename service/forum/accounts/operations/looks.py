"""How pages look to an account, wherever it is signed in."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.looks import Look
from service.forum.accounts.viewer import Viewer
from service.storage.tables import AccountLook


async def choose_look(session: AsyncSession, viewer: Viewer, look: Look) -> None:
    """Keep how pages are to look to the viewer."""
    statement = insert(AccountLook).values(user_id=viewer.id, words=look.words)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[AccountLook.user_id], set_={"words": statement.excluded.words}
        )
    )
