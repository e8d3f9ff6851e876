"""What is deleted or ended when its time has come: each job, with the days that the configuration says."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from service.config import FederationConfig, MailConfig, PrivateRegistrationConfig, StoreConfig
from service.lifecycle import Resources
from service.outbound.mail import Mailer
from tests.forum import making
from workers import upkeep

DAYS = 5
OLD, YOUNG = "now() AT TIME ZONE 'utc' - interval '6 days'", "now() AT TIME ZONE 'utc' - interval '4 days'"
PAST, AHEAD = "now() AT TIME ZONE 'utc' - interval '1 hour'", "now() AT TIME ZONE 'utc' + interval '1 hour'"

Job = Callable[[dict[str, Any]], Awaitable[int]]

# For each job a row whose time has come and one whose time has not, and how many it counts.
DUE: dict[str, tuple[Job, int, str]] = {
    "sessions": (
        upkeep.forget_expired_sessions,
        1,
        f"""INSERT INTO pieloop.session (token_hash, user_id, expires_at)
        VALUES (sha256('1'), 2, {PAST}), (sha256('2'), 2, {AHEAD})""",
    ),
    "disabled accounts": (
        upkeep.enable_expired_accounts,
        1,
        f"""INSERT INTO pieloop.disabled_account (user_id, was_verified, expires_at)
        VALUES (2, true, {PAST}), (3, true, {AHEAD}), (1, true, NULL)""",
    ),
    "reminders": (
        upkeep.remind,
        1,
        f"""INSERT INTO reminder (user_id, reminder_type, reminder_destination, remind_at)
        VALUES (2, 1, 1, {PAST}), (3, 1, 1, {AHEAD})""",
    ),
    "departures": (
        upkeep.delete_departed,
        1,
        f"""INSERT INTO pieloop.departure (user_id, due_at, removes_content)
        VALUES (3, {PAST}, false), (2, {AHEAD}, false)""",
    ),
    "bans": (
        upkeep.end_expired_bans,
        1,
        f"""INSERT INTO community_member (user_id, community_id, is_banned) VALUES (1, 1, true), (3, 1, true);
        INSERT INTO community_ban (user_id, community_id, ban_until) VALUES (1, 1, {PAST}), (3, 1, {AHEAD})""",
    ),
    "audit log": (
        upkeep.forget_old_entries,
        1,
        f"INSERT INTO pieloop.audit_log (action, created_at) VALUES ('old', {OLD}), ('young', {YOUNG})",
    ),
    "idempotency keys": (
        upkeep.forget_old_entries,
        1,
        f"""INSERT INTO pieloop.idempotency_key (user_id, key, route, created_at)
        VALUES (2, 'a', 'POST /', {OLD} - interval '2 days'), (2, 'b', 'POST /', {OLD})""",
    ),
    "activities that were here": (
        upkeep.forget_seen,
        1,
        "INSERT INTO pieloop.seen (key, day) VALUES ('1', current_date - 6), ('2', current_date - 5)",
    ),
    "activities that were sent": (
        upkeep.forget_sent_activities,
        1,
        f"""INSERT INTO pieloop.sent_activity (key, kind, signer_kind, signer_id, lane, body, created_at)
        VALUES ('1', 'Like', 'person', 2, 'x', '', {OLD}), ('2', 'Like', 'person', 2, 'x', '', {YOUNG})""",
    ),
    "copies of pictures": (
        upkeep.expire_copies,
        1,
        f"""INSERT INTO file (id, source_url) VALUES (1, 'https://x.example/1'), (2, 'https://x.example/2');
        INSERT INTO pieloop.picture (file_id, medium, remote, kept_at)
        VALUES (1, 'a', true, {OLD}), (2, 'b', true, {YOUNG})""",
    ),
    "pictures of deleted posts": (
        upkeep.delete_unused_pictures,
        1,
        f"""INSERT INTO file (id) VALUES (3), (4);
        INSERT INTO pieloop.picture (file_id, medium, unused_since)
        VALUES (3, 'c', {OLD}), (4, 'd', {YOUNG});
        INSERT INTO post (user_id, community_id, title, instance_id, ap_id, image_id, deleted)
        VALUES (2, 1, 'a', 1, 'x', 3, true), (2, 1, 'b', 1, 'y', 4, true)""",
    ),
    "what was read": (
        upkeep.forget_by_rule,
        1,
        f"""INSERT INTO read_posts (user_id, read_post_id, interacted_at)
        VALUES (2, 1, {OLD} - interval '180 days'), (3, 1, {OLD})""",
    ),
}


@pytest.fixture
async def strict(resources: Resources) -> Resources:
    """With accounts 1 to 3, a community and a post of the second's, and few days for everything."""
    await making.administrator(resources.database)
    ana = await making.member(resources.database, "ana")
    await making.member(resources.database, "ben")
    await making.posts(resources.database, ana, await making.community(resources.database, ana), 1)
    config = msgspec.structs.replace(
        resources.config,
        store=StoreConfig(remote_days=DAYS, unused_days=DAYS),
        federation=FederationConfig(seen_days=DAYS, sent_days=DAYS),
        private_registration=PrivateRegistrationConfig(audit_days=DAYS),
    )
    return dataclasses.replace(resources, config=config)


async def run(resources: Resources, *statements: str) -> None:
    async def write(session: Any) -> None:
        for statement in statements:
            for part in statement.split(";"):
                await session.execute(text(part))

    await resources.database.write(write)


async def clock_is_known(resources: Resources, since: str) -> None:
    await run(
        resources,
        "DELETE FROM pieloop.clock_reading",
        f"""INSERT INTO pieloop.clock_reading (id, seen_at, steady_since)
        VALUES (1, now() AT TIME ZONE 'utc', {since})""",
    )


async def test_what_is_due_and_nothing_else(strict: Resources) -> None:
    for name, (job, due, statements) in DUE.items():
        await run(strict, statements)
        await clock_is_known(strict, "now() AT TIME ZONE 'utc'")
        assert await job({"resources": strict}) == 0, f"{name}: nothing goes by a clock that has just jumped"
        await clock_is_known(strict, OLD)
        assert await job({"resources": strict}) == due, name
        assert await job({"resources": strict}) == 0, name


async def test_nought_days_are_for_ever(strict: Resources) -> None:
    store = StoreConfig(remote_days=0, unused_days=0)
    lasting = dataclasses.replace(strict, config=msgspec.structs.replace(strict.config, store=store))
    await clock_is_known(lasting, OLD)
    for name in ("copies of pictures", "pictures of deleted posts"):
        job, _, statements = DUE[name]
        await run(lasting, statements)
        assert await job({"resources": lasting}) == 0, name


async def test_letters_about_what_is_unread_need_a_way_to_send_them(strict: Resources) -> None:
    await run(
        strict,
        f"UPDATE \"user\" SET email = 'ana@post.example', last_seen = {OLD} WHERE id = 2",
        f"""INSERT INTO notification (user_id, title, url, notif_type, created_at, read)
        VALUES (2, 'x', '/', 0, {YOUNG}, false)""",
    )
    assert await upkeep.write_about_unread({"resources": strict}) == 0
    mail = Mailer(MailConfig(host="mail.example", sender="pie@mail.example"))
    assert await upkeep.write_about_unread({"resources": dataclasses.replace(strict, mail=mail)}) == 1
