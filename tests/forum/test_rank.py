"""Who may act on whom, in a community and on the whole site; and what of it is written down."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.forum.accounts import operations as accounts
from service.forum.accounts.authority import COMMAND_LINE
from service.forum.accounts.rules import ROLE_ADMIN, ROLE_STAFF
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations, queries
from service.forum.errors import Banned, Forbidden
from service.forum.moderation.content import want_content_removed
from service.storage.clock import utcnow
from service.storage.tables import CommunityBan, CommunityMember, ModLog, User, UserRole
from service.storage.transaction import Database
from tests.forum.making import add, administrator, community, member, viewer_of

People = dict[str, Viewer]


async def _people(database: Database) -> tuple[People, int]:
    """Two administrators, two of the staff; a community with its owner and two moderators; two members."""
    first = await administrator(database)
    names = ("second", "staff", "staff2", "owner", "mod", "mod2", "ann", "bob")
    made = [await member(database, name) for name in names]
    ids = {person.name: person.id for person in made}
    await add(
        database,
        UserRole(user_id=ids["second"], role_id=ROLE_ADMIN),
        UserRole(user_id=ids["staff"], role_id=ROLE_STAFF),
        UserRole(user_id=ids["staff2"], role_id=ROLE_STAFF),
    )
    people = {name: await viewer_of(database, id_) for name, id_ in ids.items()} | {"first": first}
    cats = await community(database, people["owner"])
    for name in ("mod", "mod2"):
        await database.write(operations.set_moderator, people["owner"], cats, ids[name], added=True)
    return people, cats


async def _outcome(act: Awaitable[Any]) -> bool:
    try:
        await act
    except Forbidden:
        return False
    return True


async def _rows(database: Database, action: str) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).where(ModLog.action == action)) or 0


IN_COMMUNITY = {
    "ann": set[str](),
    "mod": {"ann", "bob"},
    "owner": {"ann", "bob", "mod", "mod2"},
    "staff": {"ann", "bob", "mod", "mod2", "owner"},
    "second": {"ann", "bob", "mod", "mod2", "owner", "staff", "staff2"},
    "first": {"ann", "bob", "mod", "mod2", "owner", "staff", "staff2", "second"},
}


async def test_one_bans_from_a_community_only_whom_one_outranks(database: Database) -> None:
    people, cats = await _people(database)
    for who, expected in IN_COMMUNITY.items():
        banned = {
            whom
            for whom, person in people.items()
            if await _outcome(database.write(_tried, operations.ban_member, people[who], cats, person.id))
        }
        assert banned == expected, who


async def test_one_bans_from_the_site_only_whom_one_outranks(database: Database) -> None:
    people, _ = await _people(database)
    members = {"ann", "bob", "mod", "mod2", "owner"}
    expected = {"owner": set[str](), "staff": members, "second": members | {"staff", "staff2"}}
    expected["first"] = expected["second"] | {"second"}
    for act in (accounts.ban, accounts.ban_with_address):
        for who, names in expected.items():
            banned = {
                whom
                for whom, person in people.items()
                if await _outcome(database.write(_tried, act, people[who], person.id))
            }
            assert banned == names, (act, who)
    for administers in ("first", "second"):
        assert not await _outcome(database.write(_tried, accounts.ban, COMMAND_LINE, people[administers].id))
        assert not await _outcome(
            database.write(want_content_removed, people["staff"], people[administers].id)
        )


async def test_offices_are_taken_only_from_whom_one_outranks(database: Database) -> None:
    people, cats = await _people(database)
    for name in ("second", "staff"):
        await database.write(operations.set_moderator, people["owner"], cats, people[name].id, added=True)

    async def dismissed(who: str, whom: str) -> bool:
        return await _outcome(
            database.write(_tried, operations.set_moderator, people[who], cats, people[whom].id, added=False)
        )

    for who, whom, expected in (
        ("mod", "mod2", False),
        ("ann", "mod", False),
        ("mod", "owner", False),
        ("first", "owner", False),
        ("owner", "second", False),
        ("owner", "staff", False),
        ("owner", "mod", True),
        ("staff", "mod", True),
        ("first", "second", True),
        ("mod", "mod", True),
    ):
        assert await dismissed(who, whom) == expected, (who, whom)


async def _tried(session: Any, act: Callable[..., Awaitable[Any]], *args: Any, **named: Any) -> None:
    """Do something in a transaction of its own that is undone: the next pair finds everybody as they were."""
    async with session.begin_nested() as savepoint:
        await act(session, *args, **named)
        await savepoint.rollback()


async def test_nobody_banned_becomes_a_moderator_or_goes_on_moderating(database: Database) -> None:
    people, cats = await _people(database)
    await database.write(operations.ban_member, people["owner"], cats, people["ann"].id)
    await database.write(accounts.ban, people["first"], people["bob"].id)
    for name in ("ann", "bob"):
        with pytest.raises(Banned):
            await database.write(operations.set_moderator, people["owner"], cats, people[name].id, added=True)
    # As pyfedi leaves it: the ban beside an office that was not taken away.
    await add(
        database, CommunityBan(user_id=people["mod"].id, community_id=cats, banned_by=people["owner"].id)
    )
    with pytest.raises(Forbidden):
        await database.write(operations.ban_member, people["mod"], cats, people["bob"].id)


async def test_a_repeated_ban_is_written_down_only_where_something_is_new(database: Database) -> None:
    people, cats = await _people(database)
    ann, owner, first = people["ann"].id, people["owner"], people["first"]
    end = utcnow() + timedelta(days=3)
    expected = 0
    for reason, until, new in (
        ("spam", None, 1),
        ("spam", None, 0),
        ("much spam", None, 1),
        ("much spam", end, 1),
        ("much spam", end, 0),
    ):
        await database.write(operations.ban_member, owner, cats, ann, reason=reason, until=until)
        await database.write(accounts.ban, first, ann, reason=reason, until=until)
        expected += 2 * new
        assert await _rows(database, "ban_user") == expected, (reason, until)
    await database.write(accounts.unban, first, ann)
    await database.write(accounts.ban, first, ann, reason="much spam", until=end)
    assert await _rows(database, "ban_user") == expected + 1


async def test_a_moderator_who_leaves_steps_down_and_it_is_written_down(database: Database) -> None:
    people, cats = await _people(database)
    assert await database.write(operations.leave, people["ann"], cats) is False
    assert await _rows(database, "remove_mod") == 0
    assert await database.write(operations.leave, people["mod"], cats)
    assert await _rows(database, "remove_mod") == 1
    async with database.read() as db:
        assert not await queries.is_moderator(db, people["mod"].id, cats)
    # An old community without an owner: its last moderator neither leaves nor steps down.
    await database.write(_set_owner, cats, people["owner"].id, False)
    await database.write(operations.leave, people["owner"], cats)
    last = people["mod2"]
    for act in (
        database.write(operations.leave, last, cats),
        database.write(operations.set_moderator, last, cats, last.id, added=False),
    ):
        with pytest.raises(Forbidden) as refusal:
            await act
        assert refusal.value.code == "last_moderator"
    assert await _rows(database, "remove_mod") == 2
    await database.write(accounts.delete_account, last, last.id)
    assert await _rows(database, "remove_mod") == 3


async def _set_owner(session: Any, community_id: int, account_id: int, owner: bool) -> None:
    mine = (CommunityMember.community_id == community_id) & (CommunityMember.user_id == account_id)
    await session.execute(update(CommunityMember).where(mine).values(is_owner=owner))


async def test_an_administrator_who_is_banned_is_no_other_administrator(database: Database) -> None:
    people, _ = await _people(database)
    first, second = people["first"], people["second"]
    await database.write(accounts.ban, first, second.id)
    with pytest.raises(Forbidden):
        await database.write(accounts.delete_account, first, first.id)
    async with database.read() as db:
        assert not await db.scalar(select(User.deleted).where(User.id == first.id))
