"""Reads of newsletters."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.bans import is_banned
from service.storage.rows import Loader
from service.storage.statements import literal_limit
from service.storage.tables import Newsletter, User
from service.text.letter import Letter, compose

SHOWN = 20


class NewsletterRow(msgspec.Struct, frozen=True):
    """A newsletter that was sent, and to how many."""

    id: int
    subject: str
    sent_at: datetime
    recipients: int


class Copy(msgspec.Struct, frozen=True):
    """A newsletter as one member gets it."""

    address: str
    letter: Letter


_NEWSLETTER = Loader(NewsletterRow, {}, Newsletter)


def wants_newsletters() -> ColumnElement[bool]:
    """SQL: an account of this site that can be written to, and did not say that it wants none."""
    return and_(
        User.is_local,
        User.verified.is_(True),
        User.deleted.is_not(True),
        User.newsletter.is_not(False),
        User.bot.is_not(True),
        func.coalesce(User.email, "") != "",
        ~is_banned(),
    )


async def newsletters(db: AsyncConnection) -> list[NewsletterRow]:
    """The newsletters that were sent last, the latest first."""
    statement = select(*_NEWSLETTER.columns).order_by(Newsletter.id.desc()).limit(literal_limit(SHOWN))
    return [_NEWSLETTER.load(row) for row in await db.execute(statement)]


async def readers(db: AsyncConnection) -> int:
    """How many would get a newsletter."""
    return await db.scalar(select(func.count()).select_from(User).where(wants_newsletters())) or 0


async def copy_for(
    db: AsyncConnection, newsletter_id: int, account_id: int, *, link: str, site_name: str
) -> Copy | None:
    """A newsletter for one member; None for who wants none any more, or has no address.

    Parameters:
        link: by which the member wants no more of them.
    """
    reader = select(User.email).where(User.id == account_id, wants_newsletters()).scalar_subquery()
    statement = select(Newsletter.subject, Newsletter.body, reader).where(Newsletter.id == newsletter_id)
    row = (await db.execute(statement)).one_or_none()
    if row is None or not row[2]:
        return None
    paragraphs = tuple(part.strip() for part in row[1].split("\n\n") if part.strip())
    words = f"Unsubscribe from the {site_name} newsletter"
    return Copy(row[2], compose(row[0], paragraphs, link=link, link_words=words))
