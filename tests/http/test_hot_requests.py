"""What the hot requests ask of PostgreSQL: how many statements, and how many rows each of them reads.

Both are stated and not bounded: whoever makes one dearer says so here. The tables are large enough for the planner to
take the indexes that it takes on a large site.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import msgspec
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.http import site
from service.http.application import Application
from service.http.web import home
from service.storage import kept_rows
from service.storage.transaction import Database
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.http.web_browser import sign_in
from tests.serving import held_by
from tests.statements import counted

API = "/api/alpha"
COMMENTS = 220  # of the post whose page is asked for
KEPT = 60  # seconds

# Enough of each, as plain as it can be.
MANY = [
    """INSERT INTO "user" (user_name, instance_id, verified, created) SELECT 'u' || n, 1, true, now()
        FROM generate_series(1, 300) n""",
    """INSERT INTO community (name, title, user_id, instance_id, created_at, last_active, ap_profile_id)
        SELECT 'c' || n, 'C', :me, 1, now(), now() - n * interval '1 h', 'https://x.test/c/' || n
        FROM generate_series(1, 40) n""",
    """INSERT INTO community_member (user_id, community_id)
        SELECT (SELECT min(id) FROM "user" WHERE user_name = 'u1') + u, c.id FROM community c, generate_series(0, 60) u
        ON CONFLICT DO NOTHING""",
    """INSERT INTO post (user_id, community_id, title, type, status, deleted, instance_id, ap_id, posted_at, created_at,
            last_active, ranking, ranking_scaled, score, up_votes, down_votes, reply_count, instance_sticky, sticky,
            from_bot, nsfw, nsfl, indexable, language_id)
        SELECT (SELECT min(id) FROM "user" WHERE user_name = 'u1') + n % 300, (SELECT min(id) FROM community) + n % 41,
            'Title ' || n || CASE WHEN n % 50 = 0 THEN ' coffee' ELSE '' END, 1, 1, false, 1, 'https://x.test/p/' || n,
            now() - n * interval '1 min', now() - n * interval '1 min', now(), n, n, n % 9, n % 9, 0, 0,
            false, false, false, false, false, true, 2
        FROM generate_series(1, 4000) n""",
    """INSERT INTO post_reply (user_id, community_id, post_id, body, body_html, depth, deleted, instance_id, ap_id,
            posted_at, created_at, ranking, score, up_votes, down_votes, from_bot, nsfw, indexable, language_id)
        SELECT (SELECT min(id) FROM "user" WHERE user_name = 'u1') + n % 300, post.community_id, post.id, 'So', '<p>So',
            0, false, 1, 'https://x.test/r/' || n, now() - n * interval '1 min', now() - n * interval '1 min', n % 50,
            1, 1, 0, false, false, true, 2
        FROM generate_series(1, 9000) n
        JOIN post ON post.ap_id = 'https://x.test/p/' || CASE WHEN n <= :comments THEN 1 ELSE n % 3999 + 2 END""",
    """INSERT INTO post_vote (user_id, author_id, post_id, effect) SELECT u.id, post.user_id, post.id, 1
        FROM post, (SELECT id FROM "user" ORDER BY id LIMIT 2) u""",
    """INSERT INTO post_reply_vote (user_id, author_id, post_reply_id, effect)
        SELECT (SELECT min(id) FROM "user" WHERE user_name = 'u1'), user_id, id, 1 FROM post_reply""",
    """INSERT INTO read_posts (user_id, read_post_id, interacted_at)
        SELECT :me, id, now() - interval '10 min' FROM post""",
    """INSERT INTO notification_subscription (user_id, type, entity_id, name, created_at)
        SELECT u.id, kind, c.id, 'C', now() FROM "user" u, community c, (VALUES (1), (3)) kinds (kind)
        WHERE c.name IN ('c1', 'c2', 'c3', 'c7')""",
    """INSERT INTO post_bookmark (user_id, post_id, created_at) SELECT :me, id, now() FROM post WHERE id % 4 = 0
        UNION ALL SELECT u.id, post.id, now() FROM "user" u, (SELECT id FROM post ORDER BY id LIMIT 20) post""",
    """INSERT INTO post_reply_bookmark (user_id, post_reply_id, created_at)
        SELECT u.id, said.id, now() FROM "user" u, (SELECT id FROM post_reply ORDER BY id LIMIT 20) said""",
    "UPDATE post_reply SET path = ARRAY[0, id], root_id = id",
    "UPDATE post SET reply_count = :comments WHERE ap_id = 'https://x.test/p/1'",
]
ANALYZE = (
    'ANALYZE post, post_reply, post_vote, post_reply_vote, read_posts, "user", community, community_member, '
    "notification_subscription, post_bookmark, post_reply_bookmark"
)
LARGE = {
    "post",
    "post_reply",
    "post_vote",
    "post_reply_vote",
    "post_words",
    "notification_subscription",
    "post_bookmark",
    "post_reply_bookmark",
}
# A condition of an index for more than one value of a column, and columns that have hardly any.
RANGE = re.compile(r"\((?:\w+\.)?(\w+) (?:IS NOT NULL|[<>]=? )")
FEW_VALUES = {"sticky", "instance_sticky"}
MOST_SORTED = 2 * COMMENTS  # rows; the largest that a page has of anything is its discussion


class Hot(NamedTuple):
    """A request, and what it costs: statements, and at most so many rows read of large tables.

    How many exactly depends on what ANALYZE happened to look at.

    Attributes:
        again: Statements, where what stands on posts and comments was read a moment ago.
    """

    path: str
    signed_in: bool
    statements: int
    again: int
    rows: int


HOT = {
    "front page": Hot("/", False, 2, 1, 43),
    "front page, signed in": Hot("/", True, 5, 4, 145),
    "community": Hot("/c/c7", False, 4, 3, 43),
    "community, signed in": Hot("/c/c7", True, 6, 5, 145),
    "post": Hot("/post/{post}", False, 4, 3, 271),
    "post, signed in": Hot("/post/{post}", True, 7, 6, 360),
    "profile": Hot("/u/u9", False, 6, 5, 68),
    "profile, signed in": Hot("/u/u9", True, 10, 9, 205),
    "search": Hot("/search?q=coffee", False, 4, 3, 101),
    "search, signed in": Hot("/search?q=coffee", True, 6, 5, 205),
    "communities": Hot("/communities", False, 1, 1, 0),
    "communities, signed in": Hot("/communities", True, 2, 2, 8),
    "list of posts": Hot(f"{API}/post/list?limit=20", False, 2, 1, 43),
    "list of posts, signed in": Hot(f"{API}/post/list?limit=50", True, 4, 3, 325),
    "list of comments": Hot(f"{API}/comment/list?limit=100&post_id={{post}}", False, 3, 2, 322),
}


class Sent(NamedTuple):
    """A statement as the driver got it."""

    statement: str
    values: Any


@pytest.fixture
def _all_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked up once a second or so is not looked up meanwhile."""
    monkeypatch.setattr(site, "FRESH", 3600.0)
    monkeypatch.setattr(home, "FRESH", 3600.0)


