"""The schema that a migration makes is pyfedi's, fact by fact, and the classes describe it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Connection, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.orm import configure_mappers

from service.storage.tables import Base, Comment, Community, Feed, Instance, Post, Site, User
from tests.storage.catalog import OUR_INDEXES, read_tables, widened

FACTS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "pyfedi_schema.json").read_text(encoding="utf-8")
)

# What a database has beside that is made by pyfedi's init-db and not by its migrations: one that is made here has both.
ALSO = {
    "community_theme_allowed": {"primary_key": ["community_id", "user_id"]},
    "feed": {
        "triggers": [
            (
                "CREATE TRIGGER feed_search_vector_trigger BEFORE INSERT OR UPDATE ON public.feed FOR EACH ROW EXECUTE"
                " FUNCTION tsvector_update_trigger('search_vector', 'pg_catalog.english', 'name', 'description')"
            )
        ]
    },
}

# pyfedi itself leaves these NULL: unknown until somebody says so.
UNDECIDED = {"email_unread_sent", "always_translate"}


@pytest.fixture
async def migrated(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_every_fact_of_every_table_is_pyfedis(migrated: AsyncConnection) -> None:
    found = widened(await read_tables(migrated))
    assert found.keys() == FACTS.keys()
    differences = [
        f"{table}.{part}: expected {facts.get(part)}, found {found[table].get(part)}"
        for table, facts in FACTS.items()
        for part in facts.keys() | found[table].keys()
        if ALSO.get(table, {}).get(part, facts.get(part)) != found[table].get(part)
    ]
    assert differences == []


async def test_the_columns_stand_in_pyfedis_order(migrated: AsyncConnection) -> None:
    found = await read_tables(migrated)

    assert {table: list(facts["columns"]) for table, facts in found.items()} == {
        table: list(facts["columns"]) for table, facts in FACTS.items()
    }


async def test_the_classes_describe_what_the_migration_made(migrated: AsyncConnection) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {"include_schemas": True, "compare_type": True, "include_name": ours_or_shared}
        context = MigrationContext.configure(connection, opts=options)
        return [*compare_metadata(context, Base.metadata)]

    def ours_or_shared(name: str | None, kind: str, _: Any) -> bool:
        if kind == "index" and (name or "").startswith(OUR_INDEXES):
            return False
        if kind == "schema":
            return name in {None, "pieloop"}
        return kind != "table" or name not in {"alembic_version", "schema_version"}

    assert await migrated.run_sync(differences) == []


def test_a_class_has_an_attribute_for_every_column_under_its_own_name() -> None:
    configure_mappers()
    for mapper in Base.registry.mappers:
        assert [attribute.key for attribute in mapper.column_attrs] == mapper.local_table.columns.keys()


@pytest.mark.parametrize("table", [User, Community, Post, Comment, Feed, Instance, Site])
async def test_an_insert_decides_every_yes_or_no(migrated: AsyncConnection, table: type[Base]) -> None:
    columns = table.__table__.columns
    inserted = await migrated.execute(insert(table).values({}).returning(columns["id"]))
    row = (
        (await migrated.execute(select(table.__table__).where(columns["id"] == inserted.scalar_one())))
        .mappings()
        .one()
    )

    undecided = {
        column.name for column in columns if isinstance(column.type, Boolean) and row[column.name] is None
    }
    assert undecided <= UNDECIDED


async def test_search_finds_the_title_before_the_body_and_follows_edits(migrated: AsyncConnection) -> None:
    await migrated.execute(insert(Post).values(id=1, title="Running shoes", body="for cats"))
    await migrated.execute(insert(Post).values(id=2, title="Cats"))
    await migrated.execute(insert(Post).values(id=3))

    assert await found_posts(migrated, "cat") == [2, 1]
    await migrated.execute(text("UPDATE post SET body = NULL WHERE id = 1"))
    assert await found_posts(migrated, "cat") == [2]
    assert await found_posts(migrated, "run") == [1]


async def found_posts(connection: AsyncConnection, word: str) -> list[int]:
    query = func.to_tsquery("english", word)
    matching = select(Post.id).where(Post.search_vector.op("@@")(query))
    return list(await connection.scalars(matching.order_by(func.ts_rank(Post.search_vector, query).desc())))


async def test_comments_communities_and_people_are_searchable(migrated: AsyncConnection) -> None:
    await migrated.execute(insert(Comment).values(id=1, body="Swimming is fun"))
    await migrated.execute(insert(Community).values(id=1, name="pools", description="for swimmers"))
    await migrated.execute(insert(User).values(id=1, user_name="fish", about="I swim"))

    for table in ("post_reply", "community", '"user"'):
        query = f"SELECT count(*) FROM {table} WHERE search_vector @@ to_tsquery('english', 'swim | swimmer')"
        assert await migrated.scalar(text(query)) == 1, table


async def test_a_vector_is_made_anew_where_its_words_change_and_nowhere_else(
    migrated: AsyncConnection,
) -> None:
    for table, words, counter in (
        ("post", "title", "score"),
        ("post", "body", "up_votes"),
        ("post_reply", "body", "score"),
        ("community", "rules", "post_count"),
        ('"user"', "about", "reputation"),
        ("feed", "description", "subscriptions_count"),
    ):
        await migrated.execute(text(f"INSERT INTO {table} ({words}) VALUES ('swimming')"))
        for change, expected in (
            ("search_vector = 'kept'", "'kept'"),
            (f"{counter} = 7", "'kept'"),
            (f"{words} = 'running'", "'run'"),
        ):
            made = await migrated.scalar(
                text(
                    f"UPDATE {table} SET {change} WHERE {words} <> '' RETURNING CAST(strip(search_vector) AS text)"
                )
            )
            assert made == expected, (table, change)


# What is searched for -> what pyfedi's own function makes of it, in English.
SEARCHES = {
    "Cats": "'cat':*",
    "cats dogs": "'cat':* & 'dog':*",
    '"running shoes"': "'run':* <-> 'shoe':*",
    "cats or dogs -birds": "'cat':* | 'dog':* & !'bird':*",
    "": "",
    "the": "",
    "it's o'clock": "'o':* <-> 'clock':*",
}


async def test_pyfedi_finds_the_functions_with_which_it_searches(migrated: AsyncConnection) -> None:
    for words, query in SEARCHES.items():
        found = await migrated.scalar(
            text("SELECT CAST(parse_websearch('pg_catalog.english', :words) AS text)"), {"words": words}
        )
        assert found == query, words
    assert (
        await migrated.scalar(text("SELECT CAST(parse_websearch('The Cats') AS text)"))
        == "'the':* & 'cats':*"
    )
    assert await migrated.scalar(text("SELECT parse_websearch(NULL) IS NULL"))
    await migrated.execute(insert(Feed).values(id=1, name="pets", description="for swimmers"))
    found = "SELECT count(*) FROM feed WHERE search_vector @@ parse_websearch('pg_catalog.english', 'swim')"
    assert await migrated.scalar(text(found)) == 1


async def test_its_regular_jobs_are_known_and_not_late(migrated: AsyncConnection) -> None:
    late = await migrated.scalar(
        text("SELECT count(*) FROM cron_job_log WHERE last_run IS NULL OR frequency IS NULL")
    )
    assert (late, await migrated.scalar(text("SELECT count(*) FROM cron_job_log"))) == (0, 6)


async def test_nothing_of_ours_is_found_before_what_is_pyfedis(migrated: AsyncConnection) -> None:
    """A role called as our schema has it first in its search_path."""
    shared = """
        SELECT ours.name FROM (
            SELECT relname AS name, relnamespace AS place FROM pg_class
            UNION ALL SELECT proname, pronamespace FROM pg_proc UNION ALL SELECT typname, typnamespace FROM pg_type
        ) ours
        WHERE ours.place = 'pieloop'::regnamespace AND ours.name IN (
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
        )
    """
    assert list(await migrated.scalars(text(shared))) == []
    assert await migrated.scalar(text("SELECT version_num FROM public.alembic_version")) == "merge_20260413"
