"""The servers as administrators see them: a page of them by filter and order, and one with all that is known of it."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, text, true, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.checks import storable
from service.forum.errors import NotFound
from service.forum.instances.choices import Decided, InstanceSort, State
from service.forum.instances.columns import covered, state_of
from service.forum.instances.hosts import host_from
from service.forum.instances.queries.lists import entries_for, read_lists
from service.forum.instances.rules import Lists
from service.forum.instances.shapes import Details, InstancePage, Standing
from service.language import _
from service.storage.statements import literal_limit
from service.storage.tables import (
    AllowedInstance,
    BannedInstance,
    Comment,
    Community,
    Instance,
    Peer,
    Post,
    Undelivered,
    User,
    Withdrawal,
)

# Nobody reads a longer number, and counting it would take its time.
MOST_COUNTED = 10_000

# What a server is still to get: what goes to communities that its people follow, to everybody, and to itself.
WAITING = text("""
    SELECT peer.instance_id, least(:most, (SELECT count(*) FROM (
        (SELECT row.id FROM (
            SELECT DISTINCT member.community_id FROM public."user" person
            JOIN public.community_member member ON member.user_id = person.id
            WHERE person.instance_id = peer.instance_id AND member.is_banned IS NOT TRUE
              AND person.deleted IS NOT TRUE
        ) mine CROSS JOIN LATERAL (
            SELECT sent.id FROM pieloop.sent_activity sent
            WHERE sent.community_id = mine.community_id AND sent.id > peer.cursor ORDER BY sent.id LIMIT :most
        ) row LIMIT :most)
        UNION
        (SELECT id FROM pieloop.sent_activity WHERE to_everybody AND id > peer.cursor ORDER BY id LIMIT :most)
        UNION
        (SELECT activity_id FROM pieloop.addressed
         WHERE instance_id = peer.instance_id AND activity_id > peer.cursor ORDER BY activity_id LIMIT :most)
    ) found WHERE id <> ALL (peer.done_above)))
    FROM pieloop.peer WHERE instance_id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Integer)), bindparam("most", MOST_COUNTED))


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which servers are wanted; what is empty asks for all.

    Attributes:
        search: part of the host, or the name of its software.
        decided: those about which that was decided here.
    """

    search: str = ""
    state: State | None = None
    decided: Decided | None = None


async def directory(
    db: AsyncConnection,
    wanted: Filter,
    *,
    sort: InstanceSort = InstanceSort.DOMAIN,
    page: int = 1,
    size: int = 50,
) -> InstancePage:
    """Return a page of the servers that are known, and of those that are on a list.

    Parameters:
        page: from 1.
        size: servers a page.
    """
    lists = await read_lists(db)
    known = _known()
    statement = _with_columns(known, lists).where(*_conditions(wanted, lists, known.c.domain))
    total = (await db.execute(select(func.count()).select_from(statement.subquery()))).scalar_one()
    rows = await db.execute(
        statement.order_by(*_orders(known.c.domain)[sort])
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    return InstancePage(await _standings(db, lists, rows.all()), total)


async def peers(db: AsyncConnection, *, search: str = "", page: int = 1, size: int = 50) -> InstancePage:
    """Return a page of the servers that this one talks to, by name, for everybody.

    Parameters:
        search, page, size: as for `directory`.
    """
    lists = await read_lists(db)
    domain = Instance.domain
    state = state_of(lists, domain)
    conditions = [
        Instance.id != LOCAL_INSTANCE,
        domain.is_not(None),
        state.not_in((State.BLOCKED.value, State.GONE.value)),
    ]
    conditions += _found(search, domain)
    total = (await db.execute(select(func.count()).select_from(Instance).where(*conditions))).scalar_one()
    rows = await db.execute(
        select(domain.label("host"), *_COLUMNS, state.label("state"))
        .where(*conditions)
        .order_by(domain)
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    return InstancePage([_standing(row, lists) for row in rows], total)


async def details(db: AsyncConnection, domain: str) -> Details:
    """Return all that is known of a server, of one that was never met as well.

    Raises:
        NotFound: this is no name of a server.
    """
    if not storable(domain):
        raise NotFound(_("This isn't the name of a server."))
    lists = await read_lists(db)
    known = _known()
    row = (await db.execute(_with_columns(known, lists).where(known.c.domain == domain))).one_or_none()
    if row is None:
        return _of_a_stranger(domain, lists)
    more = (await db.execute(_MORE, {"id": row.id})).one_or_none() if row.id else None
    peer = (await db.execute(_PEER, {"id": row.id})).one_or_none() if row.id else None
    return Details(
        standing=(await _standings(db, lists, [row]))[0],
        entries=tuple(await entries_for(db, domain)),
        withdrawn=await _is_withdrawn(db, domain),
        met=more.created_at if more else None,
        inbox=(more.inbox or "") if more else "",
        people=more.people if more else 0,
        communities=more.communities if more else 0,
        posts=more.posts if more else 0,
        comments=more.comments if more else 0,
        retry_at=peer.retry_at if peer else None,
        parked=peer.parked if peer else 0,
        skipped=peer.skipped if peer else 0,
        last_error=(peer.last_error or "") if peer else "",
        note=(more.admin_note or "") if more else "",
        posting_warning=(more.posting_warning or "") if more else "",
    )


async def _is_withdrawn(db: AsyncConnection, host: str) -> bool:
    return bool(await db.scalar(select(Withdrawal.removed).where(Withdrawal.host == host)))


def _of_a_stranger(domain: str, lists: Lists) -> Details:
    if host_from(domain) != domain:
        raise NotFound(_("This isn't the name of a server."))
    reason = lists.reason(domain)
    standing = Standing(
        id=None,
        domain=domain,
        software="",
        version="",
        last_heard=None,
        last_reached=None,
        failures=0,
        state=State.BLOCKED if reason else State.UNKNOWN,
        why_not=reason,
        allowed=lists.allowed.cover(domain),
        trusted=False,
        silenced=False,
    )
    return Details(standing=standing)


_COLUMNS = (
    Instance.id,
    Instance.software,
    Instance.version,
    Instance.last_seen,
    Instance.last_successful_send,
    Instance.failures,
    Instance.trusted,
    Instance.popular,
)


def _known() -> Any:
    """SQL: the hosts of all servers that are known or on a list."""
    instances = select(Instance.domain.label("domain")).where(Instance.id != LOCAL_INSTANCE)
    banned = select(func.lower(func.btrim(BannedInstance.domain)))
    allowed = select(func.lower(func.btrim(AllowedInstance.domain)))
    return union(instances, banned, allowed).subquery("known")


def _with_columns(known: Any, lists: Lists) -> Select[Any]:
    return (
        select(known.c.domain.label("host"), *_COLUMNS, state_of(lists, known.c.domain).label("state"))
        .select_from(known)
        .outerjoin(Instance, Instance.domain == known.c.domain)
        .outerjoin(Peer, Peer.instance_id == Instance.id)
        .where(known.c.domain != "")
    )


def _conditions(wanted: Filter, lists: Lists, domain: Any) -> list[ColumnElement[bool]]:
    conditions = _found(wanted.search, domain)
    if wanted.state:
        conditions.append(state_of(lists, domain) == wanted.state.value)
    if wanted.decided is Decided.ALLOWED:
        conditions.append(covered(domain, lists.allowed))
    elif wanted.decided is Decided.TRUSTED:
        conditions.append(Instance.trusted.is_(True))
    elif wanted.decided is Decided.SILENCED:
        conditions.append(Instance.popular.is_(False))
    return conditions


def _found(search: str, domain: Any) -> list[ColumnElement[bool]]:
    if not search:
        return []
    return [domain.icontains(search, autoescape=True) | Instance.software.icontains(search, autoescape=True)]


def _orders(domain: Any) -> dict[InstanceSort, tuple[Any, ...]]:
    return {
        InstanceSort.DOMAIN: (domain,),
        InstanceSort.HEARD: (Instance.last_seen.desc().nulls_last(), domain),
        InstanceSort.REACHED: (Instance.last_successful_send.desc().nulls_last(), domain),
        InstanceSort.FAILURES: (func.coalesce(Instance.failures, 0).desc(), domain),
        InstanceSort.BEHIND: (Peer.cursor.asc().nulls_last(), domain),
        InstanceSort.NEWEST: (Instance.created_at.desc().nulls_last(), domain),
    }


async def _standings(db: AsyncConnection, lists: Lists, rows: Any) -> list[Standing]:
    ids = [row.id for row in rows if row.id]
    waiting: dict[int, int] = {}
    if ids:
        waiting.update((id_, count) for id_, count in await db.execute(WAITING, {"ids": ids}))
    return [_standing(row, lists, waiting.get(row.id, 0)) for row in rows]


def _standing(row: Any, lists: Lists, waiting: int = 0) -> Standing:
    host = row.host.partition(":")[0]
    return Standing(
        id=row.id,
        domain=row.host,
        software=row.software or "",
        version=row.version or "",
        last_heard=row.last_seen,
        last_reached=row.last_successful_send,
        failures=row.failures or 0,
        state=State.stored(row.state, State.UNKNOWN),
        why_not=lists.reason(host),
        allowed=lists.allowed.cover(host),
        trusted=bool(row.trusted),
        silenced=row.popular is False,
        waiting=waiting,
    )


def _number_of(table: Any) -> Any:
    """SQL: how many rows of a table are a server's, up to MOST_COUNTED."""
    rows = select(true()).where(table.instance_id == bindparam("id")).limit(literal_limit(MOST_COUNTED))
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


_MORE = select(
    Instance.created_at,
    Instance.inbox,
    Instance.admin_note,
    Instance.posting_warning,
    _number_of(User).label("people"),
    _number_of(Community).label("communities"),
    _number_of(Post).label("posts"),
    _number_of(Comment).label("comments"),
).where(Instance.id == bindparam("id"))
_PEER = select(
    Peer.retry_at,
    Peer.skipped,
    Peer.last_error,
    select(func.count())
    .where(Undelivered.instance_id == Peer.instance_id, Undelivered.retry_at.is_(None))
    .scalar_subquery()
    .label("parked"),
).where(Peer.instance_id == bindparam("id"))
