"""Who may what: every operation of the API, about somebody else's things, by everybody from anonymous to owner.

Whoever may not gets a refusal (or a list without those things), and nothing in the database is another than before.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from service.assembly import build_app
from service.http.api.admin.contract import APPLICATIONS
from service.http.api.contract import API
from service.http.application import Application
from service.http.openapi.document import document
from service.storage.tables import Comment, Community, Post
from tests.databases import TEMPLATE, address_of, connect, create_database, drop_database, fresh_name
from tests.filled import MAY_BE_NULL, seen, watch
from tests.http.api.app_client import PREFIX
from tests.http.api.permissions import FOUNDER, INSIDE, MODERATORS, OUTCAST, TABLE, WORD, who
from tests.http.api.small_world import OPEN, PRIVATE, ROLES, Facts, World, ask, make_world
from tests.servers import configuration
from tests.snapshots import WatchedSnapshot

BY_PLACE = [(row, OPEN) for row in TABLE] + [
    (row, PRIVATE) for row in TABLE if TABLE[row].in_private is not None
]

UNHEARD = who("anonymous", "banned")


@dataclass(frozen=True)
class Gone:
    """How something of the open place is taken away, and what nobody is to see of it any more."""

    table: Any
    thing: str
    values: Facts
    signs: tuple[str, ...]

    async def take_away(self, world: World) -> None:
        """Take it away."""
        which = self.table.id == world.places[OPEN][self.thing]
        await world.change(update(self.table).where(which).values(**self.values))


TITLE, CONTENTS, SAID = "A wombat", ("Look at my wombat", "wombat.example"), "A good wombat"
TAKEN_AWAY = {
    "a post that is held back": Gone(Post, "post", {"status": 0}, (TITLE, *CONTENTS, SAID)),
    "a scheduled post": Gone(Post, "post", {"status": -2}, (TITLE, *CONTENTS, SAID)),
    "a draft": Gone(Post, "post", {"status": -1}, (TITLE, *CONTENTS, SAID)),
    "a deleted post": Gone(Post, "post", {"deleted": True}, (TITLE, *CONTENTS, SAID)),
    "a removed post": Gone(Post, "post", {"deleted": True, "deleted_by": 1}, (TITLE, *CONTENTS, SAID)),
    "a deleted comment": Gone(Comment, "comment", {"deleted": True}, (SAID,)),
    "a deleted community": Gone(Community, "community", {"banned": True}, (TITLE, *CONTENTS, SAID)),
}

# Guesses at passwords are counted, and the later ones have to wait.
GUESSING = {"POST /user/login", "POST /user/verify_credentials"}
GUESSES = "pieloop.sign_in_attempts"


@pytest.fixture(scope="module")
async def world(
    superuser_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all: whatever is done in it is undone at once."""
    name = fresh_name()
    await create_database(superuser_url, name, TEMPLATE)
    address = address_of(superuser_url, name)
    connection = await connect(address)
    await watch(connection)
    app = _app(address, redis_url, tmp_path_factory.mktemp("world"))
    async with app.test_app():
        yield await make_world(app, app.test_client(), WatchedSnapshot(connection))
    await connection.close()
    await drop_database(superuser_url, name)


def _app(database_url: str, redis_url: str, data_dir: Path) -> Application:
    config = configuration(database_url, redis_url, data_dir)
    limits = msgspec.structs.replace(config.limits, enabled=False)
    return build_app(msgspec.structs.replace(config, limits=limits))


@pytest.fixture(scope="module")
def personal(world: World) -> dict[str, bool]:
    """The operations that the site says it has; whether they are for people who are signed in."""
    app = world.apps["owner"].client.app
    paths = document(app, API)["paths"] | document(app, APPLICATIONS)["paths"]
    return {
        f"{method.upper()} {path.removeprefix(PREFIX)}": {} not in facts["security"]
        for path, methods in paths.items()
        for method, facts in methods.items()
    }


def operation_of(row: str) -> str:
    """The operation that a row is about."""
    return " ".join(row.split()[:2])


async def test_every_operation_is_in_the_table(personal: dict[str, bool]) -> None:
    assert {operation_of(row) for row in TABLE} == set(personal)


