"""Applications for an account."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.rules import APPLICATION_WAITING
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.language import _
from service.storage.tables import Registration, User


class Application(msgspec.Struct, frozen=True):
    """A request for an account.

    Attributes:
        status: One of the APPLICATION_ values of the rules.
        decided_by: The id of the administrator; None while it waits.
    """

    id: int
    account_id: int
    name: str
    email: str
    address: str
    answer: str
    status: int
    created_at: datetime
    decided_at: datetime | None
    decided_by: int | None


async def applications(
    db: AsyncConnection,
    *,
    waiting_only: bool = True,
    newest_first: bool = False,
    page: int = 1,
    size: int = 50,
) -> Page[Application]:
    """The applications for an account, the oldest first unless the newest are wanted first."""
    statement = (
        select(
            Registration.id,
            User.id,
            User.user_name,
            User.email,
            User.ip_address,
            Registration.answer,
            Registration.status,
            Registration.created_at,
            Registration.approved_at,
            Registration.approved_by,
        )
        .join(User, User.id == Registration.user_id)
        .order_by(Registration.id.desc() if newest_first else Registration.id)
    )
    if waiting_only:
        statement = statement.where(Registration.status == APPLICATION_WAITING)
    found = await db.execute(window(statement, page, size))
    rows = [
        Application(
            id_, account_id, name or "", email or "", address or "", answer or "", status or 0, *dates
        )
        for id_, account_id, name, email, address, answer, status, *dates in found
    ]
    return page_of(rows, size)


async def waiting_application_of(db: AsyncConnection, account_id: int) -> int:
    """The id of the application of an account that waits for a decision, or NotFound."""
    statement = select(func.min(Registration.id)).where(
        Registration.user_id == account_id, Registration.status == APPLICATION_WAITING
    )
    found = (await db.execute(statement)).scalar() if is_id(account_id) else None
    if found is None:
        raise NotFound(_("This account has no application awaiting approval."))
    return found
