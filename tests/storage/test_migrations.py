"""Migrations: on nothing, on pyfedi's databases, on other programs', and two at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.config import Config, load_config
from service.errors import StartupError
from service.storage.migrate import LOCK, SCRIPTS, migrate
from service.storage.schema import HEAD, REVISIONS, SchemaState, check_schema, schema_state
from tests.databases import address_of, create_database, drop_database, fresh_name
from tests.storage.catalog import count_rows, read_functions, read_tables, widened

# What pyfedi's `init-db` leaves otherwise than its migrations do: no server defaults, a later column order, a
# primary key, a trigger and a function more.
DEFAULTS_OF_MIGRATIONS = {
    "community": ["can_be_archived", "question_answer", "first_federated_at", "encrypted", "invitations"],
    "conversation_member": ["joined"],
    "instance": ["popular"],
    "post": ["ai_generated", "instance_sticky"],
    "post_reply": ["replies_enabled", "answer", "indexable"],
    "site": ["honeypot"],
    '"user"': ["hide_gen_ai", "allow_community_themes"],
}
INIT_DB_TRIGGER = (
    "CREATE TRIGGER feed_search_vector_trigger BEFORE INSERT OR UPDATE ON feed FOR EACH ROW EXECUTE FUNCTION"
    " tsvector_update_trigger('search_vector', 'pg_catalog.english', 'name', 'description')"
)
INIT_DB_FUNCTION = (
    "CREATE FUNCTION parse_websearch(search_query text) RETURNS tsquery LANGUAGE sql IMMUTABLE"
    " RETURN websearch_to_tsquery(search_query)"
)
# What a database that is made here has of either form, or neither form lacks.
AS_MIGRATIONS = [
    "DROP TRIGGER feed_search_vector_trigger ON feed",
    "ALTER TABLE community_theme_allowed DROP CONSTRAINT community_theme_allowed_pkey",
    "DROP FUNCTION parse_websearch(text)",
    "DROP FUNCTION parse_websearch(regconfig, text)",
    (
        "CREATE FUNCTION community_search_vector_update() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$"
    ),
]
AS_INIT_DB = [
    *(
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT"
        for table, columns in DEFAULTS_OF_MIGRATIONS.items()
        for column in columns
    ),
    "ALTER TABLE topic DROP COLUMN name",
    "ALTER TABLE topic ADD COLUMN name VARCHAR(50)",
    "ALTER TABLE community_theme_allowed ADD PRIMARY KEY (community_id, user_id)",
    INIT_DB_TRIGGER,
    INIT_DB_FUNCTION,
]


def config_for(database_url: str) -> Config:
    environ = {"PIELOOP_DATABASE_URL": database_url, "PIELOOP_SITE_DOMAIN": "forum.example"}
    return load_config(environ=environ)


@pytest.fixture
def config(empty_database_url: str) -> Config:
    return config_for(empty_database_url)


@pytest.fixture
async def engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(empty_database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module", params=["made by its migrations", "made by init-db"])
async def pyfedis(request: pytest.FixtureRequest, superuser_url: str) -> AsyncIterator[str]:
    """The name of a database of pyfedi's, in either form, which is copied for each test."""
    name = fresh_name()
    await create_database(superuser_url, name)
    address = address_of(superuser_url, name)
    await migrate(config_for(address))
    engine = create_async_engine(address)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA pieloop CASCADE"))
        for statement in AS_MIGRATIONS + (AS_INIT_DB if request.param == "made by init-db" else []):
            await connection.execute(text(statement))
    await engine.dispose()
    yield name
    await drop_database(superuser_url, name)


@pytest.fixture
async def pyfedi(
    pyfedis: str, superuser_url: str, empty_database_url: str, engine: AsyncEngine
) -> AsyncEngine:
    """A database of pyfedi's, in either form, in place of the empty one."""
    name = make_url(empty_database_url).database
    assert name
    await drop_database(superuser_url, name)
    await create_database(superuser_url, name, pyfedis)
    return engine


