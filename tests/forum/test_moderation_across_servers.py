"""Bans, appointments and deletions that other servers' people decide, and what comes of what was written."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import operations as accounts
from service.forum.accounts.author import Author
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.errors import Banned, Forbidden, ForumError
from service.forum.events import (
    AccountBanned,
    AccountDeleted,
    CommentDeleted,
    Event,
    MemberBanned,
    ModeratorChanged,
    PostDeleted,
)
from service.forum.moderation.content import ban_and_remove_content, remove_some_content
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.tables import (
    Comment,
    Community,
    CommunityBan,
    CommunityMember,
    InstanceBan,
    ModLog,
    Notification,
    Post,
    User,
)
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum.elsewhere import HOST, author, far_community, row, rows, stranger, told, told_after
from tests.forum.making import DOMAIN, administrator, community, member

LATER = datetime(2100, 1, 1)


async def appoint(database: Database, who: Author, place: int, **values: Any) -> None:
    async def add(session: AsyncSession) -> None:
        given: dict[str, Any] = {"is_moderator": True} | values
        session.add(CommunityMember(user_id=who.id, community_id=place, **given))

    await database.write(add)


async def wrote(database: Database, who: Author, place: int) -> tuple[int, int]:
    """A post and a comment of somebody's."""

    async def add(session: AsyncSession) -> tuple[int, int]:
        post = Post(user_id=who.id, community_id=place, title="Day", instance_id=who.instance_id)
        session.add(post)
        await session.flush()
        comment = Comment(
            user_id=who.id, community_id=place, post_id=post.id, body="x", instance_id=who.instance_id
        )
        session.add(comment)
        await session.flush()
        return post.id, comment.id

    return await database.write(add)


async def work_off(database: Database) -> None:
    """Do what was left to the worker, as long as there is any of it."""
    waiting = select(OutboxEvent.id, OutboxEvent.payload).where(OutboxEvent.topic == "moderate")
    while found := await rows(database, waiting.limit(1)):
        id_, payload = found[0]

        async def one(session: AsyncSession, id_: int = id_, payload: Any = payload) -> None:
            await remove_some_content(session, payload)
            await session.delete(await session.get_one(OutboxEvent, id_))

        await database.write(one)


async def gone(database: Database) -> tuple[list[bool], list[bool]]:
    """Which posts and comments are not there."""
    return (
        await rows(database, select(Post.deleted).order_by(Post.id)),
        await rows(database, select(Comment.deleted).order_by(Comment.id)),
    )


async def test_a_moderator_elsewhere_bans_with_all_that_was_written_there(database: Database) -> None:
    ben, mod = await member(database, "ben"), await stranger(database, "mod")
    place, other = await far_community(database, "dogs"), await far_community(database, "cows")
    await appoint(database, mod, place)
    await wrote(database, ben, place)
    await wrote(database, ben, other)
    ban: dict[str, Any] = {"reason": "r" * 300, "until": LATER, "removes_content": True}
    assert await told_after(database, communities.ban_member, mod, place, ben.id, **ban) == []
    await database.write(communities.ban_member, mod, place, ben.id, **ban)
    found = await row(database, CommunityBan)
    assert (found.reason, found.ban_until, found.banned_by) == ("r" * 256, LATER, mod.id)
    await work_off(database)
    assert await gone(database) == ([True, False], [True, False])
    with pytest.raises(Banned):
        await database.write(posts.publish, ben, NewPost(community_id=place, title="Again"), domain=DOMAIN)
    assert await told(database) == []
    await database.write(communities.unban_member, mod, place, ben.id, restores_content=True)
    await work_off(database)
    assert await gone(database) == ([False, False], [False, False])
    assert await rows(
        database, select(ModLog.action).where(ModLog.action.like("%ban%")).order_by(ModLog.id)
    ) == [
        "ban_user",
        "ban_user",
        "unban_user",
    ]


