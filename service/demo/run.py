"""`pieloop demo`: finds the database (or starts the embedded one for the time), imagines a site and loads it.

Adds only rows of its own; all of them in one transaction, so that whatever happens meanwhile leaves the whole demo or
nothing of it. (Pictures are files named by their content; a second try finds them.)
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.demo import database
from service.demo.bar import bar
from service.demo.database import Bars
from service.demo.gallery import Gallery, Wanted, hang
from service.demo.history import write_down
from service.demo.imagined import Entry, Given, Imagined
from service.demo.needs import Setting
from service.demo.plan import imagine
from service.demo.sizes import Sizes
from service.embedded import find_postgres, run_embedded
from service.errors import StartupError
from service.first_admin import create_first_admin
from service.forum.accounts.keys import make_keys
from service.forum.accounts.passwords import hash_password
from service.forum.accounts.rules import problem_with_password
from service.media.errors import MediaError
from service.processes.progress import to_stream
from service.storage.clock import utcnow
from service.storage.engine import create_engine
from service.storage.migrate import migrate
from service.storage.schema import check_schema

KEY_PAIRS = 8


@dataclass(frozen=True)
class Demo:
    """A demo that was made: some of its people, the password of them all, and its busiest post."""

    members: list[str]
    password: str
    busiest: str

    @property
    def announcement(self) -> str:
        """Whom to sign in as, and what to look at."""
        names = ", ".join(self.members)
        look = f" The busiest discussion is {self.busiest}." if self.busiest else ""
        return f"Sign in as any demo member, such as {names}, with the password {self.password}.{look}"


async def run(
    config: Config,
    sizes: Sizes,
    *,
    seed: int | None = None,
    password: str | None = None,
    again: bool = False,
    bars: Bars = bar,
) -> Demo:
    """Make a demo.

    Parameters:
        config: the whole configuration; without a database in it, the embedded one below its data directory is used.
        sizes: how much.
        seed: of chance; when None, 1 for the first demo and another one for each that is added.
        password: of all demo members; generated when None.
        again: add to a demo that is there already.
        bars: shows the progress of each step.

    Raises:
        StartupError: there is a demo already, the password is too weak, or the database cannot be used.
    """
    problem = problem_with_password(password) if password is not None else None
    if problem:
        raise StartupError(f"--password: {problem}")
    try:
        async with _reached(config) as reached:
            return await _fill(reached, sizes, seed, password or secrets.token_urlsafe(9), again, bars)
    except DBAPIError as error:
        raise StartupError(f"The demo was not added: {error.orig}.") from error
    except OSError as error:
        raise StartupError(f"The database cannot be reached: {error}.") from error
    except MediaError as error:
        raise StartupError(f"The demo was not added: {error}") from error


@asynccontextmanager
async def _reached(config: Config) -> AsyncIterator[Config]:
    """Lend a configuration with a database that answers: the configured one, one that runs, or one started for this."""
    if config.database.url:
        yield config
        return
    running = await find_postgres(config.data_dir)
    if running is not None:
        yield _with_database(config, running)
        return
    report = to_stream()
    async with run_embedded(config.data_dir, redis=False, report=report) as servers:
        ours = _with_database(config, servers.database_url)
        with report("Migrating the database"):
            await migrate(ours)
        yield ours


def _with_database(config: Config, url: str) -> Config:
    return msgspec.structs.replace(
        config, database=msgspec.structs.replace(config.database, url=url, direct_url=url)
    )


async def _fill(
    config: Config, sizes: Sizes, seed: int | None, password: str, again: bool, bars: Bars
) -> Demo:
    engine = create_engine(config, "migrate")
    try:
        async with engine.connect() as db:
            await check_schema(db)
            members = await database.demo_members(db)
            if members and not again:
                raise StartupError(
                    f"There's already a demo with {members:,} members. Use --again to add another one."
                )
            await db.rollback()
            # The very first account is an administrator whatever its roles: that must not be one of ours.
            admin = await create_first_admin(config)
            if admin is not None:
                print(admin.announcement, flush=True)  # noqa: T201 - the only time that it is shown
            site, busiest = await _load(
                config, db, sizes, members + 1 if seed is None else seed, password, bars
            )
        with bars("tables tidied", len(database.LOADED)) as shown:
            async for _ in database.tidy(engine):
                shown.step()
    finally:
        await engine.dispose()
    address = f"{config.site.base_url}/post/{busiest.id}" if busiest else ""
    return Demo([person.name for person in site.people[:3]], password, address)


async def _load(
    config: Config, db: AsyncConnection, sizes: Sizes, seed: int, password: str, bars: Bars
) -> tuple[Imagined, Entry | None]:
    """Imagine the site and load it, in one transaction; return it with its busiest post."""
    wanted = Wanted(min(40, 8 + sizes.posts // 50), min(24, sizes.users // 2), min(40, sizes.communities))
    with bars("pictures drawn", wanted.total) as shown:
        gallery = await hang(config, wanted, seed, shown.step)
    with bars("people imagined", 1) as shown:
        given = Given(
            utcnow(),
            config.site.domain,
            await database.taken_names(db),
            gallery.views,
            wanted.avatars,
            wanted.icons,
        )
        site = await asyncio.to_thread(imagine, sizes, seed, given)
        shown.step()
    busiest = await write_down(db, site, await _setting(config, db, password, gallery), bars)
    await db.commit()
    return site, busiest


async def _setting(config: Config, db: AsyncConnection, password: str, gallery: Gallery) -> Setting:
    language_ids, own = await database.languages(db)
    keys = await asyncio.gather(*(make_keys() for _ in range(KEY_PAIRS)))
    return Setting(
        domain=config.site.domain,
        password_hash=await hash_password(password),
        keys=list(keys),
        language_ids=language_ids,
        people_language_id=own,
        pictures=gallery.pictures,
        avatars=gallery.avatars,
        icons=gallery.icons,
    )
