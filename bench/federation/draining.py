"""`python -m bench.federation.draining`: how fast one worker works off a backlog, beside the statement for votes alone.

The backlog goes through the real tables: votes, comments and others, some of them announced by a community elsewhere,
some sent directly to one of ours, which announces them. Afterwards every counter is compared with the rows.
"""

import asyncio
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.processor import spent
from service.config import Config, DatabaseConfig, LogConfig, RedisConfig, SiteConfig
from service.embedded import run_embedded
from service.federation.fetch import Fetcher
from service.federation.intake.envelope import LANES, envelope_from
from service.federation.intake.writer import store
from service.federation.receive.drain import Drain
from service.forum.votes import batches
from service.forum.votes.batches import CastVote
from service.logs import configure_logs
from service.outbound.client import open_outbound
from service.processes.progress import to_stream
from service.storage.clock import utcnow
from service.storage.engine import create_engine
from service.storage.migrate import migrate
from service.storage.tables import Community, CommunityMember, Instance, Post, User
from service.storage.transaction import Database

DOMAIN, THERE = "bench.example", "https://there.example"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PEOPLE, POSTS = 3000, 400
OURS = 3  # of ten activities, so many are about a community of ours
CHUNK = 500

# What must hold afterwards, for posts and comments alike.
EXACT = """
    SELECT count(*) FROM {thing} t LEFT JOIN (
        SELECT {column} AS id, count(*) FILTER (WHERE effect > 0) AS ups, count(*) FILTER (WHERE effect < 0) AS downs
        FROM {vote} GROUP BY 1
    ) v USING (id)
    WHERE t.up_votes <> coalesce(v.ups, 0) OR t.down_votes <> coalesce(v.downs, 0)
        OR t.score <> coalesce(v.ups, 0) - coalesce(v.downs, 0)
"""
REPLIES = """
    SELECT count(*) FROM post p
    WHERE p.reply_count <> (SELECT count(*) FROM post_reply r WHERE r.post_id = p.id)
"""


@click.command()
@click.option("--rows", default=50_000, show_default=True)
@click.option("--profile", is_flag=True, help="Show where the time of the process goes.")
def bench(rows: int, profile: bool) -> None:
    """Work off a backlog and say how fast that went."""
    asyncio.run(_bench(rows, profile))


async def _bench(rows: int, profile: bool) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        async with run_embedded(Path(directory), report=to_stream(sys.stderr)) as servers:
            config = msgspec.structs.replace(
                Config(),
                data_dir=Path(directory),
                site=SiteConfig(domain=DOMAIN, secret_key=secrets.token_hex()),
                database=DatabaseConfig(url=servers.database_url, direct_url=servers.database_url),
                redis=RedisConfig(url=servers.redis_url),
                log=LogConfig(level="error"),
            )
            configure_logs(config.log)
            await migrate(config)
            engine = create_engine(config, "worker")
            database = Database(engine)
            try:
                await _measure(config, database, rows, profile)
            finally:
                await engine.dispose()


async def _measure(config: Config, database: Database, rows: int, profile: bool) -> None:
    people, posts = await database.write(_world)
    await database.write(_analyze)
    backlog = list(_backlog(rows, posts))
    for start in range(0, rows, CHUNK):
        await database.write(store, [envelope_from(body) for body in backlog[start : start + CHUNK]])
    await database.write(_analyze)
    outcomes: Counter[tuple[str, str]] = Counter()
    async with open_outbound(config.outbound, "bench") as outbound:
        fetcher = Fetcher(outbound, may_ask=lambda _: True)
        drain = Drain(database, fetcher, DOMAIN, lambda *outcome: outcomes.update([outcome]))
        took = await _timed(_drained(drain), profile)
    wrong = await _wrong(database)
    for (kind, outcome), count in sorted(outcomes.items()):
        click.echo(f"  {kind:<10} {outcome:<20} {count:>7,}")
    click.echo(f"{rows:,} activities in {took[0]:.1f} s: {rows / took[0]:,.0f}/s by the clock")
    click.echo(
        f"a second of the worker's processor: {rows / took[1]:,.0f}; of PostgreSQL's: {rows / took[2]:,.0f}"
    )
    click.echo(f"counters that are not exact: {wrong}")
    bound = await _votes_alone(database, people, posts)
    click.echo(f"votes alone, sets of 400, by the clock: {bound:,.0f}/s")
    if wrong:
        raise click.ClickException("The counters are not exact.")


async def _drained(drain: Drain) -> None:
    while await drain.step(range(LANES)) or drain.waiting:
        await drain.settle()


async def _timed(work: Any, profile: bool) -> tuple[float, float, float]:
    """Return the seconds by the clock, of this process's processor and of PostgreSQL's."""
    database = spent("").database
    began, cpu = time.monotonic(), time.process_time()
    if profile:
        import cProfile
        import pstats

        with cProfile.Profile() as profiler:
            await work
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    else:
        await work
    return time.monotonic() - began, time.process_time() - cpu, spent("").database - database


async def _wrong(database: Database) -> int:
    statements = [
        EXACT.format(thing="post", vote="post_vote", column="post_id"),
        EXACT.format(thing="post_reply", vote="post_reply_vote", column="post_reply_id"),
        REPLIES,
        "SELECT count(*) FROM pieloop.received",
    ]
    async with database.read() as db:
        return sum([(await db.execute(text(statement))).scalar_one() for statement in statements])


