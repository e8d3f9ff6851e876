"""Two sites of our own program, in a network of their own: `make federate`."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.federate.authority import Papers, issue
from tests.federate.fedify import FOLDER, Fedify, Signature, fedify
from tests.federate.network import ADDRESSES, inside
from tests.federate.site import ADMINISTRATOR, Site, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these out, aloud, where there is no such network."""
    if not inside():
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs a network of its own: make federate"))


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    # Paths of sockets are short, and those of pytest's own directories are not.
    with tempfile.TemporaryDirectory(prefix="pieloop-fed-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="session")
def papers(place: Path) -> Papers:
    return issue(list(ADDRESSES), place)


@pytest.fixture(scope="session")
async def one(place: Path, papers: Papers) -> AsyncIterator[Site]:
    """A site, with its administrator signed in."""
    async with running("one.test", place, papers) as site:
        await site.sign_in(ADMINISTRATOR)
        yield site


@pytest.fixture(scope="session")
async def other(place: Path, papers: Papers) -> AsyncIterator[Site]:
    """Another one."""
    async with running("other.test", place, papers) as site:
        await site.sign_in(ADMINISTRATOR)
        yield site


@pytest.fixture(scope="session", params=["cavage", "rfc9421"])
async def peer(request: pytest.FixtureRequest, place: Path, papers: Papers) -> AsyncIterator[Fedify]:
    """A server of others, of either kind of signature."""
    if not (FOLDER / "node_modules").exists():
        pytest.skip("the peer is not installed: Node.js with npm is needed")
    kinds: dict[str, Signature] = {"cavage": "draft-cavage-http-signatures-12", "rfc9421": "rfc9421"}
    async with fedify(f"{request.param}.test", place, papers, kinds[request.param]) as running_peer:
        yield running_peer
