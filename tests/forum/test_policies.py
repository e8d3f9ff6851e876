"""What administrators set holds: the form keeps it, and what it is about does as it says."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import policies, site
from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import NewAccount
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity
from service.forum.errors import Forbidden, Invalid
from service.forum.letters.queries import letter_to
from service.storage.tables import Community, OutboxEvent, Registration, Setting, Site, User
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN, KEYS

CHANGES: dict[str, Any] = {
    "blocked_phrases": "spam",
    "enable_this_comment_filter": True,
    "actor_blocked_words": "troll",
    "actor_bio_blocked_words": "poem",
    "announcement": "**Hello**",
    "registration_approved_email": "Come in",
    "public_modlog": True,
    "captcha_enabled": False,
    "meme_comms_low_quality": True,
    "read_posts_cutoff": 30,
}


@pytest.fixture
async def boss(database: Database) -> Viewer:
    return await making.administrator(database)


async def test_policies_are_kept_where_piefed_keeps_them(database: Database, boss: Viewer) -> None:
    async with database.read() as db:
        assert await policies.policies(db) == policies.Policies()
    await database.write(policies.change, boss, CHANGES, domain=DOMAIN)
    async with database.read() as db:
        assert await policies.policies(db) == policies.Policies(**CHANGES)
        columns = (await db.execute(select(Site.blocked_phrases, Site.enable_this_comment_filter))).one()
        stored = {
            name: json.loads(value or "")
            for name, value in await db.execute(select(Setting.name, Setting.value))
        }
        face = await site.site(db)
    assert tuple(columns) == ("spam", True)
    assert {name: stored[name] for name in CHANGES if name in stored} == {
        name: value for name, value in CHANGES.items() if name in stored
    }
    assert "read_posts_cutoff" in stored
    assert (face.announcement, face.announcement_html.strip()) == (
        "**Hello**",
        "<p><strong>Hello</strong></p>",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"blocked_phrases": "x" * 10_001},
        {"announcement": "x" * 1001},
        {"read_posts_cutoff": -1},
        {"read_posts_cutoff": "5"},
        {"read_posts_cutoff": True},
        {"captcha_enabled": 1},
        {"captcha_enabled": "no"},
        {"announcement": "a\x00b"},
        {"private_key": "x"},
        {"actor_blocked_words": None},
    ],
)
async def test_what_breaks_a_rule_is_refused(
    database: Database, boss: Viewer, change: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refusal:
        await database.write(policies.change, boss, change, domain=DOMAIN)
    assert refusal.value.fields.keys() == change.keys()


async def test_only_administrators_set_them_and_odd_values_count_as_unset(
    database: Database, boss: Viewer
) -> None:
    ana = await making.member(database, "ana")
    with pytest.raises(Forbidden):
        await database.write(policies.change, ana, {"public_modlog": True}, domain=DOMAIN)
    await making.add(
        database,
        Setting(name="read_posts_cutoff", value='"many"'),
        Setting(name="public_modlog", value="null"),
        Setting(name="captcha_enabled", value="false"),
    )
    async with database.read() as db:
        assert await policies.policies(db) == policies.Policies(captcha_enabled=False)


async def test_words_about_oneself_communities_for_memes_and_bots_by_decree(
    database: Database, boss: Viewer
) -> None:
    ana = await making.member(database, "ana")
    for meant in (False, True):
        await database.write(policies.change, boss, {"meme_comms_low_quality": meant}, domain=DOMAIN)
        new = NewCommunity(name=f"memes_{meant}", title="Memes", keys=KEYS)
        made = await database.write(communities.create, ana, new, domain=DOMAIN)
        low = select(Community.low_quality).where(Community.id == made.community_id)
        async with database.read() as db:
            assert await db.scalar(low) is meant
    await database.write(accounts.edit, ana, {"about": "A poem", "title": "Poem"}, domain=DOMAIN)
    await database.write(policies.change, boss, {"actor_bio_blocked_words": "poem"}, domain=DOMAIN)
    with pytest.raises(Invalid) as refusal:
        await database.write(accounts.edit, ana, {"about": "A POEM", "title": "Poem"}, domain=DOMAIN)
    assert refusal.value.fields.keys() == {"about"}

    async def decree(session: AsyncSession) -> None:
        await session.execute(update(User).where(User.id == ana.id).values(bot_override=True))

    await database.write(decree)
    assert (await making.viewer_of(database, ana.id)).bot is True


async def test_who_was_let_in_reads_the_site_s_own_words(database: Database, boss: Viewer) -> None:
    new = NewAccount(name="carl", email="carl@mail.example", password_hash="x", keys=KEYS, answer="Please")
    made = await database.write(accounts.create_account, new, domain=DOMAIN)
    waiting = select(Registration.id).where(Registration.user_id == made.account_id)
    async with database.read() as db:
        application_id = (await db.scalars(waiting)).one()
    await database.write(accounts.approve, boss, application_id, domain=DOMAIN)
    wanted = select(OutboxEvent.payload).where(OutboxEvent.kind == "EmailRequested")
    async with database.read() as db:
        assert [payload["occasion"] for payload in await db.scalars(wanted)] == ["approved"]
    for words, expected in (("", "approved"), ("Read the rules.\n\nBe kind.", "Be kind.")):
        await database.write(policies.change, boss, {"registration_approved_email": words}, domain=DOMAIN)
        async with database.read() as db:
            sent = await letter_to(db, "approved", made.account_id, base_url="https://pie.example")
        assert sent is not None
        assert expected in sent.letter.text
