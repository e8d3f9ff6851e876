"""An account's owner may sign in from now on, however it came to that: PieFed completes accounts only then."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.events import KeysWanted
from service.storage.outbox import record
from service.storage.tables import User


async def let_in(session: AsyncSession, user: User, *, domain: str) -> None:
    """Let the owner of a local account sign in, and give it the addresses that it lacks; a worker makes its keys.

    Parameters:
        user: the row, locked for a change.
        domain: this site's.
    """
    user.verified = True
    url = user.ap_public_url or user.ap_profile_id or rules.actor_url(domain, user.user_name or "")
    user.ap_profile_id = user.ap_profile_id or url
    user.ap_public_url = url
    user.ap_inbox_url = user.ap_inbox_url or f"{url}/inbox"
    await session.flush()
    if not user.private_key:
        await record(session, KeysWanted(account_id=user.id))
