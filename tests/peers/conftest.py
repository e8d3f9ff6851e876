"""Running servers, of this program and of others, as the environment names them: `make peers`."""

import os
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.peers.driver import Member, Server, a_session
from tests.peers.encounter import Encounter, encountered
from tests.peers.lemmy import Lemmy
from tests.peers.limits import OURS, THEIRS, limit
from tests.peers.mastodon import Mastodon, Tooter
from tests.peers.matrix import NOT_SEEN, SEEN, Matrix
from tests.peers.meeting import Meeting, met
from tests.peers.piefed import PieFed, Piefedian

SITE = "SITE"  # the one that is judged
DRIVERS: dict[str, type[Server]] = {
    SITE: PieFed,
    "PYFEDI": PieFed,
    "LEMMY": Lemmy,
    "GOTOSOCIAL": Mastodon,
}
COMMUNAL = ("PYFEDI", "LEMMY")  # peers with communities
MICROBLOGS = ("GOTOSOCIAL",)
WORDS = ("ADMIN", "SECRET", "ACCOUNTS")
MATRIX = Matrix()


@dataclass
class Judged:
    """What a test is about: a peer, and whose the community is."""

    peer: str
    whose: str

    @property
    def column(self) -> str:
        """Its column of the matrix."""
        return f"{self.peer.lower()}, {self.whose}"


class Servers:
    """The servers that the environment names, each signed in to once."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.known: dict[str, Server] = {}

    async def get(self, word: str) -> Server:
        """Return a server by its word in the environment."""
        if word not in self.known:
            said = {name: os.environ.get(f"PEER_{word}_{name}") for name in WORDS}
            credentials = {name: value for name, value in said.items() if value}
            server = DRIVERS[word](os.environ[f"PEER_{word}"], credentials, self.session)
            await server.begin()
            self.known[word] = server
            MATRIX.versions[word.lower()] = server.version
        return self.known[word]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge each peer that has communities with a community of ours and one of theirs, a microblog with one of ours."""
    if "judged" in metafunc.fixturenames:
        both = [Judged(peer, whose) for peer in COMMUNAL for whose in (OURS, THEIRS)]
        ours = [Judged(peer, OURS) for peer in MICROBLOGS]
        cases = ours if "encounter" in metafunc.fixturenames else both
        metafunc.parametrize("judged", cases, ids=[case.column.replace(", ", "-") for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, aloud, what has no site or no peer."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and isinstance(item, pytest.Function):
            judged = judged_in(item)
            absent = [f"PEER_{word}" for word in (SITE, judged.peer) if f"PEER_{word}" not in os.environ]
            if absent:
                item.add_marker(pytest.mark.skip(reason=f"not run: no {', no '.join(absent)}"))


def judged_in(item: pytest.Function) -> Judged:
    """Return what a test is about."""
    judged = item.callspec.params["judged"]
    assert isinstance(judged, Judged)
    return judged


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note in the matrix how each cell came out."""
    report = yield
    mark = item.get_closest_marker("cell")
    if mark and isinstance(item, pytest.Function) and (report.when == "call" or report.failed):
        MATRIX.note(mark.args[0], judged_in(item).column, SEEN if report.passed else NOT_SEEN)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix."""
    if MATRIX.cells:
        terminalreporter.section("what was seen")
        terminalreporter.write_line("\n".join(MATRIX.lines()))


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    async with a_session() as session:
        yield Servers(session)


@pytest.fixture
def possible(request: pytest.FixtureRequest, judged: Judged) -> None:
    """Leave out, with the reason, what the peer does not do."""
    cell = request.node.get_closest_marker("cell").args[0]
    if reason := limit(judged.peer, cell, judged.whose):
        MATRIX.note(cell, judged.column, reason)
        pytest.skip(reason)


@pytest.fixture
async def strangers(possible: None, servers: Servers, judged: Judged) -> tuple[Member, Member]:
    """Who is to be the host of a community, and who is to be its guest from the other server."""
    pair = [await servers.get(SITE), await servers.get(judged.peer)]
    host, guest = pair if judged.whose == OURS else reversed(pair)
    first, second = [await server.person() for server in (host, guest)]
    assert isinstance(first, Member)
    assert isinstance(second, Member)
    return first, second


@pytest.fixture
async def meeting(strangers: tuple[Member, Member]) -> Meeting:
    """A community with its host, and a guest of the other server."""
    return await met(*strangers)


@pytest.fixture
async def encounter(possible: None, servers: Servers, judged: Judged) -> Encounter:
    """A community of ours with its host, and somebody of a microblog who follows both."""
    host = await (await servers.get(SITE)).person()
    blogger = await (await servers.get(judged.peer)).person()
    assert isinstance(host, Piefedian)
    assert isinstance(blogger, Tooter)
    return await encountered(host, blogger)
