"""Accounts against a real database: registering, signing in, sessions, tokens, settings, bans, applications."""

import asyncio
from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from sqlalchemy import func, select, update

from service.forum import notifications, site
from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.authority import of_administrator
from service.forum.accounts.choices import RegistrationMode
from service.forum.accounts.operations import Registered
from service.forum.accounts.operations.administration import Act
from service.forum.accounts.tokens import Claims, hash_of
from service.forum.errors import (
    AwaitingApproval,
    BadCredentials,
    Banned,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RegistrationClosed,
)
from service.storage.clock import utcnow
from service.storage.tables import (
    CommunityMember,
    IpBan,
    LoginSession,
    ModLog,
    Notification,
    OutboxEvent,
    Site,
    User,
)
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, administrator, community, member, viewer_of

PASSWORD = "correct horse battery"


async def _register(database: Database, name: str = "Ana", **more: Any) -> Registered:
    form = RegistrationForm(name=name, password=PASSWORD, **more)
    return await authentication.register(database, form, domain=DOMAIN)


async def _mode(database: Database, mode: str) -> None:
    await database.write(lambda session: session.execute(update(Site).values(registration_mode=mode)))


async def _row(database: Database, account_id: int) -> User:
    found = await database.write(lambda session: session.get(User, account_id))
    assert found is not None
    return found


async def test_a_registered_account_has_the_columns_that_pyfedi_reads(database: Database) -> None:
    registered = await _register(database, "Ana_B", email="ana@mail.example", timezone="Europe/Rome")
    user = await _row(database, registered.account_id)
    assert user.user_name == user.title == "Ana_B"
    assert user.ap_profile_id == f"https://{DOMAIN}/u/ana_b"
    assert user.ap_public_url == f"https://{DOMAIN}/u/ana_b"
    assert user.ap_inbox_url == f"https://{DOMAIN}/u/ana_b/inbox"
    assert (user.ap_id, user.ap_domain) == (None, None)
    assert (user.instance_id, user.verified, user.banned, user.deleted) == (1, True, False, False)
    assert user.private_key
    assert user.password_hash
    assert len(user.password_hash) <= 165
    left_empty = {name for name in User.__table__.columns.keys() if getattr(user, name) is None}  # noqa: SIM118
    assert left_empty == {
        *("keywords", "avatar_id", "cover_id", "stripe_customer_id", "stripe_subscription_id", "ap_id"),
        *("ap_fetched_at", "ap_followers_url", "ap_preferred_username", "ap_deleted_at", "ap_domain"),
        *(
            "attitude",
            "matrix_user_id",
            "interface_language",
            "deleted_by",
            "banned_until",
            "read_language_ids",
        ),
        *("google_oauth_id", "mastodon_oauth_id", "discord_oauth_id", "additional_css", "admin_note"),
        *("community_keyword_filter",),
    }


async def test_two_at_once_with_one_name_give_one_account_and_one_conflict(database: Database) -> None:
    outcomes = await asyncio.gather(
        *[_register(database, name) for name in ("ana", "ANA", "Ana", "aNA")], return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(refused) == 3
    assert {(refusal.field, refusal.code) for refusal in refused} == {("name", "name_taken")}
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(User)) == 1


async def test_two_at_once_with_one_email_give_one_account(database: Database) -> None:
    outcomes = await asyncio.gather(
        _register(database, "ana", email="A@b.example"),
        _register(database, "ben", email="a@B.example"),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.field for refusal in refused] == ["email"]


async def test_a_community_s_name_and_a_deleted_account_s_are_not_given_away(database: Database) -> None:
    ana = await member(database, "ana")
    await community(database, ana, "cats")
    with pytest.raises(Conflict):
        await _register(database, "Cats")
    await database.write(operations.delete_account, ana, ana.id)
    with pytest.raises(Conflict):
        await _register(database, "Ana")