async def test_who_may_not_ban_from_elsewhere(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    here, far = await community(database, ana), await far_community(database, "dogs")
    zoe, mod = await stranger(database, "zoe"), await stranger(database, "mod")
    await appoint(database, mod, here)
    for by, place, whom in ((zoe, here, ben), (zoe, far, ben), (mod, here, ana), (mod, here, mod)):
        with pytest.raises(Forbidden):
            await database.write(communities.ban_member, by, place, whom.id)
    assert await told_after(database, communities.ban_member, mod, here, ben.id) == []
    assert await rows(database, select(CommunityBan.user_id)) == [ben.id]


def parts_of_it(by_id: int) -> list[Event]:
    """What those hear who know no such bans: of each thing."""
    how: dict[str, Any] = {
        "by_id": by_id,
        "deleted": True,
        "removed": True,
        "reason": "spam",
        "is_part": True,
    }
    return [PostDeleted(post_id=1, **how), CommentDeleted(comment_id=1, **how)]


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_ban_of_ours_says_all_that_other_servers_need(database: Database, is_ours: bool) -> None:
    ana = await member(database, "ana")
    zoe = await (member if is_ours else stranger)(database, "zoe")
    place = await community(database, ana)
    await wrote(database, zoe, place)
    ban: dict[str, Any] = {"reason": "spam", "until": LATER, "removes_content": True}
    expected: list[Event] = [
        MemberBanned(community_id=place, account_id=zoe.id, by_id=ana.id, banned=True, **ban)
    ]
    await told(database)
    await database.write(communities.ban_member, ana, place, zoe.id, **ban)
    await work_off(database)
    assert await told(database) == expected + (parts_of_it(ana.id) if is_ours else [])
    assert await gone(database) == ([True], [True])


async def test_a_ban_from_this_site_says_so_too(database: Database) -> None:
    keeper, zoe = await administrator(database), await stranger(database, "zoe")
    await wrote(database, zoe, await far_community(database, "dogs"))

    async def ban(session: AsyncSession) -> None:
        await accounts.ban(session, keeper, zoe.id, reason="spam", removes_content=True)

    await told(database)
    await database.write(ban_and_remove_content, keeper, zoe.id, ban, reason="spam")
    await work_off(database)
    assert await told(database) == [
        AccountBanned(account_id=zoe.id, by_id=keeper.id, banned=True, reason="spam", removes_content=True)
    ], "what is another server's is removed for this site alone"
    assert await gone(database) == ([True], [True])


async def test_another_server_bans_whom_it_wants_from_what_is_its_own(database: Database) -> None:
    ben, boss = await member(database, "ben"), await stranger(database, "boss", admin=True)
    far, here = (
        await far_community(database, "dogs"),
        await community(database, await member(database, "ana")),
    )
    await wrote(database, ben, far)
    await wrote(database, ben, here)
    ban: dict[str, Any] = {"until": LATER, "removes_content": True}
    assert await told_after(database, accounts.ban_from_instance, boss, ben.id, until=LATER) == []
    await database.write(accounts.ban_from_instance, boss, ben.id, **ban)
    assert await rows(database, select(InstanceBan.instance_id, InstanceBan.banned_until)) == [
        (boss.instance_id, LATER)
    ]
    await work_off(database)
    assert await gone(database) == ([True, False], [True, False])
    new = NewPost(community_id=far, title="Again")
    with pytest.raises(Banned):
        await database.write(posts.publish, ben, new, domain=DOMAIN)
    news = select(OutboxEvent.payload).where(OutboxEvent.kind == "BannedElsewhere").limit(1)
    (payload,) = await rows(database, news)
    await database.write(notifications.consume, "BannedElsewhere", payload, domain=DOMAIN)
    assert await rows(database, select(Notification.title)) == [f"You have been banned from {HOST}"]
    await database.write(accounts.unban_from_instance, boss, ben.id, restores_content=True)
    await work_off(database)
    assert await gone(database) == ([False, False], [False, False])
    assert (await database.write(posts.publish, ben, new, domain=DOMAIN)).fresh


async def test_a_server_takes_down_all_that_its_own_people_wrote(database: Database) -> None:
    boss, zoe = await stranger(database, "boss", admin=True), await stranger(database, "zoe")
    await wrote(database, zoe, await community(database, await member(database, "ana")))
    await database.write(accounts.ban_from_instance, boss, zoe.id, removes_content=True)
    await work_off(database)
    assert await gone(database) == ([True], [True])
    for by in (zoe, await stranger(database, "far", host="x.example")):
        with pytest.raises(Forbidden):
            await database.write(accounts.ban_from_instance, by, boss.id)


async def test_appointments_from_elsewhere(database: Database) -> None:
    ben, zoe = await member(database, "ben"), await stranger(database, "zoe")
    here, far = (
        await community(database, await member(database, "ana")),
        await far_community(database, "dogs"),
    )
    boss = await stranger(database, "boss", admin=True)
    office = select(CommunityMember.is_moderator).where(
        CommunityMember.user_id == ben.id, CommunityMember.community_id == far
    )
    for added in (True, True, False):
        assert await told_after(database, communities.set_moderator, boss, far, ben.id, added=added) == []
        assert await rows(database, office) == [added]
    for by, place in ((zoe, far), (boss, here), (zoe, here)):
        with pytest.raises(Forbidden):
            await database.write(communities.set_moderator, by, place, ben.id, added=True)
    owner = await stranger(database, "owner")
    await appoint(database, owner, here, is_owner=True)
    assert await told_after(database, communities.set_moderator, owner, here, zoe.id, added=True) == []
    ana = await row(database, User, User.user_name == "ana")
    of_ours = await author(database, ana.id)
    assert await told_after(database, communities.set_moderator, of_ours, here, zoe.id, added=False) == [
        ModeratorChanged(community_id=here, account_id=zoe.id, by_id=ana.id, added=False)
    ]


async def test_an_account_goes_with_or_without_what_it_wrote(database: Database) -> None:
    place = await far_community(database, "dogs")
    for name, removes in (("zoe", False), ("max", True)):
        who = await stranger(database, name)
        post, comment = await wrote(database, who, place)
        delete = accounts.delete_account
        assert await told_after(database, delete, who, who.id, removes_content=removes) == []
        await database.write(delete, who, who.id, removes_content=removes)
        await told(database)
        found = await row(database, User, User.id == who.id)
        assert (found.deleted, found.ap_deleted_at is None) == (True, False)
        assert await rows(database, select(Post.deleted).where(Post.id == post)) == [False]
        assert await rows(database, select(Comment.deleted).where(Comment.id == comment)) == [False]
    with pytest.raises(ForumError):
        await database.write(accounts.delete_account, await stranger(database, "tom"), found.id - 1)


async def test_what_the_owner_wrote_goes_along(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day")
    post = (await database.write(posts.publish, ana, new, domain=DOMAIN)).post_id
    await database.write(comments.publish, ana, NewComment(post_id=post, body="Hello"), domain=DOMAIN)
    await wrote(database, zoe, place)
    ben = await member(database, "ben")
    await wrote(database, ben, place)
    await told(database)
    for who in (zoe, ben):
        await database.write(accounts.delete_account, who, who.id, removes_content=True)
    await work_off(database)
    assert await told(database) == [
        AccountDeleted(account_id=ben.id, deleted_by=ben.id, removes_content=True)
    ]
    assert await gone(database) == ([False, True, True], [False, True, True])


async def test_a_community_here_is_changed_by_its_moderators_wherever_they_are(database: Database) -> None:
    here, far = (
        await community(database, await member(database, "ana")),
        await far_community(database, "dogs"),
    )
    mod = await stranger(database, "mod")
    for place in (here, far):
        await appoint(database, mod, place)
    changes = {"title": "Felines", "description": "*Meow*"}
    edit = communities.edit
    assert await told_after(database, edit, mod, here, changes, domain=DOMAIN) == []
    found = await row(database, Community, Community.id == here)
    assert (found.title, found.description_html) == ("Felines", "<p><em>Meow</em></p>\n")
    for by, place in ((mod, far), (await stranger(database, "zoe"), here)):
        with pytest.raises(ForumError):
            await database.write(edit, by, place, changes, domain=DOMAIN)
