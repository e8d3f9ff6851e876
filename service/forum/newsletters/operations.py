"""Sending newsletters, for administrators, and wanting no more of them."""

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.events import NewsletterWanted
from service.forum.newsletters import rules
from service.forum.newsletters.queries import wants_newsletters
from service.storage import outbox
from service.storage.tables import Newsletter, User


async def send(
    session: AsyncSession, by: Authority, subject: str, body: str, *, only_to_oneself: bool
) -> int:
    """Write to all members who want to hear from the site; each gets a letter of their own.

    Parameters:
        body: plain text; empty lines part its paragraphs.
        only_to_oneself: to see what it looks like; it is not kept as one that was sent.

    Returns:
        To how many it goes.

    Raises:
        Invalid: subject or text is empty or too long.
    """
    rules.check_newsletter(subject, body)
    written = insert(Newsletter).values(subject=subject, body=body, sent_by=by.id)
    newsletter_id = (await session.execute(written.returning(Newsletter.id))).scalar_one()
    readers = select(User.id).where(wants_newsletters())
    if only_to_oneself:
        readers = readers.where(User.id == by.id)
    wanted = readers.subquery()
    payloads = select(
        func.jsonb_build_object(literal("newsletter_id"), newsletter_id, literal("account_id"), wanted.c.id)
    )
    sent = await outbox.record_each(session, NewsletterWanted, payloads)
    await session.execute(update(Newsletter).where(Newsletter.id == newsletter_id).values(recipients=sent))
    if not only_to_oneself:
        await audit.note(session, by, "newsletter", details={"name": subject, "letters": sent})
    return sent


async def stop(session: AsyncSession, account_id: int) -> None:
    """Let an account get no more newsletters. NotFound if there is none."""
    if not is_id(account_id):
        raise NotFound
    changed = update(User).where(User.id == account_id, User.is_local).values(newsletter=False)
    if (await session.execute(changed.returning(User.id))).first() is None:
        raise NotFound
