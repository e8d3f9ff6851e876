"""What is refused: by which word, and that there is no word that nobody has heard."""

import re
from pathlib import Path

import service.forum
from service.storage.transaction import Database
from tests.forum.refused import REFUSED, refusal
from tests.forum.stated.place import make_place

TESTS = Path(__file__).parents[1]


async def test_what_is_refused(database: Database) -> None:
    place = await make_place(database)
    found = {name: await refusal(database, place, refused) for name, refused in REFUSED.items()}
    assert {name: word for name, word in found.items() if word != REFUSED[name].word} == {}


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
