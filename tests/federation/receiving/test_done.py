"""What is done of what other servers say, in all tables, and that there is no rule without a case."""

import pytest

from service.federation.receive import rules
from service.federation.receive.act import Act
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import NewFeed
from tests.federation.hearing import Hearing, page
from tests.federation.receiving.done import EFFECTS, FACTS, SAID
from tests.federation.receiving.refused import Activity, Place
from tests.forum import making
from tests.forum.effects import Rows, all_rows, changes
from tests.forum.making import DOMAIN, KEYS

# What is remembered, whatever others say: when they spoke, what came.
REMEMBERED = (".last_seen", "+ pieloop.seen")


async def test_what_is_done_of_what_others_say(site: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[tuple[str, str]] = set()
    rule_of = rules.rule_of

    def noting(act: Act) -> rules.Rule:
        used.add((act.activity.kind, act.object_kind))
        return rule_of(act)

    monkeypatch.setattr(rules, "rule_of", noting)
    place = Place(site)
    await place.fill()
    keeper = await making.viewer_of(
        site.database, await site.value("SELECT id FROM \"user\" WHERE user_name = 'keeper'")
    )
    await making.community(site.database, keeper, "dogs")
    pets = NewFeed(name="pets", title="Pets", keys=KEYS, communities="cats")
    await site.database.write(feeds.create, keeper, pets, domain=DOMAIN)
    for fact in FACTS:
        await site.do(fact)
    place.first.has("/post/11", **page(place.mod, place.trains, "/post/11"))
    found: dict[str, str] = {}
    rows = await site.database.write(all_rows)
    for name, done in SAID.items():
        said = done.said(place)
        rows, found[name] = await hear(site, said, getattr(place, done.by), rows)
        if done.undone:
            undo = site.activity("Undo", getattr(place, done.by), said)
            rows, found[f"not to {name}"] = await hear(site, undo, getattr(place, done.by), rows)
    assert found == EFFECTS
    assert set(rules.RULES) - used == set()


async def hear(site: Hearing, said: Activity, by: str, before: list[Rows]) -> tuple[list[Rows], str]:
    """Hear something; return what there is now, and what is another than before."""
    await site.hear(said, by=by)
    now = await site.database.write(all_rows)
    return now, "; ".join(sorted(line for line in changes(before, now) if not line.endswith(REMEMBERED)))
