"""What those who moderate want to know of people before they decide."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.bans import is_banned
from service.forum.moderation.rules import Action
from service.forum.moderation.shapes import Past
from service.storage.rows import Loader, or_long_ago, or_zero
from service.storage.statements import array_of_any_length
from service.storage.tables import ModLog, User


async def pasts_of(db: AsyncConnection, account_ids: Sequence[int]) -> dict[int, Past]:
    """What is known of some people, by their ids; in one statement, for one page of them."""
    if not account_ids:
        return {}
    rows = await db.execute(_pasts(), {"account_ids": list(account_ids)})
    return {row[-1]: _PAST.load(row) for row in rows}


def _times(*actions: Action) -> ColumnElement[int]:
    """SQL: how often this was done to somebody, or what they wrote."""
    done = select(func.count()).where(ModLog.target_user_id == User.id, ModLog.action.in_(actions))
    return done.correlate(User).scalar_subquery()


_PAST = Loader(
    Past,
    {
        "joined_at": or_long_ago(User.created),
        "posts": or_zero(User.post_count),
        "comments": or_zero(User.post_reply_count),
        "removed": _times("delete_post", "delete_post_reply"),
        "bans": _times("ban_user"),
        "reports": func.greatest(or_zero(User.reports), 0),
        "banned": is_banned(),
    },
)


@lru_cache
def _pasts() -> Select[Any]:
    wanted: ColumnElement[Any] = bindparam("account_ids", type_=ARRAY(Integer))
    return select(*_PAST.columns, User.id).where(User.id == any_(array_of_any_length(wanted)))