async def test_refused_words_and_addresses_cannot_register(database: Database) -> None:
    admin = await administrator(database)
    await database.write(site.change_setting, admin, "actor_blocked_words", "spam\nscam")
    with pytest.raises(Invalid):
        await _register(database, "bigSpammer")

    async def ban_address(session: object) -> None:
        session.add(IpBan(ip_address="192.0.2.7"))  # type: ignore[attr-defined]

    await database.write(ban_address)
    with pytest.raises(Banned):
        await _register(database, "ana", address="192.0.2.7")


async def test_a_closed_site_takes_nobody(database: Database) -> None:
    await _mode(database, RegistrationMode.CLOSED)
    with pytest.raises(RegistrationClosed):
        await _register(database)


async def test_an_applicant_waits_until_an_administrator_approves(database: Database) -> None:
    admin = await administrator(database)
    await _mode(database, RegistrationMode.BY_APPLICATION)
    with pytest.raises(Invalid) as refusal:
        await _register(database, "ana", answer="  ")
    assert refusal.value.field == "answer"
    registered = await _register(database, "ana", answer="I like pie")
    assert registered.waiting
    assert await authentication.sign_in_new(database, registered) is None
    with pytest.raises(AwaitingApproval):
        await authentication.sign_in(database, "ana", PASSWORD)
    with pytest.raises(BadCredentials):
        await authentication.sign_in(database, "ana", "wrong password")
    async with database.read() as db:
        with pytest.raises(NotFound):
            await queries.profile_by_name(db, None, "ana", domain=DOMAIN)
        (application,) = (await queries.applications(db)).items
    assert (application.name, application.answer) == ("ana", "I like pie")
    ben = await member(database, "ben")
    with pytest.raises(Forbidden):
        await database.write(operations.approve, ben, application.id, domain=DOMAIN)
    await database.write(operations.approve, admin, application.id, domain=DOMAIN)
    with pytest.raises(NotFound):
        await database.write(operations.approve, admin, application.id, domain=DOMAIN)
    assert (await authentication.sign_in(database, "ana", PASSWORD)).account_id == registered.account_id
    await database.write(operations.perform, of_administrator(admin), "disable", registered.account_id, Act())
    with pytest.raises(Banned) as banned:
        await authentication.sign_in(database, "ana", PASSWORD)
    assert banned.value.code == "account_disabled"


async def test_a_denied_application_is_gone_and_its_name_free(database: Database) -> None:
    admin = await administrator(database)
    await _mode(database, RegistrationMode.BY_APPLICATION)
    await _register(database, "ana", answer="I like pie")
    async with database.read() as db:
        (application,) = (await queries.applications(db)).items
    await database.write(operations.deny, admin, application.id)
    assert (await _register(database, "ana", answer="again")).waiting


async def test_signing_in_gives_a_session_that_signing_out_ends(database: Database) -> None:
    registered = await _register(database, "Ana", email="Ana@mail.example")
    for name in ("ana", " ANA ", "ana@mail.example", "Ana@mail.example"):
        signed_in = await authentication.sign_in(
            database, name, PASSWORD, user_agent="Test", address="192.0.2.1"
        )
        assert signed_in.account_id == registered.account_id
        assert signed_in.token not in repr(signed_in)
    async with database.read() as db:
        viewer = await queries.viewer_of_session(db, signed_in.token)
        stored = (await db.execute(select(LoginSession.token_hash))).scalars().all()
    assert viewer is not None
    assert (viewer.id, viewer.name, viewer.is_admin) == (registered.account_id, "Ana", False)
    assert hash_of(signed_in.token) in stored
    async with database.read() as db:
        sessions = await queries.sessions_of(db, viewer)
    assert [session.current for session in sessions].count(True) == 1
    assert sessions[0].user_agent == "Test"
    await authentication.sign_out(database, signed_in.token)
    async with database.read() as db:
        assert await queries.viewer_of_session(db, signed_in.token) is None
        assert len(await queries.sessions_of(db, viewer)) == 3


@pytest.mark.parametrize("name", ["ana", "nobody", "nobody@mail.example", "a\x00na", ""])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(database: Database, name: str) -> None:
    await _register(database, "ana")
    with pytest.raises(BadCredentials) as refusal:
        await authentication.sign_in(database, name, "wrong password")
    assert refusal.value.code == "incorrect_login"


