"""Quotes on other servers of what members wrote here: who may, who does, and taking it back.

Who may quote is said when they ask; what they were given for it (a stamp, whose address they show) is written down,
so that it can be revoked.
"""

from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.columns import author_loader, picture
from service.forum.accounts.queries.blocks import has_blocked
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.communities.standing import load_standing
from service.forum.errors import NotFound
from service.forum.events import QuoteRevoked
from service.forum.paging import Page, page_of, window
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Quote, User

STAMP_LENGTH = 8192  # of its address, which names both things

_AVATAR = picture("avatar")
_AUTHOR = author_loader(User, _AVATAR)


class QuoteRow(msgspec.Struct, frozen=True):
    """A quote of something of the viewer's.

    Attributes:
        url: of what quotes it, on another server.
        asked_at: naive UTC.
    """

    id: int
    author: AuthorRow
    url: str
    post_id: int
    comment_id: int | None
    asked_at: datetime


async def allow(
    session: AsyncSession,
    asker: Author,
    author_id: int,
    *,
    community_id: int,
    post_id: int,
    comment_id: int | None,
    quoting: str,
    stamp: str,
) -> bool:
    """Let somebody of another server quote something of a member's, unless they may not; return whether they may.

    Parameters:
        quoting: the address of what quotes it.
        stamp: the address by which the consent is known.
    """
    if len(stamp) > STAMP_LENGTH:
        return False
    standing = await load_standing(session, asker, community_id)
    if standing.banned or await has_blocked(session, author_id, asker.id):
        return False
    row = insert(Quote).values(
        key=_key_of(stamp),
        author_id=author_id,
        asker_id=asker.id,
        post_id=post_id,
        comment_id=comment_id,
        quoting=quoting,
        stamp=stamp,
        asked_at=utcnow(),
    )
    await session.execute(row.on_conflict_do_nothing())
    return not await is_revoked(session, stamp)


async def is_revoked(db: AsyncConnection | AsyncSession, stamp: str) -> bool:
    """Whether a stamp was taken back. One that is not known here holds: PieFed kept none that it gave."""
    known = select(Quote.revoked_at).where(Quote.key == _key_of(stamp))
    return await db.scalar(known) is not None


async def quotes_of(db: AsyncConnection, viewer: Viewer, *, page: int, size: int) -> Page[QuoteRow]:
    """A page of the quotes of what the viewer wrote, the latest first.

    Parameters:
        page: from 1.
        size: quotes a page.
    """
    statement = (
        select(Quote.id, Quote.quoting, Quote.post_id, Quote.comment_id, Quote.asked_at, *_AUTHOR.columns)
        .join(User, User.id == Quote.asker_id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .where(Quote.author_id == viewer.id, Quote.revoked_at.is_(None))
        .order_by(Quote.id.desc())
    )
    rows = (await db.execute(window(statement, page, size))).all()
    return page_of(
        (QuoteRow(id_, _AUTHOR.load(who), url, post_id, comment_id, asked_at)
         for id_, url, post_id, comment_id, asked_at, *who in rows),
        size,
    )  # fmt: skip


async def revoke(session: AsyncSession, viewer: Viewer, quote_id: int) -> None:
    """Take the consent to a quote back; NotFound if there is none of the viewer's."""
    if not await _revoke(session, Quote.id == quote_id, Quote.author_id == viewer.id):
        raise NotFound


async def revoke_all_by(session: AsyncSession, author_id: int, asker_id: int) -> None:
    """Take back all that somebody may quote of a member's."""
    await _revoke(session, Quote.author_id == author_id, Quote.asker_id == asker_id)


async def _revoke(session: AsyncSession, *which: ColumnElement[bool]) -> bool:
    """Revoke, and let those who quote hear of it; return whether there was anything."""
    taken_back = (
        update(Quote)
        .where(Quote.revoked_at.is_(None), *which)
        .values(revoked_at=utcnow())
        .returning(Quote.author_id, Quote.asker_id, Quote.post_id, Quote.stamp)
        .execution_options(synchronize_session=False)
    )
    found = (await session.execute(taken_back)).all()
    for author_id, asker_id, post_id, stamp in found:
        event = QuoteRevoked(by_id=author_id, account_id=asker_id, post_id=post_id, stamp=stamp)
        await record(session, event, federate=True)
    return bool(found)


def _key_of(stamp: str) -> bytes:
    return sha256(stamp.encode()).digest()[:16]