@dataclass
class Snapshot:
    """All that a migration could change in the schema `public`."""

    tables: dict[str, dict[str, Any]]
    functions: dict[str, str]
    rows: dict[str, int]
    revision: str | None


async def snapshot(connection: AsyncConnection) -> Snapshot:
    tables = await read_tables(connection)
    return Snapshot(
        tables=widened(tables),
        functions=await read_functions(connection),
        rows=await count_rows(connection, tables),
        revision=await connection.scalar(text("SELECT version_num FROM public.alembic_version")),
    )


async def state_of(engine: AsyncEngine) -> SchemaState:
    async with engine.connect() as connection:
        return await schema_state(connection)


async def test_an_empty_database_gets_everything_and_its_first_rows(
    config: Config, engine: AsyncEngine
) -> None:
    report = await migrate(config)

    assert (report.before.kind, report.after) == ("empty", SchemaState("current", HEAD))
    async with engine.connect() as connection:
        site = (await connection.execute(text("SELECT * FROM site"))).mappings().one()
        instance = (await connection.execute(text("SELECT * FROM instance"))).mappings().one()
        roles = list(await connection.execute(text("SELECT id, name, weight FROM role ORDER BY id")))
        languages = list(await connection.scalars(text("SELECT code FROM language ORDER BY id LIMIT 2")))
        revision = await connection.scalar(text("SELECT version_num FROM public.alembic_version"))
    assert (site["id"], site["name"], site["allow_or_block_list"]) == (1, config.site.name, 2)
    assert site["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert (instance["id"], instance["domain"], instance["gone_forever"]) == (1, "forum.example", False)
    assert roles == [(1, "Anonymous user", 0), (2, "Authenticated user", 1), (3, "Staff", 2), (4, "Admin", 3)]
    assert languages == ["und", "en"]
    assert revision == "merge_20260413"


async def test_ids_go_on_after_the_first_rows(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)

    async with engine.begin() as connection:
        for table in ("language", "licence", "role", "instance", "site"):
            last = await connection.scalar(text(f"SELECT max(id) FROM {table}"))
            assert (
                await connection.scalar(text(f"INSERT INTO {table} DEFAULT VALUES RETURNING id")) == last + 1
            )


async def test_a_second_migration_does_nothing(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)
    async with engine.connect() as connection:
        before = await snapshot(connection)

    report = await migrate(config)

    assert not report.changed
    async with engine.connect() as connection:
        assert await snapshot(connection) == before
        await check_schema(connection)


async def test_a_database_of_pyfedis_gets_our_schema_only(config: Config, pyfedi: AsyncEngine) -> None:
    async with pyfedi.connect() as connection:
        before = await snapshot(connection)

    report = await migrate(config)

    assert (report.before, report.after) == (SchemaState("behind"), SchemaState("current", HEAD))
    async with pyfedi.connect() as connection:
        assert await snapshot(connection) == before
        own = await read_tables(connection, "pieloop")
    assert own.keys() == {
        "addressed",
        "appearance",
        "audit_log",
        "account_look",
        "clock_reading",
        "comment_words",
        "courier",
        "departure",
        "disabled_account",
        "email_change",
        "email_confirmation",
        "embedded_picture",
        "follow",
        "followed_list",
        "idempotency_key",
        "letter_words",
        "link_card",
        "monthly_day",
        "newsletter",
        "outbox",
        "password_reset",
        "peer",
        "picture",
        "post_words",
        "quote",
        "received",
        "removed_feed",
        "said",
        "schema_version",
        "seen",
        "sent_activity",
        "session",
        "sign_in_attempts",
        "silenced_community",
        "stored_object",
        "token_end",
        "successor",
        "tombstone",
        "undelivered",
        "withdrawal",
        "withdrawn",
        "words_backlog",
    }


async def test_pictures_that_were_stored_before_are_entered(config: Config, pyfedi: AsyncEngine) -> None:
    """Ours by their paths, an upload with its large size; PieFed's and addresses elsewhere are none of the store's."""
    large, medium, small = (f"media/{two}/{two}/{two * 32}.webp" for two in ("ab", "cd", "ef"))
    rows = [
        (1, medium, small, f"https://pie.example/{large}"),
        (2, medium, small, "https://elsewhere.example/a.png"),
        (
            3,
            "app/static/media/posts/ab/cd/x.webp",
            None,
            "https://pie.example/static/media/posts/ab/cd/x.webp",
        ),
        (4, None, None, "https://elsewhere.example/b.png"),
    ]
    async with pyfedi.begin() as connection:
        for row in rows:
            values = ", ".join("NULL" if value is None else f"'{value}'" for value in row)
            await connection.execute(
                text(f"INSERT INTO file (id, file_path, thumbnail_path, source_url) VALUES ({values})")
            )
        await connection.execute(text("INSERT INTO \"user\" (id, user_name) VALUES (1, 'ana')"))
        await connection.execute(text("INSERT INTO user_file (user_id, file_id, size) VALUES (1, 1, 4711)"))

    await migrate(config)

    async with pyfedi.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT file_id, original, medium, thumbnail, size, remote FROM pieloop.picture ORDER BY file_id"
            )
        )
    assert [tuple(row) for row in found] == [
        (1, large, medium, small, 4711, False),
        (2, None, medium, small, 0, True),
    ]