@pytest.fixture
def config(config: Config) -> Config:
    """What stands on posts and comments is kept."""
    return msgspec.structs.replace(config, database=msgspec.structs.replace(config.database, keep_read=KEPT))


class Clock:
    """Goes on by a step whenever it is looked at."""

    def __init__(self) -> None:
        self.now, self.step = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which it is kept."""
    clock = Clock()
    monkeypatch.setattr(kept_rows, "monotonic", clock)
    return clock


@pytest.mark.usefixtures("_all_is_remembered")
async def test_hot_requests_cost_what_they_are_known_to_cost(app: Application, clock: Clock) -> None:
    database = held_by(app).database
    await making.community(database, await making.member(database, "bo"))
    ana = await making.member(database, "ana")
    await database.write(_fill, ana.id)
    async with database.read() as db:
        post = await db.scalar(text("SELECT id FROM post WHERE ap_id = 'https://x.test/p/1'"))
    by_browser, by_app = app.test_client(), app.test_client()
    await sign_in(by_browser, database, ana)
    found: dict[str, tuple[int, int, int]] = {}
    wrong: list[str] = []
    for name, hot in HOT.items():
        is_api = hot.path.startswith(API)
        client = (by_app if is_api else by_browser) if hot.signed_in else app.test_client()
        headers = bearer(token_of(ana)) if hot.signed_in and is_api else {}
        ask = partial(client.get, hot.path.format(post=post), headers=headers)
        clock.step = 2 * KEPT
        sent = await _sent(database, ask)
        clock.step = 0
        again = await _sent(database, ask)
        rows = 0
        for one in sent:
            plan = await _plan(database, one)
            rows += sum(_rows_read(node) for node in _nodes(plan))
            wrong += [f"{name}: {fault} in {one.statement[:60]}" for fault in _faults(plan)]
        found[name] = len(sent), len(again), rows
    assert not wrong, "\n".join(wrong)
    assert {name: statements for name, (*statements, _) in found.items()} == {
        name: [hot.statements, hot.again] for name, hot in HOT.items()
    }
    more = {name: rows for name, (*_, rows) in found.items() if rows > HOT[name].rows}
    assert not more


class Write(NamedTuple):
    """A change, and how many statements it takes with its answer, beside BEGIN and COMMIT."""

    method: str
    path: str
    body: dict[str, Any]
    statements: int


WRITES = [
    Write("POST", "/post/like", {"score": -1}, 6),
    Write("POST", "/post/like", {"score": 1}, 6),
    Write("POST", "/comment", {"body": "First"}, 8),
    Write("POST", "/comment", {"body": "Second"}, 8),
    Write("PUT", "/post/save", {"save": True}, 6),
    Write("PUT", "/post/save", {"save": False}, 5),
    Write("POST", "/post/mark_as_read", {"read": True}, 2),
    Write("POST", "/post/mark_as_read", {"read": False}, 2),
]


@pytest.mark.usefixtures("_all_is_remembered")
async def test_hot_writes_take_the_statements_that_they_are_known_to_take(app: Application) -> None:
    database = held_by(app).database
    ana = await making.member(database, "ana")
    (post,) = await making.posts(database, ana, await making.community(database, ana), 1)
    client, headers = app.test_client(), bearer(token_of(ana))
    found = []
    for write in WRITES:
        body = {"post_id": post, **write.body}
        with counted(database) as sent:
            answer = await client.open(API + write.path, method=write.method, json=body, headers=headers)
        assert answer.status_code == 200, await answer.get_data(as_text=True)
        found.append(write._replace(statements=len(sent)))
    assert found == WRITES


async def _fill(session: AsyncSession, me: int) -> None:
    for statement in MANY:
        await session.execute(text(statement), {"me": me, "comments": COMMENTS} if ":" in statement else {})
    await session.execute(text(ANALYZE))


async def _sent(database: Database, ask: Callable[[], Any]) -> list[Sent]:
    """What a request sends when it comes again."""
    sent: list[Sent] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append(Sent(statement, values))

    for _ in range(
        3
    ):  # the first may write down that somebody was there, and the second that they were not long ago
        sent.clear()
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        answer = await ask()
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        assert answer.status_code == 200, await answer.get_data(as_text=True)
    return sent


async def _plan(database: Database, sent: Sent) -> dict[str, Any]:
    """How PostgreSQL carries a statement out whatever its values, and what came of it."""
    async with database.read() as db:
        driver: Any = (await db.get_raw_connection()).driver_connection
        async with driver.transaction():
            await driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            said = await driver.fetchval(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sent.statement}", *sent.values
            )
    plan: dict[str, Any] = (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows_read(node: dict[str, Any]) -> int:
    """The rows that a node reads of a large table, those included that it then leaves out."""
    if node.get("Relation Name") not in LARGE:
        return 0
    left_out = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return int((node["Actual Rows"] + left_out) * node["Actual Loops"] + 0.5)


def _faults(plan: dict[str, Any]) -> Iterator[str]:
    """What would make it dear on a large site."""
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE and node["Actual Loops"]:
            yield f"all of {node['Relation Name']} is read"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Actual Rows"] > MOST_SORTED:
            yield f"{node['Plans'][0]['Actual Rows']} rows are sorted"
        ranges = [column for column in RANGE.findall(node.get("Index Cond", "")) if column not in FEW_VALUES]
        if len(ranges) > 1:
            yield f"the index is looked into for each value of {ranges[0]}, as PostgreSQL 18 believes"
