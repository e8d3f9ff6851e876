"""A small demo in a real database: whatever is derived agrees with what it is derived from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from sqlalchemy import text

from service.config import Config
from service.demo import plan
from service.demo.bar import Bar, bar
from service.demo.imagined import Given
from service.demo.plan import apportion, imagine
from service.demo.run import Demo, run
from service.demo.sizes import PRESETS, Sizes, sizes_of
from service.errors import StartupError
from service.forum.accounts.authentication import authenticate
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import rules
from service.media.store import is_ours
from service.storage.clock import utcnow
from service.storage.engine import create_engine
from service.storage.transaction import Database

SIZES = Sizes(users=20, communities=8, posts=150, comments=600, votes=900)
PASSWORD = "only for this test"

# Each counts the rows that contradict what they are derived from; none may.
CONTRADICTIONS = {
    "votes on posts": """
        SELECT count(*) FROM post WHERE ((up_votes, down_votes, score) = (
            SELECT count(*) FILTER (WHERE effect = 1), count(*) FILTER (WHERE effect = -1), sum(effect)
            FROM post_vote WHERE post_id = post.id AND author_id = post.user_id)) IS NOT TRUE""",
    "votes on comments": """
        SELECT count(*) FROM post_reply reply WHERE ((up_votes, down_votes, score) = (
            SELECT count(*) FILTER (WHERE effect = 1), count(*) FILTER (WHERE effect = -1), sum(effect)
            FROM post_reply_vote WHERE post_reply_id = reply.id AND author_id = reply.user_id)) IS NOT TRUE""",
    "one vote a person": """
        SELECT count(*) FROM (
            SELECT FROM post_vote GROUP BY post_id, user_id HAVING count(*) > 1
            UNION ALL SELECT FROM post_reply_vote GROUP BY post_reply_id, user_id HAVING count(*) > 1) twice""",
    "own votes": """
        SELECT (SELECT count(*) FROM post) + (SELECT count(*) FROM post_reply)
            - (SELECT count(*) FROM post_vote WHERE user_id = author_id AND effect = 1)
            - (SELECT count(*) FROM post_reply_vote WHERE user_id = author_id AND effect = 1)""",
    "comments of posts": """
        SELECT count(*) FROM post
        WHERE reply_count <> (SELECT count(*) FROM post_reply WHERE post_id = post.id)""",
    "last activity of posts": """
        SELECT count(*) FROM post WHERE last_active <> greatest(
            posted_at, (SELECT max(posted_at) FROM post_reply WHERE post_id = post.id))""",
    "comments of cross-posts": """
        SELECT count(*) FROM post WHERE reply_count_cross_posted <> (
            SELECT count(*) FROM post_reply WHERE post_id = post.id OR post_id = ANY(post.cross_posts))""",
    "cross-posts": """
        SELECT count(*) FROM post WHERE coalesce(cross_posts, '{}') <> '{}' AND EXISTS (
            SELECT FROM post other WHERE other.id = ANY(post.cross_posts)
            AND (other.url <> post.url OR NOT post.id = ANY(other.cross_posts)))""",
    "comments below comments": """
        SELECT count(*) FROM post_reply WHERE child_count <> (
            SELECT count(*) FROM post_reply below
            WHERE post_reply.id = ANY(below.path) AND below.id <> post_reply.id)""",
    "trees": """
        SELECT count(*) FROM post_reply child LEFT JOIN post_reply parent ON parent.id = child.parent_id
        WHERE child.path <> coalesce(parent.path, ARRAY[0]) || child.id
            OR child.depth <> coalesce(parent.depth + 1, 0) OR child.root_id <> child.path[2]
            OR parent.post_id <> child.post_id OR parent.posted_at > child.posted_at""",
    "comments before their post": """
        SELECT count(*) FROM post_reply JOIN post ON post.id = post_id WHERE post_reply.posted_at < post.posted_at
            OR post_reply.community_id <> post.community_id""",
    "counts of communities": """
        SELECT count(*) FROM community WHERE (post_count, post_reply_count, subscriptions_count) IS DISTINCT FROM (
            (SELECT count(*) FROM post WHERE community_id = community.id),
            (SELECT count(*) FROM post_reply WHERE community_id = community.id),
            (SELECT count(*) FROM community_member WHERE community_id = community.id))
            OR total_subscriptions_count <> subscriptions_count""",
    "owners": """
        SELECT count(*) FROM community WHERE NOT EXISTS (
            SELECT FROM community_member WHERE community_id = community.id AND user_id = community.user_id
            AND is_owner AND is_moderator)""",
    "counts of people": """
        SELECT count(*) FROM "user" person WHERE (post_count, post_reply_count, reputation) IS DISTINCT FROM (
            (SELECT count(*) FROM post WHERE user_id = person.id),
            (SELECT count(*) FROM post_reply WHERE user_id = person.id),
            (SELECT coalesce(sum(effect), 0) FROM post_vote WHERE author_id = person.id AND user_id <> person.id)
            + (SELECT coalesce(sum(effect), 0) FROM post_reply_vote
               WHERE author_id = person.id AND user_id <> person.id))""",
    "written before one came": """
        SELECT count(*) FROM "user" person WHERE created > least(
            (SELECT min(posted_at) FROM post WHERE user_id = person.id),
            (SELECT min(posted_at) FROM post_reply WHERE user_id = person.id),
            (SELECT min(created_at) FROM post_vote WHERE user_id = person.id)) OR last_seen < created""",
    "attitudes": """
        SELECT count(*) FROM "user" person WHERE (attitude IS NULL) <> (10 > (
            SELECT count(*) FROM (SELECT FROM post_vote WHERE user_id = person.id
            UNION ALL SELECT FROM post_reply_vote WHERE user_id = person.id) votes))""",
    "websites": """
        SELECT count(*) FROM domain WHERE post_count <> (SELECT count(*) FROM post WHERE domain_id = domain.id)""",
    "search": """
        SELECT (SELECT count(*) FROM post WHERE search_vector IS NULL)
            + (SELECT count(*) FROM post_reply WHERE search_vector IS NULL)""",
    "ids": """
        SELECT count(*) FROM post WHERE ap_id NOT LIKE 'https://%/post/' || id
            OR slug NOT LIKE '/c/%/p/' || id || '/%'""",
    "the future": """
        SELECT (SELECT count(*) FROM post WHERE last_active > now() AT TIME ZONE 'UTC')
            + (SELECT count(*) FROM post_vote WHERE created_at > now() AT TIME ZONE 'UTC')""",
}


@contextmanager
def unseen(what: str, total: int) -> Iterator[Bar]:
    with bar(what, total, StringIO()) as shown:
        yield shown


@pytest.fixture
async def demo(config: Config, monkeypatch: pytest.MonkeyPatch) -> Demo:
    monkeypatch.setattr(plan, "CHAPTER", 60)  # posts, so that the history has three chapters
    return await run(config, SIZES, seed=7, password=PASSWORD, bars=unseen)


async def test_a_demo_agrees_with_itself_and_is_never_added_by_accident(
    config: Config, demo: Demo, database: Database
) -> None:
    async with database.read() as db:
        counts = {
            table: await db.scalar(text(f'SELECT count(*) FROM "{table}"'))
            for table in ("user", "community", "post", "post_reply", "post_vote", "post_reply_vote")
        }
        votes = SIZES.votes + SIZES.posts + SIZES.comments
        assert counts.pop("post_vote") + counts.pop("post_reply_vote") == votes
        assert counts == {"user": SIZES.users + 1, "community": 8, "post": 150, "post_reply": 600}
        found = {what: await db.scalar(text(query)) for what, query in CONTRADICTIONS.items()}
        assert {what: count for what, count in found.items() if count} == {}
        admins = (await db.execute(text('SELECT user_name FROM "user" WHERE id = 1'))).scalar_one()
        assert admins == config.admin.name
        for row in await db.execute(text("SELECT * FROM post")):
            rank = rules.hot_rank(row.score + row.reply_count, row.created_at)
            assert row.ranking == rules.stored_rank(rank)
            assert 0 <= row.ranking_scaled - int(rank) <= 4
            assert row.type == rules.type_of(row.url) or (row.type == 3 and row.image_id and not row.url)
        for path in await db.scalars(
            text("SELECT file_path FROM file UNION SELECT thumbnail_path FROM file")
        ):
            assert is_ours(path)
            assert (config.data_dir / path).stat().st_size > 100
        page = await page_of_posts(db, None, PostSelection(), Sort.HOT)
        assert len(page.posts) == 20

    credentials = await authenticate(database, demo.members[0], PASSWORD)
    assert credentials.name == demo.members[0]

    with pytest.raises(StartupError, match="--again"):
        await run(config, SIZES)
    engine = create_engine(config, "migrate")
    async with engine.connect() as db:
        assert await db.scalar(text("SELECT count(*) FROM post")) == SIZES.posts
    await engine.dispose()


async def test_a_second_demo_is_added_beside_the_first(
    config: Config, demo: Demo, database: Database
) -> None:
    async with database.read() as db:
        before = (await db.execute(text("SELECT id, xmin::text FROM post ORDER BY id"))).all()
    more = Sizes(users=8, communities=8, posts=20, comments=30, votes=40)
    await run(config, more, seed=7, again=True, bars=unseen)
    async with database.read() as db:
        last = before[-1].id
        rows = await db.execute(
            text("SELECT id, xmin::text FROM post WHERE id <= :last ORDER BY id"), {"last": last}
        )
        assert rows.all() == before
        assert await db.scalar(text("SELECT count(*) FROM post")) == SIZES.posts + 20
        found = {what: await db.scalar(text(query)) for what, query in CONTRADICTIONS.items()}
        assert {what: count for what, count in found.items() if count} == {}


def test_the_same_seed_imagines_the_same_site() -> None:
    given = Given(utcnow(), "example.org", frozenset({"bread"}), ["Hills at dawn"], 3, 3)
    site = imagine(PRESETS["small"], 5, given)
    (first,), (second,) = site.chapters, imagine(PRESETS["small"], 5, given).chapters
    assert [entry.title for entry in first.entries] == [entry.title for entry in second.entries]
    assert [reply.text for reply in first.replies] == [reply.text for reply in second.replies]
    assert max(entry.replies for entry in first.entries) == 220
    assert "bread" not in {group.words.name for group in site.groups}
    recent = [entry for entry in first.entries if entry.at > given.now - timedelta(days=180)]
    assert len(recent) > len(first.entries) / 3


def test_what_is_apportioned_is_all_there_and_nowhere_too_much() -> None:
    chance = Random(3)
    counts = apportion(chance, [chance.paretovariate(1.0) for _ in range(50)], 900, 20)
    assert sum(counts) == 900
    assert max(counts) == 20
    assert sum(apportion(chance, [1.0, 1.0], 10, 4)) == 8


@pytest.mark.parametrize(
    "numbers",
    [
        {"users": 1},
        {"communities": 0},
        {"posts": 500_001},
        {"posts": 0},
        {"votes": 400_000},
        {"comments": -1},
    ],
)
def test_sizes_that_cannot_be_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(StartupError):
        sizes_of("small", **numbers)
