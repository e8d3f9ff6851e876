"""What other servers hear of each thing that is done here, and who says it to whom: a line an operation."""

import inspect
import json
import re
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.speak.drain import drain
from service.federation.speak.table import SAYINGS
from service.storage.transaction import Database
from tests.federation.heard_of import ELSEWHERE, FAR_FEED, HEARD_OF
from tests.forum.making import DOMAIN
from tests.forum.stated.place import Place, Step, make_place
from tests.forum.taken_back import taken_back
from tests.forum.test_effects import DONE, UNDONE

# Zoe, of another server, belongs to everything; an inbox of each actor there.
FOLLOWED = """
UPDATE "user" SET ap_inbox_url = 'https://far.example/' || user_name WHERE instance_id <> 1;
UPDATE community SET ap_inbox_url = 'https://far.example/' || name WHERE instance_id <> 1;
INSERT INTO community_member (user_id, community_id) VALUES ({far.id}, {cats}), ({far.id}, {dogs});
INSERT INTO feed_member (user_id, feed_id, is_owner) VALUES ({far.id}, {feed}, false);
INSERT INTO user_follower (local_user_id, remote_user_id, is_accepted, is_inward)
    VALUES ({ana.id}, {far.id}, true, true);
INSERT INTO feed (id, name, title, user_id, public, instance_id, ap_id, ap_profile_id, ap_domain, ap_inbox_url)
    VALUES ({feeds}, 'far', 'Far', {far.id}, true, {far.instance_id}, 'far@far.example', 'https://far.example/f/far',
        'far.example', 'https://far.example/f')
"""
KINDS = "SELECT DISTINCT kind FROM pieloop.outbox WHERE topic = 'federation'"
SAID = """
SELECT kind, signer_kind, lane, community_id, to_everybody, body,
       ARRAY(SELECT inbox FROM pieloop.addressed WHERE activity_id = sent.id ORDER BY inbox) AS inboxes
FROM pieloop.sent_activity sent WHERE id > :before ORDER BY id
"""

# The last of each kind, by the letter of its lane: comments have none.
THERE = {"p": 4, "": 2, "m": 1, "r": 1}
MANY = 1000


class Listening:
    """Does things at a place, and takes them back."""

    def __init__(self, database: Database, place: Place) -> None:
        self._database, self._place = database, place
        self.kinds: set[str] = set()

    async def heard(self, step: Step, after: Step | None) -> list[str]:
        """Return what is said of a step, in words."""
        takes = len(inspect.signature(step).parameters) - 2

        async def attempt(session: AsyncSession) -> list[str]:
            made = [await after(session, self._place)] if after else []
            await self._say(session)
            before = await session.scalar(text("SELECT coalesce(max(id), 0) FROM pieloop.sent_activity"))
            await step(session, self._place, *made[:takes])
            await session.flush()
            self.kinds |= set(await session.scalars(text(KINDS)))
            await self._say(session)
            return [_in_words(row) for row in await session.execute(text(SAID), {"before": before})]

        return await taken_back(self._database, attempt)

    async def _say(self, session: AsyncSession) -> None:
        await session.flush()
        while (said := await drain(session, DOMAIN)).events:
            assert said.failed == 0


def _in_words(row: Any) -> str:
    """`Announce/Like of u/ana, p1/v2 to c1`: what, in whose name, in which lane, and to whom."""
    document = json.loads(row.body)
    inner = document["object"] if row.kind.startswith("Announce/") else document
    to = ["everybody"] * row.to_everybody + [f"c{row.community_id}"] * (row.community_id is not None)
    to += [inbox.removeprefix("https://far.example/") for inbox in row.inboxes]
    by = inner["actor"].removeprefix(f"https://{DOMAIN}/")
    signed = (
        ""
        if (row.signer_kind == "person") is by.startswith("u/") or row.community_id
        else f" ({row.signer_kind})"
    )
    return f"{row.kind} of {by}{signed}, {_lane(row.lane)} to {' '.join(to)}"


def _lane(lane: str) -> str:
    """Return a lane with `+` for what was not there before: its number depends on what was tried earlier."""
    return re.sub(
        r"([a-z]?)(\d+)", lambda at: f"{at[1]}+" if int(at[2]) > THERE.get(at[1], MANY) else at[0], lane
    )


async def test_what_others_hear_of_each_operation(database: Database) -> None:
    place = await make_place(database)

    async def follow(session: AsyncSession) -> None:
        for statement in FOLLOWED.format(**vars(place), feeds=FAR_FEED).split(";"):
            await session.execute(text(statement))

    await database.write(follow)
    while (await database.write(drain, DOMAIN)).events:
        pass
    listening = Listening(database, place)
    told = {name: stated for name, stated in DONE.items() if "+ outbox federation" in stated.effects}
    steps = ELSEWHERE | {name: (stated.step, stated.after) for name, stated in told.items()}
    steps |= {
        f"not to {name}": (stated.step, DONE[name].step) for name, stated in UNDONE.items() if name in told
    }
    found = {name: lines for name, step in steps.items() if (lines := await listening.heard(*step))}
    assert found == HEARD_OF
    assert {kind.__name__ for kind in SAYINGS} - listening.kinds == set()
