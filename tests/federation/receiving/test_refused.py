"""What is refused of what other servers say: by which word, to no effect, and that no word is without a case."""

import re
from pathlib import Path

import service.federation
from tests.federation.hearing import Hearing
from tests.federation.receiving.refused import REFUSED, Place
from tests.forum.effects import TABLES, all_rows

TESTS = Path(__file__).parents[1]
# What is remembered, whatever others say: when they spoke, what came, and what was taken back.
REMEMBERED = {"instance", "pieloop.received", "pieloop.seen", "pieloop.tombstone"}


async def test_what_is_refused_of_what_others_say(site: Hearing) -> None:
    place = Place(site)
    await place.fill()
    before = await site.database.write(all_rows)
    found = {}
    for name, refused in REFUSED.items():
        site.outcomes.clear()
        await site.hear(refused.said(place), by=getattr(place, refused.by))
        found[name] = dict(site.outcomes)
    expected = {name: {(refused.kind, refused.word): 1} for name, refused in REFUSED.items()}
    assert {name: said for name, said in found.items() if said != expected[name]} == {}
    after = await site.database.write(all_rows)
    changed = {table.fullname for table, old, new in zip(TABLES, before, after, strict=True) if old != new}
    assert changed - REMEMBERED == set()


def test_every_refusal_is_tried() -> None:
    """Whoever refuses something under a new word, or by a class of its own, says in a test when."""
    federation = Path(service.federation.__file__).parent
    said = "\n".join(file.read_text("utf-8") for file in federation.rglob("*.py"))
    tried = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("*.py"))
    words = {f'"{word}"' for word in re.findall(r'\b(?:Refused|Ignored|NotHad)\(\s*"([\w ]+)"', said)}
    kinds = set(re.findall(r"^class (\w+)\((?:Refused|NotHad)\)", said, re.MULTILINE)) - {"Ignored"}
    assert {one for one in words | kinds if one not in tried} == set()