async def test_an_old_hash_is_replaced_at_sign_in(database: Database) -> None:
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    ana = await member(database, "ana", password_hash=old)
    await authentication.sign_in(database, "ana", PASSWORD)
    assert ((await _row(database, ana.id)).password_hash or "").startswith("scrypt:")
    await authentication.sign_in(database, "ana", PASSWORD)


async def test_a_session_ends_in_time_and_is_kept_alive_by_use(database: Database) -> None:
    registered = await _register(database)
    signed_in = await authentication.sign_in_new(database, registered)
    assert signed_in is not None
    long_ago = utcnow() - timedelta(days=29)
    await database.write(
        lambda session: session.execute(
            update(LoginSession).values(last_seen_at=long_ago, expires_at=utcnow() + timedelta(days=1))
        )
    )
    async with database.read() as db:
        viewer = await queries.viewer_of_session(db, signed_in.token)
    assert viewer is not None
    assert viewer.seen_long_ago
    await database.write(operations.touch, viewer)
    async with database.read() as db:
        viewer = await queries.viewer_of_session(db, signed_in.token)
        expires_at = await db.scalar(select(LoginSession.expires_at))
    assert viewer is not None
    assert not viewer.seen_long_ago
    assert expires_at is not None
    assert expires_at > utcnow() + timedelta(days=29)
    await database.write(
        lambda session: session.execute(
            update(LoginSession).values(expires_at=utcnow() - timedelta(seconds=1))
        )
    )
    async with database.read() as db:
        assert await queries.viewer_of_session(db, signed_in.token) is None


async def test_a_changed_password_ends_every_session_and_token(database: Database) -> None:
    registered = await _register(database)
    old = await authentication.sign_in(database, "ana", PASSWORD)
    viewer = await viewer_of(database, registered.account_id)
    an_hour_ago = int((utcnow() - timedelta(hours=1)).timestamp())
    with pytest.raises(BadCredentials):
        await authentication.change_password(database, viewer, "wrong password", "another password")
    with pytest.raises(Invalid):
        await authentication.change_password(database, viewer, PASSWORD, "short")
    new = await authentication.change_password(database, viewer, PASSWORD, "another password")
    async with database.read() as db:
        assert await queries.viewer_of_session(db, old.token) is None
        assert await queries.viewer_of_session(db, new.token) is not None
        assert await queries.viewer_of_token(db, Claims(viewer.id, an_hour_ago)) is None
    with pytest.raises(BadCredentials):
        await authentication.sign_in(database, "ana", PASSWORD)
    await authentication.sign_in(database, "ana", "another password")


async def test_nobody_is_let_in_whose_password_changed_while_it_was_checked(database: Database) -> None:
    ana = await member(database, "ana")
    with pytest.raises(BadCredentials):
        await database.write(operations.start_session, ana.id, hash_of("x"), checked_hash="scrypt:other")


async def test_a_token_is_good_for_an_account_in_good_standing_only(database: Database) -> None:
    ana = await member(database, "ana")
    now = Claims(ana.id, 4_000_000_000)

    async def viewer_with(**values: object) -> object:
        values = values or {"verified": True}
        await database.write(
            lambda session: session.execute(update(User).where(User.id == ana.id).values(**values))
        )
        async with database.read() as db:
            return await queries.viewer_of_token(db, now)

    assert await viewer_with() is not None
    assert await viewer_with(banned=True) is None
    assert await viewer_with(banned=True, banned_until=utcnow() - timedelta(days=1)) is not None
    assert await viewer_with(banned=False, deleted=True) is None
    assert await viewer_with(deleted=False, verified=False) is None
    assert await viewer_with(verified=True, ap_id="ana@elsewhere.example") is None
    assert await viewer_with(ap_id=None, password_updated_at=None) is not None