@pytest.mark.parametrize(("name", "place"), BY_PLACE)
async def test_each_role_may_what_the_table_says(
    world: World, personal: dict[str, bool], name: str, place: str
) -> None:
    row, facts, operation = TABLE[name], world.places[place], operation_of(name)
    unheard = UNHEARD if personal[operation] else who("banned")
    # The stream does not end; what is told in it, test_stream tells.
    asking = unheard if operation == "GET /user/stream" else ROLES
    may = row.in_private if place == PRIVATE and row.in_private is not None else row.in_open
    changing = frozenset() if operation.startswith("GET") else may
    secret = world.places[PRIVATE]["word"]
    answers = {role: await ask(world.apps[role], operation, row.about(facts)) for role in asking - changing}
    changed = await world.beginning.changed()
    await world.beginning.put_back()
    for role in changing:
        answers[role] = await ask(world.apps[role], operation, row.about(facts))
        await world.beginning.put_back()
    assert {role for role, answer in answers.items() if row.is_given(answer, facts)} == may
    told = {role for role, answer in answers.items() if answer.done and secret in answer.text}
    assert told <= INSIDE | OUTCAST  # who was told of the ban
    assert changed == ([GUESSES] if operation in GUESSING else [])
    if operation.startswith("POST /upload/"):  # no JSON is taken there, whoever asks: see test_uploads
        assert {answer.status for answer in answers.values()} == {415}
        return
    assert {answer.status for answer in answers.values()} <= {
        200,
        400,
        *([429] if operation in GUESSING else []),
    }
    assert {answers[role].text for role in unheard} == {"incorrect_login"}


@pytest.mark.parametrize("role", ["anonymous", "member", "neighbour"])
@pytest.mark.parametrize("kind", TAKEN_AWAY)
async def test_what_was_taken_away_is_nowhere(world: World, kind: str, role: str) -> None:
    facts, gone = world.places[OPEN], TAKEN_AWAY[kind]
    await gone.take_away(world)
    shown = []
    for name, row in TABLE.items():
        if row.sign == WORD and role in row.in_open:
            answer = await ask(world.apps[role], operation_of(name), row.about(facts))
            shown += [
                (name, sign) for sign in gone.signs if sign in answer.text and not is_logged(name, sign)
            ]
    await world.beginning.put_back()
    assert shown == []


def is_logged(name: str, sign: str) -> bool:
    """Whether it is the title in the log of what moderators did, which is there to say what that was."""
    return sign == TITLE and operation_of(name) == "GET /modlog"


STILL_SEEN = {
    "a post that is held back": MODERATORS,  # it waits for them
    "a scheduled post": FOUNDER,
    "a draft": FOUNDER,
    "a deleted post": MODERATORS,
    "a removed post": MODERATORS,
    "a deleted community": FOUNDER,
}


@pytest.mark.parametrize("kind", STILL_SEEN)
@pytest.mark.parametrize(
    "name", ["GET /post", "GET /comment", "GET /post/replies", "GET /resolve_object of a post"]
)
async def test_those_concerned_still_see_what_was_taken_away(world: World, kind: str, name: str) -> None:
    row, facts = TABLE[name], world.places[OPEN]
    await TAKEN_AWAY[kind].take_away(world)
    answers = {role: await ask(world.apps[role], operation_of(name), row.about(facts)) for role in ROLES}
    await world.beginning.put_back()
    assert {role for role, answer in answers.items() if row.is_given(answer, facts)} == STILL_SEEN[kind]


@pytest.mark.parametrize("kind", TAKEN_AWAY)
async def test_what_is_refused_of_what_was_taken_away_is_not_done(world: World, kind: str) -> None:
    moderator, facts, gone = world.apps["moderator"], world.places[OPEN], TAKEN_AWAY[kind]
    await gone.take_away(world)
    contents, done = await world.beginning.digests(), []
    for name, row in TABLE.items():
        if name.startswith("GET") or row.in_private is None:
            continue
        answer = await ask(moderator, operation_of(name), row.about(facts))
        if answer.done:
            await world.beginning.put_back()
            await gone.take_away(world)
            continue
        now = await world.beginning.digests(await world.beginning.touched())
        if any(digest != contents[table] for table, digest in now.items()):
            done.append(name)
    await world.beginning.put_back()
    assert done == []


@pytest.mark.parametrize(
    "name",
    ["GET /community", "GET /post", "GET /post/list", "GET /comment/list", "POST /post", "POST /comment"],
)
async def test_a_local_only_community_is_open_to_everybody_here(world: World, name: str) -> None:
    row, facts = TABLE[name], world.places[OPEN]
    await world.change(update(Community).where(Community.id == facts["community"]).values(local_only=True))
    asking = who("anonymous", "stranger", "neighbour")
    answers = {role: await ask(world.apps[role], name, row.about(facts)) for role in asking}
    await world.beginning.put_back()
    assert {role for role, answer in answers.items() if row.is_given(answer, facts)} == row.in_open & asking


async def test_no_row_lacks_what_pyfedi_takes_for_granted(world: World) -> None:
    """Every operation was carried out by then, and what follows from it done."""
    nulls, written = await world.beginning.ask(seen)
    assert nulls - MAY_BE_NULL == set()
    assert len(written) > 30
