"""Who acts from elsewhere: authors by their ids."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.bans import is_banned_here_or_at_home
from service.storage.clock import utcnow
from service.storage.statements import array_of_any_length
from service.storage.tables import InstanceRole, User

_ADMIN = "admin"  # value of instance_role.role
_ACCOUNT_IDS: ColumnElement[Sequence[int]] = bindparam("account_ids", type_=ARRAY(Integer))


async def author_of(db: AsyncConnection, account_id: int) -> Author | None:
    """The author that an account is; None if there is no such account, or it was deleted."""
    return (await authors_of(db, (account_id,))).get(account_id)


async def authors_of(db: AsyncConnection, account_ids: Collection[int]) -> dict[int, Author]:
    """Several authors by their ids, without those whom there is not and those who were deleted."""
    if not account_ids:
        return {}
    rows = await db.execute(_authors(), {"account_ids": list(set(account_ids)), "now": utcnow()})
    return {
        row.id: Author(
            id=row.id,
            name=row.user_name or "",
            instance_id=row.instance_id,
            bot=bool(row.bot or row.bot_override),
            banned=bool(row.banned_now),
            ban_posts=bool(row.ban_posts),
            indexable=row.indexable is not False,
            ban_comments=bool(row.ban_comments),
            runs_their_site=row.administers,
            vote_privately=bool(row.vote_privately),
        )
        for row in rows
    }


@lru_cache
def _authors() -> Select[Any]:
    administers = exists().where(
        InstanceRole.user_id == User.id,
        InstanceRole.instance_id == User.instance_id,
        InstanceRole.role == _ADMIN,
    )
    columns: list[Any] = [
        User.id,
        User.user_name,
        func.coalesce(User.instance_id, LOCAL_INSTANCE).label("instance_id"),
        User.bot,
        User.bot_override,
        User.ban_posts,
        User.indexable,
        User.ban_comments,
        User.vote_privately,
        is_banned_here_or_at_home().label("banned_now"),
        administers.label("administers"),
    ]
    return select(*columns).where(
        User.id == any_(array_of_any_length(_ACCOUNT_IDS)), User.deleted.is_not(True)
    )
