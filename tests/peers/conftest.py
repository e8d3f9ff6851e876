"""Running servers, of this program and of others, as the environment names them: `make peers`."""

import os
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.peers.driver import Member, Server, a_session
from tests.peers.limits import limit
from tests.peers.matrix import NOT_SEEN, SEEN, Matrix
from tests.peers.meeting import Meeting, met
from tests.peers.piefed import PieFed

SITE = "SITE"  # the one that is judged
DRIVERS: dict[str, type[Server]] = {SITE: PieFed, "PYFEDI": PieFed}
COMMUNAL = ("PYFEDI",)  # peers with communities
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
    """Judge each peer that has communities, with a community of ours and one of theirs."""
    if "judged" in metafunc.fixturenames:
        cases = [Judged(peer, whose) for peer in COMMUNAL for whose in ("ours", "theirs")]
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
async def meeting(request: pytest.FixtureRequest, servers: Servers, judged: Judged) -> Meeting:
    """A community with its host, and a guest of the other server."""
    cell = request.node.get_closest_marker("cell").args[0]
    if reason := limit(judged.peer, cell, judged.whose):
        MATRIX.note(cell, judged.column, reason)
        pytest.skip(reason)
    pair = [await servers.get(SITE), await servers.get(judged.peer)]
    host, guest = pair if judged.whose == "ours" else reversed(pair)
    first, second = [await server.person() for server in (host, guest)]
    assert isinstance(first, Member)
    assert isinstance(second, Member)
    return await met(first, second)
