"""What is refused: by which word, and that there is no word that nobody has heard."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import service.forum
from service.forum.errors import NotFound
from service.storage.transaction import Database
from tests.forum.limited import KEPT, LIMITED
from tests.forum.refused import REFUSED, Refused, refusal
from tests.forum.stated.place import Place, make_place

TESTS = Path(__file__).parents[1]


async def test_what_is_refused(database: Database) -> None:
    place = await make_place(database)
    found = {name: await refusal(database, place, refused) for name, refused in REFUSED.items()}
    assert {name: word for name, word in found.items() if word != REFUSED[name].word} == {}


async def test_there_are_so_many_at_most(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    place = await make_place(database)
    found: dict[tuple[str, int], str | int] = {}
    for name, limited in LIMITED.items():
        for most in (1, 2):
            monkeypatch.setattr(limited.place, limited.name, most)
            found[name, most] = await refusal(database, place, Refused(limited.word, limited.step))
    for name, (module, number, step) in KEPT.items():
        for most in (1, 2):
            monkeypatch.setattr(module, number, most)
            found[name, most] = await kept(database, step, place)
    expected: dict[tuple[str, int], str | int] = {
        (name, most): one.word if most == 1 else "" for name, one in LIMITED.items() for most in (1, 2)
    }
    assert found == expected | {(name, most): most for name in KEPT for most in (1, 2)}


async def kept(
    database: Database, step: Callable[[AsyncSession, Place], Awaitable[int]], place: Place
) -> int:
    """Do something, and take it back; return how many there were."""
    found: list[int] = []

    async def attempt(session: AsyncSession) -> None:
        found.append(await step(session, place))
        raise NotFound

    with suppress(NotFound):
        await database.write(attempt)
    return found[-1]


def test_every_refusal_is_tried() -> None:
    """Whoever refuses something under a new name tries it."""
    forum = Path(service.forum.__file__).parent
    names = {
        name
        for file in forum.rglob("*.py")
        for name in re.findall(r'\bcode="(\w+)"', file.read_text("utf-8"))
    }
    tried = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("*.py"))
    assert {name for name in names if name not in tried} == set()
