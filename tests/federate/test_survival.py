"""Two sites write to each other while their processes are killed: nothing is missing, nothing doubled.

At full length: `DRILL_EXCHANGE=10000 DRILL_KILLING=600 make federate ARGS="-k missing_or_doubled"`.
"""

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.faults.sizes import size
from tests.federate.acting import becomes, community, fresh, joined, keeper, member, number, publish
from tests.federate.site import Person, Site
from tests.lifecycle.drills import command_line

EACH_WAY, SECONDS = int(size("EXCHANGE", 100)), size("KILLING", 15)
AT_ONCE = 4  # comments of one person
BETWEEN_KILLS = (1.0, 4.0)  # seconds
# Seconds until all has come after the last kill. A server that could not be reached is tried again after one minute,
# then after two; a comment may meet that twice, on its way to the community and back, and a lease lapse besides.
PATIENCE = 2 * (60 + 120) + 30 + EACH_WAY / 5
ANSWERED_WITHIN = aiohttp.ClientTimeout(total=40)  # a site answers within 20 s, or its process has died
ANSWER_LOST = "This has already been done"  # the process died between its commit and its answer
MORTAL = ("hypercorn", "arq")
COUNT = "SELECT count(*) FROM post_reply WHERE post_id = $1"


@pytest.mark.timeout(2 * PATIENCE + SECONDS + 300)
@pytest.mark.scenario(140)
async def test_nothing_is_missing_or_doubled_while_processes_die(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there)
    posts = {site.name: await number(site, post) for site in (one, other)}
    written = asyncio.gather(_write(keeper(one), posts[one.name]), _write(person, posts[other.name]))
    killed = await _kill_until(time.monotonic() + SECONDS, one, other)
    texts = {text for of_one in await written for text in of_one}
    assert killed > 0
    assert len(texts) == 2 * EACH_WAY
    for site in (one, other):
        await becomes(site, COUNT, (posts[site.name],), 2 * EACH_WAY, within=PATIENCE)
        rows = await site.rows("SELECT body, ap_id FROM post_reply WHERE post_id = $1", posts[site.name])
        assert {row["body"] for row in rows} == texts
        assert len({row["ap_id"] for row in rows}) == 2 * EACH_WAY
        counted = "SELECT reply_count FROM post WHERE id = $1"
        await becomes(site, counted, (posts[site.name],), 2 * EACH_WAY)
        assert await site.value("SELECT count(*) FROM pieloop.received WHERE parked_at IS NOT NULL") == 0


async def _write(author: Person, post_id: int) -> list[str]:
    """Write comments, each until it is answered with success; return their texts."""
    texts = [fresh("comment") for _ in range(EACH_WAY)]
    left = iter(texts)

    async def writer() -> None:
        for text in left:
            await _insist(author, post_id, text)

    await asyncio.gather(*(writer() for _ in range(AT_ONCE)))
    return texts


async def _insist(author: Person, post_id: int, text: str) -> None:
    """Send a comment again and again, under one key, so that it is written once."""
    headers = {"Authorization": f"Bearer {author.token}", "Idempotency-Key": text}
    url = f"https://{author.site.name}/api/alpha/comment"
    while True:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with author.site.session.post(
                url, headers=headers, json={"post_id": post_id, "body": text}, timeout=ANSWERED_WITHIN
            ) as answer:
                if answer.ok or ANSWER_LOST in await answer.text():
                    return
                said = f"{answer.status} {await answer.text()}"
                assert answer.status in {429, 502, 503}, said
        await asyncio.sleep(0.2)


async def _kill_until(deadline: float, *sites: Site) -> int:
    """Kill web processes and workers of the sites, one now and then; return how many."""
    killed = 0
    while time.monotonic() < deadline:
        await asyncio.sleep(random.uniform(*BETWEEN_KILLS))
        mortal = [pid for site in sites for pid in _below(site.pid) if _is_mortal(pid)]
        if mortal:
            with suppress(ProcessLookupError):
                os.kill(random.choice(mortal), signal.SIGKILL)
                killed += 1
    return killed


def _below(pid: int) -> list[int]:
    """Return all processes below one."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:
        found += [child for child, above in parents.items() if above == parent]
    return found[1:]


def _is_mortal(pid: int) -> bool:
    """Whether a process is one that the supervisor starts again: it serves pages or works on events."""
    return any(word in argument for argument in command_line(pid) for word in MORTAL)
