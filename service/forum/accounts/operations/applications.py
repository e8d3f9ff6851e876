"""Decisions on applications for an account."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit, notifications
from service.forum.accounts import rules
from service.forum.accounts.authority import Authority, of_viewer
from service.forum.accounts.operations.letting_in import let_in
from service.forum.accounts.operations.rows import local_account_row
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.events import AccountRegistered, EmailRequested
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Registration, User


async def approve(
    session: AsyncSession, by: Viewer | Authority, application_id: int, *, domain: str, address: str = ""
) -> int:
    """Accept an application; its account may sign in from now on.

    Parameters:
        domain: this site's.
        address: where a viewer asks from, for the audit log.

    Returns:
        The id of the account.

    Raises:
        Forbidden: the viewer may not decide on applications.
        NotFound: there is none of this id that waits.
    """
    application = await _waiting_application(session, by, application_id)
    now = utcnow()
    application.status = rules.APPLICATION_APPROVED
    application.approved_at, application.approved_by = now, by.id
    user = await local_account_row(session, application.user_id or 0)
    user.last_seen = now
    await let_in(session, user, domain=domain)
    await notifications.settle_registration(session, user.id)
    await record(session, AccountRegistered(account_id=user.id))
    await record(session, EmailRequested(occasion="approved", account_id=user.id))
    await _note(session, by, address, "application_approve", user.id)
    return user.id


async def deny(
    session: AsyncSession, by: Viewer | Authority, application_id: int, *, address: str = ""
) -> None:
    """Refuse an application: it and its account are gone, and the name is free again. Raises as `approve`."""
    application = await _waiting_application(session, by, application_id)
    account_id = application.user_id or 0
    await notifications.forget_author(session, account_id)
    await session.execute(delete(Registration).where(Registration.user_id == account_id))
    await session.execute(delete(User).where(User.id == account_id, User.verified.is_not(True)))
    await _note(session, by, address, "application_deny", account_id)


async def _note(
    session: AsyncSession, by: Viewer | Authority, address: str, action: str, account_id: int
) -> None:
    authority = of_viewer(by, address) if isinstance(by, Viewer) else by
    await audit.note(session, authority, action, target=f"user:{account_id}")


async def _waiting_application(
    session: AsyncSession, by: Viewer | Authority, application_id: int
) -> Registration:
    if isinstance(by, Viewer):
        signed_in_who(by, lambda known: known.may("approve registrations"))
    if not is_id(application_id):
        raise NotFound
    application = await session.get(Registration, application_id, with_for_update={"key_share": True})
    if application is None or application.status != rules.APPLICATION_WAITING:
        raise NotFound
    return application