async def test_what_old_rows_leave_open_is_filled(config: Config, pyfedi: AsyncEngine) -> None:
    """Posts 1 and 2 share an address, 3 is gone; comment 4 lost its parent, 6 is by a bot, nothing else is known."""
    rows = """
        INSERT INTO "user" (id, user_name) VALUES (1, 'ana');
        INSERT INTO community (id, name) VALUES (1, 'cats');
        INSERT INTO post (id, user_id, community_id, created_at, cross_posts, reply_count, deleted)
        VALUES (1, 1, 1, '2024-02-03', '{2,3}', 9, NULL), (2, 1, 1, NULL, '{1,3}', 1, false),
            (3, 1, 1, NULL, NULL, 7, true);
        INSERT INTO post_reply (id, user_id, post_id, parent_id, posted_at)
        VALUES (1, 1, 1, NULL, '2024-02-03'), (2, 1, 1, 1, NULL), (3, 1, 1, 2, NULL), (4, 1, 1, 99, NULL),
            (5, 1, 1, 4, NULL), (6, 1, 1, NULL, NULL);
        UPDATE post_reply SET from_bot = true, path = '{0,6}' WHERE id = 6
    """
    async with pyfedi.begin() as connection:
        for statement in rows.split(";"):
            await connection.execute(text(statement))

    await migrate(config)

    async with pyfedi.connect() as connection:
        posts = await connection.execute(
            text(
                "SELECT id, posted_at::date::text, last_active = posted_at, up_votes - down_votes, status, sticky,"
                " deleted, ranking_scaled, reply_count, reply_count_cross_posted FROM post ORDER BY id"
            )
        )
        comments = await connection.execute(
            text(
                "SELECT id, path, root_id, depth, child_count, created_at = posted_at, deleted, replies_enabled"
                " FROM post_reply ORDER BY id"
            )
        )
    assert [tuple(row) for row in posts] == [
        (1, "2024-02-03", True, 0, 1, False, False, 0, 6, 7),
        (2, "1970-01-01", True, 0, 1, False, False, 0, 1, 7),
        (3, "1970-01-01", True, 0, 1, False, True, 0, 7, 7),
    ]
    assert [tuple(row) for row in comments] == [
        (1, [0, 1], 1, 0, 2, True, False, True),
        (2, [0, 1, 2], 1, 1, 1, True, False, True),
        (3, [0, 1, 2, 3], 1, 2, 0, True, False, True),
        (4, [0, 4], 4, 0, 1, True, False, True),
        (5, [0, 4, 5], 4, 1, 0, True, False, True),
        (6, [0, 6], None, None, 0, True, False, True),
    ]


