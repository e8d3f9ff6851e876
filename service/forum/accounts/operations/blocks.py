"""Whom, which servers and which websites an account wants to see nothing of."""

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications, quotes
from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.accounts.operations.following import refuse_follower
from service.forum.accounts.operations.rows import is_an_administrator, person_row
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, storable
from service.forum.errors import Forbidden, Invalid, NotFound
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import Domain, DomainBlock, Instance, InstanceBlock, UserBlock


async def block(session: AsyncSession, author: Author, account_id: int) -> None:
    """See nothing of a person any more, nor be followed or quoted by them. Idempotent.

    Raises:
        NotFound: there is no such person.
        Invalid, Forbidden: it is oneself, or an administrator.
    """
    if account_id == author.id:
        raise Invalid({"person": _("You can't block yourself.")})
    await lock_name(session, f"block:{author.id}:{account_id}")
    user = await person_row(session, author, account_id)
    if author.local and await is_an_administrator(session, user.id):
        raise Forbidden(_("You can't block an administrator."))
    known = exists().where(UserBlock.blocker_id == author.id, UserBlock.blocked_id == account_id)
    if not await session.scalar(select(known)):
        session.add(UserBlock(blocker_id=author.id, blocked_id=account_id))
        await session.flush()
        await refuse_follower(session, author, account_id)
        await quotes.revoke_all_by(session, author.id, account_id)
    if author.local:
        await notifications.recount_for(session, author.id)


async def unblock(session: AsyncSession, author: Author, account_id: int) -> None:
    """See a person again; nothing happens if they were not blocked."""
    await session.execute(
        delete(UserBlock).where(UserBlock.blocker_id == author.id, UserBlock.blocked_id == account_id)
    )
    if author.local:
        await notifications.recount_for(session, author.id)


async def block_instance(session: AsyncSession, viewer: Viewer, instance_id: int, *, blocked: bool) -> None:
    """Let the viewer see nothing of another server, or see it again. Idempotent."""
    if instance_id == LOCAL_INSTANCE:
        raise Invalid({"instance_id": _("You can't block this site.")})
    if not blocked:
        await session.execute(
            delete(InstanceBlock).where(
                InstanceBlock.user_id == viewer.id, InstanceBlock.instance_id == instance_id
            )
        )
        await notifications.recount_for(session, viewer.id)
        return
    if not is_id(instance_id) or not await session.scalar(select(exists().where(Instance.id == instance_id))):
        raise NotFound
    statement = insert(InstanceBlock).values(user_id=viewer.id, instance_id=instance_id, created_at=utcnow())
    await session.execute(statement.on_conflict_do_nothing())
    await notifications.recount_for(session, viewer.id)


async def block_domain(session: AsyncSession, viewer: Viewer, name: str, *, blocked: bool) -> None:
    """Let the viewer see no posts that link to a website, or see them again. Idempotent.

    Parameters:
        name: its host, as it stands beside such posts.

    Raises:
        NotFound: nobody has linked to it.
    """
    host = name.strip().lower().removeprefix("www.")
    known = None
    if storable(host):
        known = await session.scalar(
            select(Domain.id).where(Domain.name == host).order_by(Domain.id).limit(1)
        )
    if known is None:
        raise NotFound(_("No one has linked to this website yet."))
    if not blocked:
        await session.execute(
            delete(DomainBlock).where(DomainBlock.user_id == viewer.id, DomainBlock.domain_id == known)
        )
        await notifications.recount_for(session, viewer.id)
        return
    statement = insert(DomainBlock).values(user_id=viewer.id, domain_id=known, created_at=utcnow())
    await session.execute(statement.on_conflict_do_nothing())
    await notifications.recount_for(session, viewer.id)