async def test_the_viewer_has_the_account_s_roles_and_settings(database: Database) -> None:
    admin = await administrator(database)
    assert (admin.id, admin.is_admin, admin.runs_the_site) == (1, True, True)
    assert "approve registrations" in admin.permissions
    ana = await member(database, "ana")
    changes = {
        "hide_nsfw": 0,
        "default_sort": "new",
        "hide_read_posts": True,
        "theme": "dark",
        "read_language_ids": [2],
    }
    await database.write(operations.edit, ana, changes, domain=DOMAIN)
    ana = await viewer_of(database, ana.id)
    assert (ana.hide_nsfw, ana.default_sort, ana.hide_read_posts) == (0, "new", True)
    assert ana.read_language_ids == (2,)
    async with database.read() as db:
        settings = await queries.settings_of(db, ana)
    assert (settings.hide_nsfw, settings.default_sort, settings.read_language_ids) == (0, "new", (2,))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 7},
        {"password_hash": "x"},
        {"banned": False},
        {"hide_nsfw": 9},
        {"hide_nsfw": True},
        {"default_sort": "best"},
        {"bot": "yes"},
        {"about": "x" * 10_001},
        {"theme": "a\x00b"},
        {"timezone": "Mars/Olympus"},
        {"read_language_ids": ["x"]},
    ],
)
async def test_a_setting_takes_what_it_may_be_only(database: Database, changes: dict[str, object]) -> None:
    ana = await member(database, "ana")
    with pytest.raises(Invalid) as refusal:
        await database.write(operations.edit, ana, changes, domain=DOMAIN)
    assert refusal.value.field in changes


async def test_a_profile_shows_what_was_written(database: Database) -> None:
    ana = await member(database, "Ana")
    ben = await member(database, "ben")
    await database.write(operations.edit, ana, {"title": " Ana B ", "about": "I bake"}, domain=DOMAIN)
    await database.write(operations.block, ben, ana.id)
    await database.write(operations.block, ben, ana.id)
    async with database.read() as db:
        for name in ("ana", "@ANA", f"ana@{DOMAIN}"):
            profile = await queries.profile_by_name(db, ben, name, domain=DOMAIN)
            assert (profile.person.name, profile.person.title, profile.about) == ("Ana", "Ana B", "I bake")
            assert "I bake" in profile.about_html
            assert profile.blocked
        assert not (await queries.profile_by_id(db, None, ana.id)).blocked
        assert [person.name for person in await queries.blocked_people(db, ben)] == ["Ana"]
        assert [found.person.name for found in (await queries.people(db, None, text="na b")).people] == [
            "Ana"
        ]
        page = await queries.people(db, None, size=1)
        assert (len(page.people), page.has_more) == (1, True)
    await database.write(operations.unblock, ben, ana.id)
    async with database.read() as db:
        assert not await queries.blocked_people(db, ben)


async def test_a_picture_is_one_s_own(database: Database) -> None:
    ana = await member(database, "ana")
    with pytest.raises(NotFound):
        await database.write(operations.set_picture, ana, "avatar", 12345)


async def test_a_ban_ends_sessions_at_once_and_is_logged(database: Database) -> None:
    admin = await administrator(database)
    registered = await _register(database)
    signed_in = await authentication.sign_in(database, "ana", PASSWORD)
    ana = await viewer_of(database, registered.account_id)
    with pytest.raises(Forbidden):
        await database.write(operations.ban, ana, admin.id)
    with pytest.raises(Forbidden):
        await database.write(operations.ban, admin, admin.id)
    await database.write(operations.ban, admin, ana.id, reason="spam")
    async with database.read() as db:
        assert await queries.viewer_of_session(db, signed_in.token) is None
        entry = (await db.execute(select(ModLog.action, ModLog.type, ModLog.reason, ModLog.link))).one()
    assert tuple(entry) == ("ban_user", "admin", "spam", "u/Ana")
    with pytest.raises(Banned):
        await authentication.sign_in(database, "ana", PASSWORD)
    await database.write(operations.unban, admin, ana.id)
    await authentication.sign_in(database, "ana", PASSWORD)


