"""SIGKILL for workers in the middle of a backlog for other servers: each gets everything, in order for each thing."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from service.config import Config
from service.federation.deliver.takeover import take_over
from service.storage.transaction import Database
from tests.federation.sending import Site, site
from tests.federation.sink import Sink
from tests.forum.making import DOMAIN
from tests.serving import Program, program, settings_of

PEERS, THINGS, EACH = 5, 20, 6
KILLS = 2
BURY = (
    "UPDATE pieloop.peer SET owned_until = owned_until - interval '1 hour'",
    "UPDATE pieloop.courier SET alive_until = alive_until - interval '1 hour'",
)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_workers_are_killed_in_the_middle_of_a_backlog(
    config: Config, database: Database, tmp_path: Path
) -> None:
    async with site(database) as here:
        peers = [await here.server(10 + number) for number in range(PEERS)]
        await here.change("INSERT INTO pieloop.peer (instance_id) SELECT id FROM instance WHERE id <> 1")
        said = [
            await here.say_all([f"p{thing}" for thing in range(THINGS)], kind="Lock") for _ in range(EACH)
        ]
        environ = settings_of(config, PIELOOP_OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8")
        for kill in range(KILLS):
            with program(
                "-m", "arq", "workers.settings.WorkerSettings", environ=environ, cwd=tmp_path
            ) as worker:
                await _arrived(peers, (kill + 1) * PEERS * THINGS * EACH // (KILLS + 2), worker)
            for statement in BURY:  # what otherwise takes half a minute
                await here.change(statement)
        with program("-m", "arq", "workers.settings.WorkerSettings", environ=environ, cwd=tmp_path) as worker:
            while any(len(set(peer.ids)) < THINGS * EACH for peer in peers):
                await _alive(worker)
            await asyncio.to_thread(worker.stop)
        for peer in peers:
            _check(peer, said)
        assert await here.rows("SELECT DISTINCT cursor, done_above FROM pieloop.peer") == [
            (THINGS * EACH, [])
        ]


async def test_two_workers_that_start_at_once_take_a_queue_over_once(database: Database) -> None:
    async with site(database) as here:
        peer = await here.server(11)
        await here.change(
            "INSERT INTO send_queue (destination, destination_domain, actor, payload)"
            f" SELECT '{peer.inbox}', '127.0.0.11', 'https://pie.example/u/ana#main-key',"
            " json_build_object('id', 'https://pie.example/like/' || n, 'type', 'Like')::text"
            " FROM generate_series(1, 600) n"
        )
        await asyncio.gather(*(_take_over(here) for _ in range(4)))
        assert await here.rows("SELECT count(*) FROM pieloop.sent_activity") == [(600,)]
        assert await here.rows("SELECT count(*) FROM send_queue") == [(0,)]


async def _take_over(here: Site) -> None:
    while await here.database.write(take_over, DOMAIN):
        pass


async def _arrived(peers: list[Sink], count: int, worker: Program) -> None:
    while sum(len(peer.taken) for peer in peers) < count:
        await _alive(worker)


async def _alive(worker: Program) -> None:
    assert worker.process.poll() is None, worker.said()
    await asyncio.sleep(0.005)


def _check(peer: Sink, said: list[list[str]]) -> None:
    repeated = sum(count - 1 for count in Counter(peer.ids).values())
    # What was sent within two seconds before a kill is sent again; a quick machine sends all of it within them.
    assert repeated < THINGS * EACH
    first = list(dict.fromkeys(peer.ids))
    for thing in range(THINGS):
        in_order = [round_[thing] for round_ in said]
        assert [one for one in first if one in in_order] == in_order