async def test_tables_in_a_schema_of_their_role_are_not_taken_for_none(
    config: Config, pyfedi: AsyncEngine
) -> None:
    async with pyfedi.begin() as connection:
        await connection.execute(text("ALTER SCHEMA public RENAME TO piefed"))
        await connection.execute(text("CREATE SCHEMA public"))
    with pytest.raises(StartupError, match='in the schema "piefed"'):
        await migrate(config)
    async with pyfedi.begin() as connection:
        assert (await schema_state(connection)).kind == "elsewhere"
        assert await connection.scalar(text("SELECT to_regnamespace('pieloop')")) is None
        # What the documents advise.
        await connection.execute(text("DROP SCHEMA public"))
        await connection.execute(text("ALTER SCHEMA piefed RENAME TO public"))
    assert (await migrate(config)).after.kind == "current"


async def test_a_role_called_as_our_schema_makes_its_tables_in_public(
    config: Config, engine: AsyncEngine
) -> None:
    """As pyfedi's later upgrades do, which name no schema."""
    async with engine.begin() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
        if not await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'pieloop'")):
            await connection.execute(text("CREATE ROLE pieloop LOGIN"))
        await connection.execute(text(f'ALTER DATABASE "{name}" OWNER TO pieloop'))
        await connection.execute(text("ALTER SCHEMA public OWNER TO pieloop"))
    url = make_url(config.database.url).set(username="pieloop")
    as_role = msgspec.structs.replace(
        config,
        database=msgspec.structs.replace(config.database, url=url.render_as_string(hide_password=False)),
    )
    await migrate(as_role)
    theirs = create_async_engine(url)
    try:
        async with theirs.begin() as connection:
            assert await connection.scalar(text("SELECT current_user")) == "pieloop"
            await connection.execute(text("CREATE TABLE made_later (id integer)"))
            assert await connection.scalar(text("SELECT to_regclass('public.made_later') IS NOT NULL"))
    finally:
        await theirs.dispose()


async def test_pyfedis_revision_is_left_alone(config: Config, pyfedi: AsyncEngine) -> None:
    async with pyfedi.begin() as connection:
        await connection.execute(text("UPDATE public.alembic_version SET version_num = 'newer'"))

    await migrate(config)

    async with pyfedi.connect() as connection:
        assert (await snapshot(connection)).revision == "newer"


async def test_nothing_of_ours_refers_to_a_shared_table(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)

    async with engine.begin() as connection:
        own = await read_tables(connection, "pieloop")
        assert [table for table, facts in own.items() if "foreign_keys" in facts] == []
        await connection.execute(text("DROP SCHEMA pieloop CASCADE"))
        tables = await read_tables(connection)
        names = ", ".join(f'"{table}"' for table in tables)
        await connection.execute(text(f"DROP TABLE {names}"))


async def test_every_text_of_ours_has_a_limit(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)

    async with engine.connect() as connection:
        own = await read_tables(connection, "pieloop")
    kinds = {kind for facts in own.values() for kind, *_ in facts["columns"].values()}
    assert not kinds & {"text", "character varying", "text[]", "character varying[]"}


async def test_without_our_schema_it_is_pyfedis_again(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)
    async with engine.begin() as connection:
        before = await snapshot(connection)
        await connection.execute(text("DROP SCHEMA pieloop CASCADE"))
        assert await snapshot(connection) == before
        ours = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pieloop%'"
        assert not (await connection.scalars(text(ours))).all()

    assert (await state_of(engine)).kind == "behind"
    assert (await migrate(config)).after.kind == "current"