async def test_a_deleted_account_forgets_its_owner(database: Database) -> None:
    admin = await administrator(database)
    registered = await _register(database, "ana", email="ana@mail.example")
    signed_in = await authentication.sign_in(database, "ana", PASSWORD)
    ana = await viewer_of(database, registered.account_id)
    await community(database, ana, "cats")
    with pytest.raises(Forbidden):
        await database.write(operations.delete_account, ana, admin.id)
    with pytest.raises(Forbidden):
        await database.write(operations.delete_account, admin, admin.id)
    await database.write(operations.delete_account, ana, ana.id)
    row = await _row(database, ana.id)
    assert (row.deleted, row.deleted_by, row.password_hash, row.email) == (
        *(True, ana.id, None),
        f"deleted_{ana.id}@deleted.com",
    )
    async with database.read() as db:
        assert await queries.viewer_of_session(db, signed_in.token) is None
        assert await db.scalar(select(func.count()).select_from(CommunityMember)) == 0
    with pytest.raises(BadCredentials):
        await authentication.sign_in(database, "ana", PASSWORD)


async def test_the_first_administrator_is_made_once(database: Database) -> None:
    assert await authentication.make_first_admin(database, "admin", PASSWORD, domain=DOMAIN)
    assert not await authentication.make_first_admin(database, "other", PASSWORD, domain=DOMAIN)
    signed_in = await authentication.sign_in(database, "admin", PASSWORD)
    assert signed_in.account_id == 1
    assert (await member(database, "ana")).id == 2
    async with database.read() as db:
        assert [person.name for person in await queries.administrators(db)] == ["admin"]


async def test_nobody_becomes_an_administrator_by_being_the_first_to_register(database: Database) -> None:
    ana = await member(database, "ana")
    assert ana.id > 1
    assert not ana.is_admin
    assert (await administrator(database)).id == 1


async def test_the_administrator_s_name_must_be_free(database: Database) -> None:
    await community(database, await member(database, "ana"), "cats")
    with pytest.raises(Conflict):
        await authentication.make_first_admin(database, "cats", PASSWORD, domain=DOMAIN)


async def test_the_site_s_policies_are_an_administrator_s(database: Database) -> None:
    admin = await administrator(database)
    ana = await member(database, "ana")
    with pytest.raises(Forbidden):
        await database.write(site.change, ana, {"name": "Mine"}, domain=DOMAIN)
    with pytest.raises(Invalid):
        await database.write(site.change, admin, {"registration_mode": "Sometimes"}, domain=DOMAIN)
    with pytest.raises(Invalid):
        await database.write(site.change, admin, {"private_key": "x"}, domain=DOMAIN)
    await database.write(
        site.change, admin, {"name": "Cake", "sidebar": "Hello", "enable_nsfw": True}, domain=DOMAIN
    )
    async with database.read() as db:
        changed = await site.site(db)
        figures = await site.statistics(db)
        assert await site.setting(db, "nothing", 7) == 7
    assert (changed.name, changed.enable_nsfw, changed.registration_mode) == ("Cake", True, "Open")
    assert "Hello" in changed.sidebar_html
    assert (figures.users, figures.posts, figures.active_day) == (2, 0, 2)


async def test_administrators_hear_of_an_application_until_it_is_decided(database: Database) -> None:
    admin = await administrator(database)
    await _mode(database, RegistrationMode.BY_APPLICATION)
    await _register(database, "ana", answer="I like pie")
    async with database.read() as db:
        (event,) = (await db.execute(select(OutboxEvent.kind, OutboxEvent.payload))).all()
        (application,) = (await queries.applications(db)).items
    await database.write(notifications.consume, event.kind, event.payload, domain=DOMAIN)
    assert (await viewer_of(database, admin.id)).unread_notifications == 1
    async with database.read() as db:
        told = (
            await db.execute(select(Notification.notif_type, Notification.subtype, Notification.targets))
        ).one()
    assert tuple(told) == (
        41,
        "new_registration_for_approval",
        {"gen": "0", "application_id": application.id, "user_id": application.account_id},
    )
    await database.write(operations.approve, admin, application.id, domain=DOMAIN)
    assert (await viewer_of(database, admin.id)).unread_notifications == 0
