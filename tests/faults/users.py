"""The people who use a site while it is besieged: `python -m tests.faults.users PLAN`, a process of its own.

Each has an address and reads something new after a pause, as people do; some are members with an app, and write now and
then. At the end every answer is printed, so that whoever began this can tell before from during.
"""

import asyncio
import json
import random
import sys
import time
from itertools import count
from typing import Any, NamedTuple

import aiohttp
import msgspec

PAUSE = (0.2, 1.0)  # seconds: from one answer to the next request
WRITES_EVERY = 10  # requests of a member: well below what the site allows
PATIENCE = 40.0  # seconds
API = "/api/alpha"


class Plan(msgspec.Struct, frozen=True):
    """What is to be done.

    Attributes:
        port: of the site.
        seconds: for how long.
        visitors: how many people read who are not signed in.
        tokens: of the members.
        post_ids: what there is to be read and commented.
        pages: addresses of pages.
    """

    port: int
    seconds: float
    visitors: int
    tokens: list[str]
    post_ids: list[int]
    pages: list[str]


class Answer(NamedTuple):
    """What came of one request, by the clock of the whole machine; status 0: nothing came."""

    at: float
    took: float
    status: int


class User:
    """One of them.

    Parameters:
        number: the last part of the address, above 0.
        token: of a member; empty for somebody who only looks.
    """

    def __init__(self, plan: Plan, number: int, token: str = "") -> None:
        self._plan, self._token, self._number = plan, token, number
        self._chance = random.Random(number)
        self.answers: list[Answer] = []

    async def use_the_site(self, until: float) -> None:
        """Ask for one thing after the other."""
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.1.{self._number}", 0), force_close=True)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            for number in count(1):
                await asyncio.sleep(self._chance.uniform(*PAUSE))
                if time.monotonic() > until:
                    return
                await self._ask(session, **self._something(number))

    def _something(self, number: int) -> dict[str, Any]:
        if not self._token:
            return {"path": self._chance.choice(self._plan.pages)}
        post_id = self._chance.choice(self._plan.post_ids)
        if number % WRITES_EVERY == 0:
            comment = {"post_id": post_id, "body": f"This is comment {self._number}.{number}."}
            return {"method": "POST", "path": f"{API}/comment", "json": comment}
        return {
            "path": self._chance.choice(
                [f"{API}/post/list", f"{API}/post?id={post_id}", f"{API}/user/unread_count"]
            )
        }

    async def _ask(
        self, session: aiohttp.ClientSession, path: str, method: str = "GET", **options: Any
    ) -> None:
        begun, status = time.monotonic(), 0
        try:
            async with (
                asyncio.timeout(PATIENCE),
                session.request(method, f"http://127.0.0.1:{self._plan.port}{path}", **options) as answer,
            ):
                await answer.read()
                status = answer.status
        except (TimeoutError, aiohttp.ClientError):
            pass
        self.answers.append(Answer(begun, time.monotonic() - begun, status))


async def use(plan: Plan) -> list[Answer]:
    """Let all of them use the site; return the answers in the order in which they were asked for."""
    until = time.monotonic() + plan.seconds
    tokens = [*plan.tokens, *[""] * plan.visitors]
    users = [User(plan, number, token) for number, token in enumerate(tokens, 1)]
    await asyncio.gather(*(user.use_the_site(until) for user in users))
    return sorted(answer for user in users for answer in user.answers)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(use(msgspec.json.decode(sys.argv[1], type=Plan)))))
