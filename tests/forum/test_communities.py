"""Communities against a real database: making, joining, moderating, banning, and who sees what."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations, queries
from service.forum.communities.choices import CommunitySort, Joining
from service.forum.communities.operations import NewCommunity
from service.forum.errors import Banned, Conflict, Forbidden, Invalid, NotFound
from service.forum.feeds.choices import Listing
from service.forum.moderation.queries import mod_log
from service.storage.clock import utcnow
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityJoinRequest,
    CommunityLanguage,
    CommunityMember,
    OutboxEvent,
    Setting,
    Site,
    User,
)
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, KEYS, administrator, community, member


@pytest.fixture
async def ana(database: Database) -> Viewer:
    """The founder of most communities here."""
    return await member(database, "ana")


@pytest.fixture
async def ben(database: Database) -> Viewer:
    """Somebody else."""
    return await member(database, "ben")


async def _create(database: Database, founder: Viewer, name: str, **more: Any) -> operations.Created:
    new = NewCommunity(**{"name": name, "title": "A title", "keys": KEYS, **more})
    return await database.write(operations.create, founder, new, domain=DOMAIN)


async def _set(database: Database, community_id: int, **values: Any) -> None:
    await database.write(
        lambda session: session.execute(
            update(Community).where(Community.id == community_id).values(**values)
        )
    )


async def _counts(database: Database, community_id: int) -> tuple[int, int]:
    """The counter, and what it should be."""
    async with database.read() as db:
        counter = await db.scalar(select(Community.subscriptions_count).where(Community.id == community_id))
        members = await db.scalar(
            select(func.count())
            .select_from(CommunityMember)
            .where(CommunityMember.community_id == community_id, CommunityMember.is_banned.is_not(True))
        )
    return counter or 0, members or 0


async def _names(database: Database, viewer: Viewer | None, **how: Any) -> list[str]:
    async with database.read() as db:
        return [found.community.name for found in (await queries.listing(db, viewer, **how)).communities]


async def test_a_community_has_the_columns_that_pyfedi_reads(database: Database, ana: Viewer) -> None:
    created = await _create(
        database, ana, " /c/Cats_1 ", description="**Cats**", language_ids=(2, 999), title="Cats\u202e!"
    )
    row = await database.write(lambda session: session.get(Community, created.community_id))
    assert row is not None
    assert (row.name, row.title, row.user_id, row.instance_id) == ("cats_1", "Cats!", ana.id, 1)
    url = f"https://{DOMAIN}/c/cats_1"
    assert (row.ap_profile_id, row.ap_public_url, row.ap_followers_url) == (url, url, f"{url}/followers")
    assert (row.ap_id, row.ap_domain, row.subscriptions_count) == (None, DOMAIN, 1)
    assert "<strong>Cats</strong>" in (row.description_html or "")
    async with database.read() as db:
        head = await queries.head_by_name(db, ana, "CATS_1", domain=DOMAIN)
        languages = (await db.scalars(select(CommunityLanguage.language_id))).all()
    assert sorted(languages) == [1, 2]
    assert head.language_ids == (1, 2)
    assert [(moderator.person.name, moderator.owner) for moderator in head.moderators] == [("ana", True)]
    assert (head.detail.mine.member, head.detail.mine.owner, head.detail.subscribers) == (True, True, 1)


@pytest.mark.parametrize("name", ["", "ab", "x" * 51, "a-b-c", "cats dogs", "añas", "a\x00bc", "all"])
async def test_another_name_is_refused(database: Database, ana: Viewer, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await _create(database, ana, name)
    assert refusal.value.field == "name"


@pytest.mark.parametrize("texts", [{"title": " \u200b"}, {"title": "x" * 300}, {"description": "x" * 10_001}])
async def test_texts_have_limits(database: Database, ana: Viewer, texts: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        await _create(database, ana, "cats", **texts)
    assert refusal.value.field in texts


async def test_two_at_once_with_one_name_give_one_community(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    outcomes = await asyncio.gather(
        _create(database, ana, "cats"), _create(database, ben, "CATS"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 1
    with pytest.raises(Conflict):
        await _create(database, ana, "ben")


async def test_communities_may_be_the_administrators_alone(database: Database, ana: Viewer) -> None:
    await database.write(
        lambda session: session.execute(update(Site).values(community_creation_admin_only=True))
    )
    with pytest.raises(Forbidden):
        await _create(database, ana, "cats")
    await _create(database, await administrator(database), "cats")


async def test_joining_and_leaving_keep_the_count(database: Database, ana: Viewer) -> None:
    cats = await community(database, ana)
    people = [await member(database, f"person{number}") for number in range(6)]
    joined = await asyncio.gather(*[database.write(operations.join, person, cats) for person in people * 3])
    assert all(joined)
    assert await _counts(database, cats) == (7, 7)
    await asyncio.gather(*[database.write(operations.leave, person, cats) for person in people[:3] * 2])
    assert await _counts(database, cats) == (4, 4)
    with pytest.raises(Forbidden):
        await database.write(operations.leave, ana, cats)
    async with database.read() as db:
        assert [found.name for found in await queries.subscriptions(db, people[5])] == ["cats"]
        assert not await queries.subscriptions(db, people[0])
        assert [found.name for found in await queries.moderated(db, ana)] == ["cats"]


async def test_a_community_that_admits_on_request_lets_the_viewer_wait(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats = await community(database, ana)
    await _set(database, cats, invitations=Joining.ON_REQUEST)
    assert not await database.write(operations.join, ben, cats)
    assert not await database.write(operations.join, ben, cats)
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(CommunityJoinRequest)) == 1
        assert (await queries.community_by_id(db, ben, cats)).mine.pending
    assert await database.write(operations.admit, ben.id, cats)
    async with database.read() as db:
        mine = (await queries.community_by_id(db, ben, cats)).mine
    assert (mine.pending, mine.member) == (False, True)
    assert await _counts(database, cats) == (2, 2)
    await _set(database, cats, invitations=Joining.BY_MEMBER)
    with pytest.raises(Forbidden):
        await database.write(operations.join, await member(database, "cleo"), cats)


async def test_a_private_community_is_its_members_alone(database: Database, ana: Viewer, ben: Viewer) -> None:
    secret = await community(database, ana, "secret", private=True)
    admin = await administrator(database)
    for viewer in (ben, None):
        async with database.read() as db:
            with pytest.raises(NotFound):
                await queries.community_by_id(db, viewer, secret)
            with pytest.raises(NotFound):
                await queries.head_by_name(db, viewer, "secret", domain=DOMAIN)
            assert not await queries.moderated_by(db, viewer, ana.id)
        assert await _names(database, viewer) == []
    with pytest.raises(NotFound):
        await database.write(operations.join, ben, secret)
    for viewer in (ana, admin):
        assert await _names(database, viewer) == ["secret"]


async def test_lists_are_by_kind_order_text_and_taste(database: Database, ana: Viewer, ben: Viewer) -> None:
    cats, dogs, lewd, gone = [
        await community(database, ana, name) for name in ("cats", "dogs", "lewd", "gone")
    ]
    far = await community(database, ana, "far")
    await _set(
        database, cats, post_count=5, total_subscriptions_count=9, last_active=utcnow() - timedelta(days=3)
    )
    await _set(database, dogs, post_count=9, last_active=None)
    await _set(database, lewd, nsfw=True)
    await _set(database, gone, banned=True)
    await _set(
        database, far, ap_id="far@away.example", ap_domain="away.example", last_active=utcnow() + timedelta(1)
    )
    assert await _names(database, ben) == ["far", "cats", "dogs"]
    assert await _names(database, None, sort=CommunitySort.POSTS) == ["dogs", "cats", "far"]
    assert await _names(database, None, sort=CommunitySort.MEMBERS) == ["cats", "dogs", "far"]
    assert await _names(database, None, sort=CommunitySort.OLD, which=Listing.LOCAL) == ["cats", "dogs"]
    assert await _names(database, ben, show_nsfw=True, which=Listing.LOCAL, sort=CommunitySort.NEW) == [
        "lewd",
        "dogs",
        "cats",
    ]
    assert await _names(database, None, show_nsfw=True, which=Listing.LOCAL, sort=CommunitySort.NEW) == [
        "dogs",
        "cats",
    ]
    assert await _names(database, ben, text="AT") == ["cats"]
    assert await _names(database, ben, text="!far@away") == ["far"]
    assert await _names(database, ben, text="%") == []
    assert await _names(database, ben, text="a\x00") == []
    assert await _names(database, ben, which=Listing.SUBSCRIBED) == []
    assert await _names(database, None, which=Listing.SUBSCRIBED) == []
    await database.write(operations.set_blocked, ben, cats, blocked=True)
    await database.write(operations.set_blocked, ben, cats, blocked=True)
    assert await _names(database, ben) == ["far", "dogs"]
    async with database.read() as db:
        assert [found.name for found in await queries.blocked(db, ben)] == ["cats"]
        page = await queries.listing(db, None, size=2)
        assert (len(page.communities), page.has_more) == (2, True)
        page = await queries.listing(db, None, size=2, page=2)
        assert (len(page.communities), page.has_more) == (1, False)
        assert (
            await queries.community_by_name(db, ben, "far@AWAY.example", domain=DOMAIN)
        ).community.id == far
        for unknown in ("gone", "nothing", "far@here.example", "a\x00b", ""):
            with pytest.raises(NotFound):
                await queries.community_by_name(db, ben, unknown, domain=DOMAIN)
    await database.write(operations.set_blocked, ben, cats, blocked=False)
    assert "cats" in await _names(database, ben)


async def test_editing_is_the_moderators_and_changes_what_it_names(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats = await community(database, ana)
    changes = {"description": "# New", "nsfw": True, "language_ids": (3,), "downvote_accept_mode": 2}
    with pytest.raises(Forbidden):
        await database.write(operations.edit, ben, cats, changes, domain=DOMAIN)
    await database.write(operations.edit, ana, cats, changes, domain=DOMAIN)
    async with database.read() as db:
        head = await queries.head_by_id(db, ana, cats)
    assert (head.detail.community.title, head.detail.community.nsfw) == ("Cats", True)
    assert (head.detail.community.downvote_accept_mode, head.language_ids) == (2, (1, 3))
    assert "New</h" in head.detail.description_html
    for wrong in ({"title": ""}, {"downvote_accept_mode": 7}):
        with pytest.raises(Invalid):
            await database.write(operations.edit, ana, cats, wrong, domain=DOMAIN)
    with pytest.raises(NotFound):
        await database.write(operations.edit, ana, cats, {"icon_id": 999}, domain=DOMAIN)


async def test_the_owner_appoints_and_dismisses_moderators(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats = await community(database, ana)
    cleo = await member(database, "cleo")
    with pytest.raises(Forbidden):
        await database.write(operations.set_moderator, ben, cats, ben.id, added=True)
    await database.write(operations.set_moderator, ana, cats, ben.id, added=True)
    await database.write(operations.set_moderator, ana, cats, ben.id, added=True)
    assert await _counts(database, cats) == (2, 2)
    with pytest.raises(Forbidden):
        await database.write(operations.set_moderator, ben, cats, cleo.id, added=True)
    with pytest.raises(Forbidden):
        await database.write(operations.set_moderator, ben, cats, ana.id, added=False)
    await database.write(operations.hand_over, ana, cats, ben.id)
    async with database.read() as db:
        moderators = await queries.moderators(db, cats)
        assert [(moderator.person.name, moderator.owner) for moderator in moderators] == [
            ("ben", True),
            ("ana", False),
        ]
        assert await queries.is_moderator(db, ana.id, cats)
    await database.write(operations.set_moderator, ana, cats, ana.id, added=False)
    await database.write(operations.leave, ana, cats)
    with pytest.raises(NotFound):
        await database.write(operations.set_moderator, ben, cats, 2**40, added=True)


async def test_a_banned_member_is_out_until_the_ban_ends(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats = await community(database, ana)
    await database.write(operations.join, ben, cats)
    with pytest.raises(Forbidden):
        await database.write(operations.ban_member, ben, cats, ana.id)
    await database.write(operations.ban_member, ana, cats, ben.id, reason="spam")
    await database.write(operations.ban_member, ana, cats, ben.id, reason="much spam")
    async with database.read() as db:
        detail = await queries.community_by_id(db, ben, cats)
        bans = (await queries.bans(db, ana, cats)).bans
    assert (detail.mine.banned, detail.mine.member) == (True, False)
    (ban,) = bans
    assert ban.banned_by is not None
    assert (ban.person.name, ban.reason, ban.banned_by.name) == ("ben", "much spam", "ana")
    with pytest.raises(Banned):
        await database.write(operations.join, ben, cats)
    await database.write(operations.leave, ben, cats)
    assert await _counts(database, cats) == (1, 1)
    await database.write(operations.unban_member, ana, cats, ben.id)
    await database.write(operations.unban_member, ana, cats, ben.id)
    assert await _counts(database, cats) == (2, 2)
    async with database.read() as db:
        assert (await queries.community_by_id(db, ben, cats)).mine.member
    cleo = await member(database, "cleo")
    await database.write(operations.ban_member, ana, cats, cleo.id, until=utcnow() - timedelta(seconds=1))
    assert await database.write(operations.join, cleo, cats)
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(CommunityBan)) == 1


async def test_a_ban_is_told_and_written_down(database: Database, ana: Viewer, ben: Viewer) -> None:
    cats = await community(database, ana)
    await database.write(operations.ban_member, ana, cats, ben.id, reason="spam")
    async with database.read() as db:
        (payload,) = (
            await db.scalars(
                select(OutboxEvent.payload).where(
                    OutboxEvent.kind == "MemberBanned", OutboxEvent.topic == "notify"
                )
            )
        ).all()
    await database.write(notifications.consume, "MemberBanned", payload, domain=DOMAIN)
    async with database.read() as db:
        (told,) = (await notifications.listing(db, ben)).notifications
        entries = (await mod_log(db, ana)).entries
        hidden = (await mod_log(db, ben)).entries
    assert (told.kind, told.subtype, told.community_id) == (8, "user_banned_from_community", cats)
    assert told.author is not None
    assert told.author.name == "ana"
    (entry,) = entries
    assert (entry.action, entry.by_admin, entry.reason, entry.link) == ("ban_user", False, "spam", "u/ben")
    assert entry.actor is not None
    assert entry.target is not None
    assert entry.community is not None
    assert (entry.actor.name, entry.target.name, entry.community.name) == ("ana", "ben", "cats")
    assert not hidden


async def test_the_log_is_public_where_the_site_says_so(database: Database, ana: Viewer, ben: Viewer) -> None:
    await database.write(lambda session: _publish_log(session))
    cats = await community(database, ana)
    secret = await community(database, ana, "secret", private=True)
    await database.write(operations.ban_member, ana, cats, ben.id)
    await database.write(operations.ban_member, ana, secret, ben.id)
    async with database.read() as db:
        for viewer in (None, ben):
            seen = [entry.community.name for entry in (await mod_log(db, viewer)).entries if entry.community]
            assert seen == ["cats"]
        assert len((await mod_log(db, ana)).entries) == 2
        assert len((await mod_log(db, ana, group="ModBanFromCommunity", community_id=secret)).entries) == 1
        assert not (await mod_log(db, ana, group="ModBan")).entries
        assert not (await mod_log(db, ana, group="AdminPurgePost")).entries
        page = await mod_log(db, ana, size=1)
        assert (len(page.entries), page.has_more) == (1, True)


async def _publish_log(session: Any) -> None:
    session.add(Setting(name="public_modlog", value="true"))


async def test_a_deleted_community_is_gone_until_it_is_restored(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats = await community(database, ana)
    with pytest.raises(Forbidden):
        await database.write(operations.set_deleted, ben, cats, deleted=True)
    await database.write(operations.set_deleted, ana, cats, deleted=True)
    async with database.read() as db:
        with pytest.raises(NotFound):
            await queries.community_by_id(db, ben, cats)
    with pytest.raises(NotFound):
        await database.write(operations.join, ben, cats)
    await database.write(operations.set_deleted, ana, cats, deleted=False)
    assert await database.write(operations.join, ben, cats)


async def test_old_rows_with_nothing_in_them_can_be_read(database: Database, ana: Viewer) -> None:
    async def old_row(session: Any) -> None:
        nothing = {column.key: None for column in Community.__table__.columns if column.key != "id"}
        session.add(Community(**nothing))
        session.add(User(**{column.key: None for column in User.__table__.columns if column.key != "id"}))

    await database.write(old_row)
    async with database.read() as db:
        found = (await queries.listing(db, ana)).communities
    assert [(detail.community.name, detail.subscribers) for detail in found] == [("", 0)]


async def test_a_private_community_keeps_to_the_site_whatever_is_said(
    database: Database, ana: Viewer
) -> None:
    async def shown(community_id: int) -> bool:
        async with database.read() as db:
            return (await queries.community_by_id(db, ana, community_id)).community.local_only

    async def stored(community_id: int) -> bool | None:
        async with database.read() as db:
            return await db.scalar(select(Community.local_only).where(Community.id == community_id))

    made = (await _create(database, ana, "hidden", private=True, local_only=False)).community_id
    assert (await shown(made), await stored(made)) == (True, True)
    for change in ({"local_only": False}, {"title": "Changed"}):
        await _set(database, made, local_only=False)  # as an old row has it
        assert (await shown(made), await stored(made)) == (True, False)
        await database.write(operations.edit, ana, made, dict(**change), domain=DOMAIN)
        assert (await shown(made), await stored(made)) == (True, True)
    open_one = (await _create(database, ana, "seen", local_only=True)).community_id
    await database.write(operations.edit, ana, open_one, {"local_only": False}, domain=DOMAIN)
    assert await shown(open_one) is False


async def test_a_ban_that_has_run_out_ends_with_the_sweep(
    database: Database, ana: Viewer, ben: Viewer
) -> None:
    cats, dogs = await community(database, ana, "cats"), await community(database, ana, "dogs")
    for place, until in ((cats, utcnow() - timedelta(seconds=1)), (dogs, utcnow() + timedelta(days=1))):
        await database.write(operations.join, ben, place)
        await database.write(operations.ban_member, ana, place, ben.id, until=until)
    assert await database.write(operations.end_expired_bans) == 1
    assert await database.write(operations.end_expired_bans) == 0
    assert [await _counts(database, place) for place in (cats, dogs)] == [(2, 2), (1, 1)]
    async with database.read() as db:
        assert [(await queries.community_by_id(db, ben, place)).mine.member for place in (cats, dogs)] == [
            True,
            False,
        ]
