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
from tests.storage.catalog import OUR_INDEXES, read_tables

FACTS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "pyfedi_schema.json").read_text(encoding="utf-8")
)

# pyfedi itself leaves these NULL: unknown until somebody says so.
UNDECIDED = {"email_unread_sent", "always_translate"}


@pytest.fixture
async def migrated(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_every_fact_of_every_table_is_pyfedis(migrated: AsyncConnection) -> None:
    found = await read_tables(migrated)

    assert found.keys() == FACTS.keys()
    differences = [
        f"{table}.{part}: expected {facts.get(part)}, found {found[table].get(part)}"
        for table, facts in FACTS.items()
        for part in facts.keys() | found[table].keys()
        if facts.get(part) != found[table].get(part)
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
        return (kind, name) != ("table", "alembic_version")

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
