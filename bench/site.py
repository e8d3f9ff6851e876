"""The site that is measured: servers and data of its own, the demo, and two groups of web processes."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from service.config import Config, DatabaseConfig, HttpConfig, LogConfig, RedisConfig, SiteConfig
from service.demo.database import demo_members
from service.demo.needs import MAIL_HOST
from service.demo.run import run as make_demo
from service.demo.sizes import Sizes
from service.embedded import run_embedded
from service.processes.progress import Report
from service.processes.serve import bind, listen, web_group
from service.processes.supervisor import Supervisor
from service.storage.engine import create_engine
from service.storage.migrate import migrate
from service.storage.tables import Comment, CommentVote, Community, Post, PostVote, User

PASSWORD = "bench-members"  # noqa: S105 - of accounts that exist for the time of a measurement
# Part of the ids in the database, so it stays the same where that is kept, whatever port is free.
DOMAIN = "bench.example"
WRITERS, POSTS = 24, 500  # who writes, and on how many posts
PIELOOP, HELLO = "service:app", "bench.hello:app"
COUNTED = (User, Community, Post, Comment, PostVote, CommentVote)


@dataclass(frozen=True)
class Landmarks:
    """What the requests ask for: the post with the most comments, the community with the most posts, a busy member.

    `writers` are the ids of accounts that vote and comment, on `posts`; `rows` are the numbers of users, communities,
    posts, comments, and votes on posts and on comments.
    """

    post: int
    comments: int
    community: str
    member: str
    writers: list[int]
    posts: list[int]
    rows: list[int]


@dataclass(frozen=True)
class Served:
    """Two servers on this machine, by their addresses."""

    pieloop: str
    hello: str


@asynccontextmanager
async def prepared(data_dir: Path, processes: int, sizes: Sizes, report: Report) -> AsyncIterator[Config]:
    """Run embedded servers on a directory and fill them with the demo, unless they hold one.

    Parameters:
        data_dir: kept or thrown away by the caller.
        processes: how many web processes there will be.
        sizes: of the demo.
    """
    async with run_embedded(data_dir, report=report) as servers:
        address = f"127.0.0.1:{_free_port()}"
        config = msgspec.structs.replace(
            Config(),
            data_dir=data_dir,
            site=SiteConfig(domain=DOMAIN, secret_key=secrets.token_hex()),
            http=HttpConfig(bind=address, processes=processes),
            database=DatabaseConfig(url=servers.database_url, direct_url=servers.database_url),
            redis=RedisConfig(url=servers.redis_url),
            log=LogConfig(level="warning"),
        )
        with report("Migrating the database"):
            await migrate(config)
        if not await _has_demo(config):
            await make_demo(config, sizes, password=PASSWORD)
        yield config


async def find_landmarks(config: Config) -> Landmarks:
    """Look up what the requests will ask for."""
    engine = create_engine(config, "migrate")
    try:
        async with engine.connect() as db:
            most = select(Post.id, Post.reply_count).order_by(Post.reply_count.desc(), Post.id).limit(1)
            post, comments = (await db.execute(most)).one()
            community = await db.scalar(select(Community.name).order_by(Community.post_count.desc()).limit(1))
            busy = select(User.user_name).where(User.email.endswith(f"@{MAIL_HOST}"))
            member = await db.scalar(busy.order_by(User.post_reply_count.desc()).limit(1))
            writers = (
                await db.scalars(select(User.id).where(User.email.endswith(f"@{MAIL_HOST}")).limit(WRITERS))
            ).all()
            posts = (await db.scalars(select(Post.id).order_by(Post.id.desc()).limit(POSTS))).all()
            rows = [await db.scalar(select(func.count()).select_from(table)) or 0 for table in COUNTED]
        return Landmarks(post, comments or 0, community or "", member or "", [*writers], [*posts], rows)
    finally:
        await engine.dispose()


@asynccontextmanager
async def served(config: Config, report: Report) -> AsyncIterator[Served]:
    """Serve the site as `pieloop serve` does, and the hello-world beside it by the same means; end both afterwards."""
    environ = {**os.environ, **_environ(config), "PYTHONPATH": str(Path(__file__).parents[1])}
    async with AsyncExitStack() as stack:
        addresses = []
        for app, address in (
            (PIELOOP, config.http.bind),
            (HELLO, f"127.0.0.1:{_free_port()}"),
        ):
            listener = stack.enter_context(closing(bind(address)))
            listen(listener, address)
            supervisor = Supervisor(web_group(config, config.http.processes, listener, environ, app))
            stack.push_async_callback(supervisor.drain)
            with report(f"Starting {config.http.processes} processes of {app}"):
                supervisor.start()
                await supervisor.ready()
            addresses.append(f"http://{address}")
        yield Served(*addresses)


def _environ(config: Config) -> dict[str, str]:
    return {
        "PIELOOP_DATA_DIR": str(config.data_dir),
        "PIELOOP_SITE_DOMAIN": config.site.domain,
        "PIELOOP_SITE_SECRET_KEY": config.site.secret_key,
        "PIELOOP_HTTP_BIND": config.http.bind,
        "PIELOOP_DATABASE_URL": config.database.url,
        "PIELOOP_REDIS_URL": config.redis.url,
        "PIELOOP_LOG_LEVEL": config.log.level,
        "PIELOOP_LIMITS_ENABLED": "false",  # of votes and comments
    }


async def _has_demo(config: Config) -> bool:
    engine = create_engine(config, "migrate")
    try:
        async with engine.connect() as db:
            return await demo_members(db) > 0
    finally:
        await engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