async def _votes_alone(database: Database, people: Sequence[int], posts: Sequence[tuple[int, str]]) -> float:
    chance, count = random.Random(5), 0
    began = time.monotonic()
    while time.monotonic() - began < 5:
        votes = [
            CastVote(chance.choice(people), "post", chance.choice(posts)[0], chance.choice((1, 1, -1)))
            for _ in range(400)
        ]
        await database.write(batches.apply, votes)
        count += 400
    return count / (time.monotonic() - began)


async def _world(session: AsyncSession) -> tuple[list[int], list[tuple[int, str]]]:
    """Make a server, its people and its community, one of ours, a member here, and posts in both."""
    there = Instance(domain="there.example", software="lemmy", inbox=f"{THERE}/inbox")
    session.add(there)
    await session.flush()
    members = [
        User(
            user_name=f"p{number}",
            instance_id=there.id,
            ap_id=f"p{number}@there.example",
            ap_profile_id=f"{THERE}/u/p{number}",
            ap_public_url=f"{THERE}/u/p{number}",
            ap_inbox_url=f"{THERE}/inbox",
            deleted=False,
            banned=False,
        )
        for number in range(PEOPLE)
    ]
    keeper = User(user_name="keeper", instance_id=1, ap_profile_id=f"https://{DOMAIN}/u/keeper")
    theirs = Community(
        name="theirs",
        title="Theirs",
        instance_id=there.id,
        ap_id="theirs@there.example",
        ap_profile_id=f"{THERE}/c/theirs",
        ap_public_url=f"{THERE}/c/theirs",
        subscriptions_count=1,
    )
    ours = Community(
        name="ours",
        title="Ours",
        instance_id=1,
        ap_profile_id=f"https://{DOMAIN}/c/ours",
        subscriptions_count=2,
    )
    session.add_all([*members, keeper, theirs, ours])
    await session.flush()
    session.add_all(
        [
            CommunityMember(user_id=keeper.id, community_id=theirs.id, is_banned=False),
            CommunityMember(user_id=members[0].id, community_id=ours.id, is_banned=False),
        ]
    )
    posts = [
        Post(
            title="A title",
            body="",
            user_id=members[number].id,
            community_id=theirs.id if _is_theirs(number) else ours.id,
            instance_id=there.id,
            ap_id=f"{THERE}/post/{number}",
            status=1,
            deleted=False,
            reply_count=0,
            up_votes=0,
            down_votes=0,
            score=0,
        )
        for number in range(POSTS)
    ]
    session.add_all(posts)
    await session.flush()
    return [one.id for one in members], [(post.id, post.ap_id or "") for post in posts]


async def _analyze(session: AsyncSession) -> None:
    await session.execute(text("ANALYZE"))


def _is_theirs(number: int) -> bool:
    return number % 10 >= OURS


def _backlog(rows: int, posts: Sequence[tuple[int, str]]) -> Iterator[bytes]:
    """Yield 85 % votes, 12 % comments and 3 % edits of posts, in an order of their own."""
    chance = random.Random(11)
    comments: list[tuple[str, int]] = []
    for number in range(rows):
        at = chance.randrange(len(posts))
        url, who = posts[at][1], f"{THERE}/u/p{chance.randrange(PEOPLE)}"
        share = chance.random()
        if share < 0.85:
            thing, root = (url, at) if not comments or chance.random() < 0.6 else chance.choice(comments)
            activity = _vote(number, who, thing, chance)
        elif share < 0.97:
            parent = url if not comments or chance.random() < 0.5 else None
            thing, root = (url, at) if parent else chance.choice(comments)
            activity = _comment(number, who, thing, _place(root))
            comments.append((f"{THERE}/comment/{number}", root))
        else:
            root = at
            author = f"{THERE}/u/p{at}"
            edited = _written(f"{THERE}/post/{at}", "Page", author, _place(at)) | {"name": f"Title {number}"}
            activity = _of(number, "Update", author, edited)
        if _is_theirs(root):
            activity = _of(f"a{number}", "Announce", f"{THERE}/c/theirs", activity)
        yield msgspec.json.encode({"@context": "https://www.w3.org/ns/activitystreams"} | activity)


def _vote(number: int, who: str, thing: str, chance: random.Random) -> dict[str, Any]:
    kind = "Like" if chance.random() < 0.85 else "Dislike"
    vote = _of(number, kind, who, thing)
    return vote if chance.random() < 0.95 else _of(f"u{number}", "Undo", who, vote)


def _comment(number: int, who: str, parent: str, place: str) -> dict[str, Any]:
    note = _written(f"{THERE}/comment/{number}", "Note", who, place) | {"inReplyTo": parent}
    return _of(number, "Create", who, note)


def _written(identity: str, kind: str, author: str, place: str) -> dict[str, Any]:
    words = f"Some words of {identity}, **and** a [link](https://news.example/{identity[-5:]})."
    return {
        "id": identity,
        "type": kind,
        "attributedTo": author,
        "content": f"<p>{words}</p>",
        "source": {"content": words, "mediaType": "text/markdown"},
        "to": [PUBLIC],
        "cc": [place],
        "audience": place,
        # Just now: what is old is history, of which nobody is told.
        "published": f"{utcnow().isoformat()}Z",
    }


def _place(at: int) -> str:
    return f"{THERE}/c/theirs" if _is_theirs(at) else f"https://{DOMAIN}/c/ours"


def _of(number: int | str, kind: str, who: str, thing: Any) -> dict[str, Any]:
    return {"id": f"{THERE}/activities/{number}", "type": kind, "actor": who, "object": thing, "to": [PUBLIC]}


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    bench()
