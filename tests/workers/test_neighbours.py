"""What a worker does of itself about other servers, and about what was there before."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, text

from service.federation.introductions import Introduction
from service.forum import words_backlog
from service.lifecycle import Resources
from service.storage import activity
from service.storage.clock import utcnow
from service.storage.tables import Instance, InstanceRole, User
from service.storage.tables.own import WordsBacklog
from tests.databases import connect
from tests.federation.network import client, peer
from tests.federation.signing import actor
from tests.forum import making
from tests.forum.elsewhere import change, rows
from workers import introductions, telemetry, words
from workers.introductions import meet_instances
from workers.refreshing import refresh_actors

# What waits, and how the numbers of it are called.
DAY_OLD = "timezone('utc', now()) - interval '1 day'"
WAITING = (
    f"""INSERT INTO pieloop.outbox (topic, kind, payload, created_at, parked_at) VALUES
    ('mail', 'A', '{{}}', {DAY_OLD}, NULL), ('mail', 'B', '{{}}', now() - interval '9 days', now())""",
    f"""INSERT INTO pieloop.received
    (key, lane, kind, host, body, received_at, available_at, attempts, parked_at) VALUES
    ('1', 0, 'Like', 'a.example', '', {DAY_OLD}, now(), 0, NULL),
    ('2', 0, 'Like', 'a.example', '', {DAY_OLD}, now(), 0, NULL),
    ('3', 0, 'Like', 'a.example', '', now() - interval '9 days', now(), 10, now())""",
    f"""INSERT INTO pieloop.sent_activity (id, key, kind, signer_kind, signer_id, lane, body, created_at)
    VALUES (5, '1', 'Like', 'person', 1, 'u1', '', {DAY_OLD})""",
    """INSERT INTO pieloop.peer (instance_id, state, failures, cursor) VALUES
    (2, 'awake', 0, 5), (3, 'awake', 0, 4), (4, 'awake', 3, 0), (5, 'dormant', 9, 0), (6, 'gone', 9, 0)""",
    """INSERT INTO pieloop.undelivered (instance_id, activity_id, inbox, retry_at) VALUES
    (2, 5, 'a', now()), (3, 5, 'b', now()), (3, 5, 'c', NULL)""",
    "INSERT INTO pieloop.words_backlog (source, below) VALUES ('post', 8), ('post_reply', 5)",
)
COUNTED = {
    "outbox_pending": 1, "outbox_parked": 1, "received_pending": 2, "received_parked": 1,
    "peers_awake": 3, "peers_failing": 1, "peers_dormant": 1, "peers_gone": 1,
    "undelivered_waiting": 2, "undelivered_parked": 1, "search_unread": 7 + 4, "queue_length": 2,
}  # fmt: skip
A_DAY_OLD = ("outbox_oldest_seconds", "received_oldest_seconds", "peers_lag_seconds")


@pytest.fixture
async def among_others(resources: Resources) -> AsyncIterator[Resources]:
    """Those of a worker that reaches servers on this machine."""
    async with client() as outbound:
        yield dataclasses.replace(resources, outbound=outbound)


def keeping_to_itself(resources: Resources) -> Resources:
    """Those of a site without federation."""
    federation = msgspec.structs.replace(resources.config.federation, enabled=False)
    return dataclasses.replace(
        resources, config=msgspec.structs.replace(resources.config, federation=federation)
    )


async def test_a_server_is_met_and_who_administers_it_is_known(
    among_others: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = among_others.database
    async with peer("127.0.0.2") as there, peer("127.0.0.3") as blocked:
        boss, other = actor(there, "/u/boss"), actor(there, "/u/other")
        administrators = [boss, there.id("/u/nobody"), other]
        met: list[str] = []

        async def introduction_of(_: Any, host: str) -> Introduction:
            met.append(host)
            return Introduction(
                software="lemmy", version="1.0", nodeinfo="https://n", administrators=tuple(administrators)
            )

        monkeypatch.setattr(introductions, "introduction_of", introduction_of)
        hosts = [one.server.host for one in (there, blocked)]
        await making.add(database, *(Instance(domain=host, software="") for host in hosts))
        async with database.engine.begin() as db:
            await db.execute(text("INSERT INTO banned_instances (domain) VALUES (:host)"), {"host": hosts[1]})
        assert await meet_instances({"resources": keeping_to_itself(among_others)}) == 0
        assert await meet_instances({"resources": among_others}) == 2
        assert met == hosts[:1], "one of them is not talked to"
        known = select(Instance.software, Instance.version).where(Instance.domain == hosts[0])
        assert await rows(database, known) == [("lemmy", "1.0")]
        in_office = (
            select(User.user_name)
            .join(InstanceRole, InstanceRole.user_id == User.id)
            .order_by(User.user_name)
        )
        assert await rows(database, in_office) == ["boss", "other"]
        await change(database, Instance, updated_at=utcnow() - timedelta(days=60))
        administrators.remove(other)
        await meet_instances({"resources": among_others})
        assert await rows(database, in_office) == ["boss"], "the other one administers nothing any more"
        assert met == hosts[:1] * 2


async def test_actors_are_asked_anew(among_others: Resources) -> None:
    database = among_others.database
    async with peer("127.0.0.2") as there:
        who = actor(there, name="Ana of today")
        await making.add(database, Instance(id=7, domain=there.server.host))
        await making.add(
            database,
            User(
                user_name="ana", title="Ana of old", ap_id=f"ana@{there.server.host}", ap_profile_id=who.lower(),
                ap_public_url=who, ap_domain=there.server.host, instance_id=7,
            ),
        )  # fmt: skip
        now = utcnow()
        await change(
            database, User, User.user_name == "ana", ap_fetched_at=now - timedelta(days=60), last_seen=now
        )
        assert await refresh_actors({"resources": keeping_to_itself(among_others)}) == 0
        assert await refresh_actors({"resources": among_others}) == 1
        assert await rows(database, select(User.title).where(User.user_name == "ana")) == ["Ana of today"]


async def test_older_texts_are_read_until_none_is_left_or_time_is_up(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = resources.database
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    ids = await making.posts(database, ana, place, 3)
    await making.comments(database, ana, place, ids[:2])
    monkeypatch.setattr(words_backlog, "BATCH", 2)

    async def wait() -> None:
        async with database.engine.begin() as db:
            for table in ("post_words", "comment_words", "words_backlog"):
                await db.execute(text(f"DELETE FROM pieloop.{table}"))
            await db.execute(
                insert(WordsBacklog),
                [{"source": "post", "below": ids[-1] + 1}, {"source": "post_reply", "below": 3}],
            )

    async def left() -> int:
        async with database.read() as db:
            return await words_backlog.unread(db)

    await wait()
    assert await left() == 3 + 2
    assert await words.read_older_texts({"resources": resources}) == 5
    assert await left() == 0
    assert await words.read_older_texts({"resources": resources}) == 0
    await wait()
    monkeypatch.setattr(words, "AT_ONCE", 0)
    assert await words.read_older_texts({"resources": resources}) == 0
    assert await left() == 5


async def test_what_waits_is_shown_until_it_is_stale(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "SURVEY", survey := telemetry._Survey())
    async with resources.database.engine.begin() as db:
        for statement in WAITING:
            await db.execute(text(statement))
    await resources.redis.zadd("arq:queue", {"one": 1, "other": 2})
    assert list(survey.collect()) == []
    await telemetry.look(resources)
    found = {metric.name.removeprefix("pieloop_"): metric.samples[0].value for metric in survey.collect()}
    assert {name: value for name, value in found.items() if name in COUNTED} == COUNTED
    assert {name: round(found[name] / 86_400) for name in A_DAY_OLD} == dict.fromkeys(A_DAY_OLD, 1)
    assert 0 < found["server_connections"] <= found["server_connections_available"]
    monkeypatch.setattr(telemetry, "STALE", 0)
    assert list(survey.collect()) == []


async def test_idle_transactions_of_other_databases_are_not_ours(
    resources: Resources, superuser_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "IDLE_AFTER", 0)

    async def idle() -> int:
        async with resources.database.read() as db:
            return (await activity.load(db)).idle_in_transaction

    before = await idle()
    for url, more in ((superuser_url, 0), (database_url, 1)):
        connection = await connect(url)
        try:
            await connection.execute("BEGIN")
            assert await idle() - before == more, url
        finally:
            await connection.close()
