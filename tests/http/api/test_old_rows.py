"""Old rows have NULLs nearly everywhere: no NULL hides a thing from a list, or breaks one."""

from typing import Any, cast

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Base, Comment, Community, Post, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import Person
from tests.serving import held_by

POST_SORTS = [
    "Hot",
    "New",
    "Old",
    "Active",
    "Scaled",
    "TopHour",
    "TopSixHour",
    "TopTwelveHour",
    "TopDay",
    "TopWeek",
    "TopMonth",
    "TopYear",
    "TopAll",
]
COMMENT_SORTS = ("Hot", "Top", "New", "Old", "Controversial")
# Where a thing stands and whose it is have nothing that could stand for them.
BELONGING = {"community_id", "user_id", "post_id"}
PEOPLES, COMMUNITIES = 100_000, 200_000
UNIQUE = {"ap_id", "ap_profile_id", "ap_public_url", "user_name", "name"}


async def with_nulls(database: Database, kind: type[Base], template_id: int) -> dict[str, int]:
    """Copies of a row, each with NULL in one column; return their ids by the column."""
    table = cast("Table", kind.__table__)
    columns = [column.name for column in table.columns if column.nullable and column.name not in BELONGING]

    async def write(session: AsyncSession) -> dict[str, int]:
        made: dict[str, int] = {}
        base = await session.scalar(text(f'SELECT max(id) FROM "{table.name}"'))
        for number, name in enumerate(columns, base + 1):
            own = {key: f"'{key}-{number}'" for key in UNIQUE if key in table.c} | {name: "null"}
            fields = ", ".join(f"'{key}', {value}" for key, value in own.items())
            await session.execute(
                text(
                    f'INSERT INTO "{table.name}" SELECT (jsonb_populate_record(t, jsonb_build_object('
                    f"'id', {number}, {fields}))).* FROM \"{table.name}\" t WHERE id = {template_id}"
                )
            )
            made[name] = number
        await session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), {base + len(columns)})")
        )
        return made

    return await database.write(write)


def missing(expected: dict[str, int], found: list[int]) -> list[str]:
    return sorted(name for name, each in expected.items() if each not in found)


async def test_posts(app: Application, ana: Person) -> None:
    mine, place = ana
    post = (await mine.post("/post", title="Old", body="Older", community_id=place.community_id))["post_view"]
    made = await with_nulls(held_by(app).database, Post, post["post"]["id"])
    here: dict[str, Any] = {"community_id": place.community_id}
    lists: list[tuple[App, str, dict[str, Any]]] = [
        *((mine, sort, {}) for sort in POST_SORTS),
        *((App(mine.client), sort, here) for sort in ("Hot", "Old", "Active", "TopDay", "TopAll")),
        (mine, "New", {"person_id": place.member.id}),
    ]
    for asking, sort, which in lists:
        listed = (await asking.get("/post/list", sort=sort, limit=100, **which))["posts"]
        assert missing(made, [view["post"]["id"] for view in listed]) == [], (sort, which)
    for name, post_id in made.items():
        shown = await App(mine.client).get("/post", id=post_id)
        assert shown["post_view"]["post"]["id"] == post_id, name


async def test_comments(app: Application, ana: Person) -> None:
    mine, place = ana
    post = (await mine.post("/post", title="Old", community_id=place.community_id))["post_view"]
    post_id = post["post"]["id"]
    top = (await mine.post("/comment", body="Top", post_id=post_id))["comment_view"]["comment"]["id"]
    low = (await mine.post("/comment", body="Low", post_id=post_id, parent_id=top))["comment_view"]
    database = held_by(app).database
    made = await with_nulls(database, Comment, top)
    below = await with_nulls(database, Comment, low["comment"]["id"])
    for asking in (mine, App(mine.client)):
        for sort in COMMENT_SORTS:
            for which in ({"post_id": post_id}, {"person_id": place.member.id}, {}):
                listed = (await asking.get("/comment/list", sort=sort, limit=100, **which))["comments"]
                found = [view["comment"]["id"] for view in listed]
                if len(found) < 100:
                    assert missing(made, found) == missing(below, found) == [], (sort, which)
            tree = await asking.get("/post/replies", post_id=post_id, sort=sort, limit=200)
            tops = {view["comment"]["id"]: view["replies"] for view in tree["comments"]}
            assert missing(made, list(tops)) == [], sort
            answers = [view["comment"]["id"] for view in tops[top]]
            assert missing(below, [*answers, below["parent_id"]]) == [], sort
            assert below["parent_id"] in tops
    pages = [
        await (await mine.client.get(f"/post/{post_id}?page={number}")).get_data(as_text=True)
        for number in (1, 2)
    ]
    for name, comment_id in (*made.items(), *below.items()):
        assert f'id="comment_{comment_id}"' in "".join(pages), name


async def test_what_stands_by_old_people_and_in_old_communities(app: Application, ana: Person) -> None:
    mine, place = ana
    database = held_by(app).database
    people = await with_nulls(database, User, place.member.id)
    communities = await with_nulls(database, Community, place.community_id)
    (template,) = await making.posts(database, place.member, place.community_id, 1)

    async def write(session: AsyncSession) -> None:
        for column, ids, first in (
            ("user_id", people, PEOPLES),
            ("community_id", communities, COMMUNITIES),
        ):
            await session.execute(
                text(
                    "INSERT INTO post SELECT (jsonb_populate_record(t, jsonb_build_object("
                    f"'id', {first} + each, 'ap_id', 'of-{column}-' || each, '{column}', each))).*"
                    f" FROM post t, unnest(ARRAY[{', '.join(map(str, ids.values()))}]) each WHERE t.id = {template}"
                )
            )

    await database.write(write)
    for asking in (mine, App(mine.client)):
        for sort in ("Hot", "TopDay"):
            found: list[int] = []
            for page in (1, 2, 3):
                listed = (await asking.get("/post/list", sort=sort, limit=100, page=page))["posts"]
                found += [view["post"]["id"] for view in listed]
            assert missing(people, [each - PEOPLES for each in found]) == [], sort
            assert missing(communities, [each - COMMUNITIES for each in found]) == [], sort
        listed = []
        for page in (1, 2):
            listed += (await asking.get("/community/list", limit=100, page=page))["communities"]
        assert missing(communities, [view["community"]["id"] for view in listed]) == []
