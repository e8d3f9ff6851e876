"""Taking down what is here of a blocked server, and bringing it back: a part at a time, by the worker.

What is decided stands in one row; each part looks what it says by then. What was taken down is written down, so that
exactly this comes back. Other servers hear nothing of it: it is decided for this one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.comments.operations import rows as comments
from service.forum.events import WithdrawalDecided
from service.forum.instances.columns import covered
from service.forum.instances.hosts import Hosts, itself_and_above
from service.forum.posts.operations import rows as posts
from service.storage.outbox import record
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Community, Instance, Post, Withdrawal, Withdrawn

BATCH = 50  # posts and comments a transaction

Kind = type[Post] | type[Comment]


async def withdraw_some(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Take down some of it, or bring some back, and want the rest.

    Parameters:
        payload: of a WithdrawalDecided.
    """
    event = WithdrawalDecided(**payload)
    decided = await session.get(Withdrawal, event.host, with_for_update=True)
    if decided is None:
        return
    rest = await _take_down(session, decided, event) if decided.removed else await _restore(session, decided)
    if rest is not None:
        await record(session, rest)


async def _take_down(
    session: AsyncSession, decided: Withdrawal, event: WithdrawalDecided
) -> WithdrawalDecided | None:
    post_ids = list(await session.scalars(_from_there(Post, event.host, event.post_id)))
    comment_ids: list[int] = []
    if not post_ids:
        comment_ids = list(await session.scalars(_from_there(Comment, event.host, event.comment_id)))
    for kind, row_ids in ((Post, post_ids), (Comment, comment_ids)):
        for row_id in row_ids:
            await _set_removed(session, kind, row_id, decided, removed=True)
        await _write_down(session, kind, row_ids, event.host)
    if not post_ids and not comment_ids:
        return None
    return WithdrawalDecided(
        host=event.host,
        post_id=max(post_ids, default=event.post_id),
        comment_id=max(comment_ids, default=event.comment_id),
    )


async def _restore(session: AsyncSession, decided: Withdrawal) -> WithdrawalDecided | None:
    if await _is_left_to_another(session, decided.host):
        await session.delete(decided)
        return None
    some = select(Withdrawn.kind, Withdrawn.id).where(Withdrawn.host == decided.host)
    found = (await session.execute(some.order_by(Withdrawn.kind.desc()).limit(literal_limit(BATCH)))).all()
    for kind, row_id in found:
        await _set_removed(session, _KINDS[kind], row_id, decided, removed=False)
        await session.execute(delete(Withdrawn).where(Withdrawn.kind == kind, Withdrawn.id == row_id))
    if found:
        return WithdrawalDecided(host=decided.host)
    await session.delete(decided)
    return None


async def _is_left_to_another(session: AsyncSession, host: str) -> bool:
    """Leave what was taken down to the block of a server above this one, if there is one."""
    above = (Withdrawal.host.in_(itself_and_above(host)), Withdrawal.host != host, Withdrawal.removed)
    heir = await session.scalar(select(Withdrawal.host).where(*above).limit(1))
    if heir is not None:
        await session.execute(update(Withdrawn).where(Withdrawn.host == host).values(host=heir))
    return heir is not None


def _from_there(kind: Kind, host: str, after: int) -> Select[int]:
    """What people of the server wrote, and what others than ours wrote in its communities."""
    there = select(Instance.id).where(
        covered(Instance.domain, Hosts(frozenset({host}))), Instance.id != LOCAL_INSTANCE
    )
    places = select(Community.id).where(Community.instance_id.in_(there))
    elsewhere: ColumnElement[bool] = kind.instance_id != LOCAL_INSTANCE
    return (
        select(kind.id)
        .where(kind.id > after, kind.deleted.is_not(True))
        .where(or_(kind.instance_id.in_(there), elsewhere & kind.community_id.in_(places)))
        .order_by(kind.id)
        .limit(literal_limit(BATCH))
    )


async def _set_removed(
    session: AsyncSession, kind: Kind, row_id: int, decided: Withdrawal, *, removed: bool
) -> None:
    """Remove a post or comment, or bring it back unless somebody else decided about it since."""
    by = Author(id=decided.by_id, name="")
    how: dict[str, Any] = {"deleted": removed, "removed": True, "reason": decided.reason, "is_part": True}
    if kind is Post:
        post = await posts.lock_row(session, Post, row_id)
        if removed or post.deleted_by == decided.by_id:
            await posts.mark_deleted(session, post, by, **how)
        return
    comment, post = await comments.with_post(session, row_id)
    if removed or comment.deleted_by == decided.by_id:
        await comments.mark_deleted(session, comment, post, by, **how)


_KINDS: dict[str, Kind] = {"post": Post, "comment": Comment}


async def _write_down(session: AsyncSession, kind: Kind, row_ids: Sequence[int], host: str) -> None:
    name = "post" if kind is Post else "comment"
    if row_ids:
        rows = [{"kind": name, "id": row_id, "host": host} for row_id in row_ids]
        await session.execute(insert(Withdrawn).on_conflict_do_nothing(), rows)
