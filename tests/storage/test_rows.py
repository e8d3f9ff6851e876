"""Rows become structs by the names of the fields, whatever the order in which they are written down."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import column, literal_column, null, select, update

from service.storage.rows import Loader, Read, if_there, or_empty, or_false, or_long_ago, or_zero
from service.storage.tables import Community
from service.storage.transaction import Database
from tests.forum import making


class Pet(msgspec.Struct, frozen=True):
    id: int
    name: str


class Home(msgspec.Struct, frozen=True):
    street: str
    pet: Pet | None
    rooms: tuple[int, ...]
    lodgers: tuple[str, ...] = ()


def sql(value: str) -> Any:
    return literal_column(value)


PET = Loader(Pet, {"name": sql("'Tom'"), "id": sql("7")})


async def test_fields_find_their_columns_in_any_order(database: Database) -> None:
    home = Loader(
        Home, {"rooms": Read(sql("ARRAY[2, 3]"), tuple, ()), "street": sql("'Elm'"), "pet": if_there(PET)}
    )
    async with database.read() as db:
        row = (await db.execute(select(*home.columns, sql("'behind'")))).one()
    assert home.load(row) == Home("Elm", Pet(7, "Tom"), (2, 3))
    assert home.load(row, ("Ann",)).lodgers == ("Ann",)
    assert (home.at, len(home.columns)) == ({"street": 0, "pet": 1, "rooms": 3}, 4)


async def test_what_is_not_there_is_what_it_stands_for(database: Database) -> None:
    nobody = Loader(Pet, {"id": null(), "name": or_empty(null(), sql("'Tom'"))})
    home = Loader(
        Home, {"street": or_empty(null()), "pet": if_there(nobody), "rooms": Read(null(), tuple, ())}
    )
    stands_for = select(or_false(null()), or_zero(null()), or_long_ago(null()))
    async with database.read() as db:
        row = (await db.execute(select(*home.columns))).one()
        no, zero, then = (await db.execute(stands_for)).one()
    assert home.load(row) == Home("", None, ())
    assert (no, zero, then.year) == (False, 0, 1970)


@pytest.mark.parametrize(
    "fields", [{"name": column("name")}, {"id": column("id"), "colour": column("colour")}]
)
def test_a_field_without_a_column_and_a_column_without_a_field_are_found_at_the_start(fields: Any) -> None:
    with pytest.raises(TypeError, match="has no column, or no field"):
        Loader(Pet, fields)


class Place(msgspec.Struct, frozen=True):
    id: int
    title: str
    nsfw: bool
    post_count: int
    created_at: datetime
    topic_id: int | None
    host: str
    mine: bool = False


async def test_fields_are_the_columns_of_the_same_name_unless_something_else_is_said(
    database: Database,
) -> None:
    loader = Loader(Place, {"host": or_empty(Community.ap_domain)}, Community)
    await making.add(database, Community(id=5))
    empty = update(Community).values(nsfw=None, post_count=None, created_at=None)
    await database.write(lambda session: session.execute(empty))
    async with database.read() as db:
        row = (await db.execute(select(*loader.columns))).one()
    assert loader.load(row, True) == Place(5, "", False, 0, datetime(1970, 1, 1), None, "", True)


def test_what_stands_for_null_is_written_into_the_statement() -> None:
    """Sixty bound constants a statement would cost more than they say."""
    statement = select(
        or_empty(column("a")), or_zero(column("b")), or_false(column("c")), or_long_ago(column("d"))
    )
    assert not statement.compile().params