async def test_another_programs_tables_are_refused(config: Config, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE post (id int)"))
        await connection.execute(text("CREATE TABLE person (id int)"))

    with pytest.raises(StartupError, match="another program's tables"):
        await migrate(config)

    async with engine.connect() as connection:
        assert (await read_tables(connection)).keys() == {"post", "person"}
        assert await connection.scalar(text("SELECT to_regnamespace('pieloop')")) is None


async def test_a_pyfedi_too_old_is_refused_by_what_is_missing(config: Config, pyfedi: AsyncEngine) -> None:
    async with pyfedi.begin() as connection:
        await connection.execute(text("ALTER TABLE post DROP COLUMN instance_sticky"))
        await connection.execute(text("DROP TABLE reminder"))

    with pytest.raises(StartupError, match=r"reminder, post\.instance_sticky are missing.*flask db upgrade"):
        await migrate(config)

    async with pyfedi.connect() as connection:
        assert await connection.scalar(text("SELECT to_regnamespace('pieloop')")) is None


async def test_a_newer_pyfedi_with_more_tables_and_columns_is_welcome(
    config: Config, pyfedi: AsyncEngine
) -> None:
    async with pyfedi.begin() as connection:
        await connection.execute(text("ALTER TABLE post ADD COLUMN sparkle boolean"))
        await connection.execute(text("CREATE TABLE sparkle (id int)"))

    assert (await migrate(config)).after.kind == "current"


async def test_a_newer_pieloop_has_been_here(config: Config, engine: AsyncEngine) -> None:
    await migrate(config)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE pieloop.schema_version SET version_num = '9999'"))

    with pytest.raises(StartupError, match="9999, which this version doesn't know"):
        await migrate(config)
    async with engine.connect() as connection:
        with pytest.raises(StartupError, match="start the newer Pieloop"):
            await check_schema(connection)


async def test_extensions_tables_are_nobodys(config: Config, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE of_an_extension (id int)"))
        await connection.execute(text("ALTER EXTENSION plpgsql ADD TABLE of_an_extension"))

    assert (await state_of(engine)).kind == "empty"


async def test_of_two_at_once_one_works_and_the_other_finds_nothing_to_do(config: Config) -> None:
    reports = await asyncio.gather(migrate(config), migrate(config))

    assert sorted(report.changed for report in reports) == [False, True]


async def test_a_migration_waits_for_another_and_says_so(config: Config, engine: AsyncEngine) -> None:
    waiting = asyncio.Event()
    said: list[str] = []

    def listen(message: str) -> None:
        said.append(message)
        waiting.set()

    async with engine.connect() as other:
        await other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        await other.commit()
        running = asyncio.create_task(migrate(config, listen))
        async with asyncio.timeout(30):
            await waiting.wait()
        assert (await state_of(engine)).kind == "empty"
        await other.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        await other.commit()
        report = await running

    assert said[0] == "waiting for another migration to finish"
    assert report.after.kind == "current"


async def test_a_migration_that_fails_leaves_no_half_and_can_be_repeated(
    config: Config, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        # A view in the way of the last shared table: the baseline fails near its end.
        await connection.execute(text("CREATE VIEW user_role AS SELECT 1 AS one"))

    with pytest.raises(StartupError, match='undone: relation "user_role" already exists'):
        await migrate(config)
    async with engine.begin() as connection:
        assert await read_tables(connection) == {}
        await connection.execute(text("DROP VIEW user_role"))
    assert (await migrate(config)).after.kind == "current"


async def test_a_database_that_is_not_there_is_one_sentence(empty_database_url: str) -> None:
    absent = make_url(empty_database_url).set(database="absent")
    for url, sentence in {
        absent.render_as_string(hide_password=False): "does not exist",
        "postgresql://nobody@127.0.0.1:1/none": "cannot be reached",
    }.items():
        with pytest.raises(StartupError, match=sentence):
            await migrate(load_config(environ={"PIELOOP_DATABASE_URL": url}))


def test_the_listed_revisions_are_the_files() -> None:
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(SCRIPTS))
    files = ScriptDirectory.from_config(alembic).walk_revisions()

    assert tuple(reversed([script.revision for script in files])) == REVISIONS
