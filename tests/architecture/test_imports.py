"""Who may import whom: the contracts of pyproject.toml ("never"), and the table of what each folder may use ("may")."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import grimp
import pytest

ROOT = Path(__file__).parents[2]

# Typed data and structured logs are no floor of the house; everybody may use them, the vocabulary of start-up, and how
# tasks end.
EVERYWHERE = {
    "msgspec",
    "structlog",
    "service.config",
    "service.errors",
    "service.language",
    "service.tasks",
    "service.version",
}


class May(NamedTuple):
    """What a folder may import beside itself: modules of ours (with what is below them) and libraries."""

    ours: set[str]
    libraries: set[str]


TABLE = {
    "service.storage": May(set(), {"sqlalchemy", "asyncpg", "alembic", "cryptography"}),
    "service.text": May(set(), {"idna", "nh3", "pygments", "pyromark"}),
    "service.media": May(set(), {"PIL", "numpy", "obstore", "pi_heif", "pylibjxl"}),
    "service.outbound": May(set(), {"aiohttp", "aiosmtplib", "yarl"}),
    "service.forum": May(
        {"service.storage", "service.text", "service.media"},
        {"sqlalchemy", "bcrypt", "werkzeug", "cryptography", "jwt"},
    ),
    "service.federation": May(
        {"service.forum", "service.outbound", "service.text", "service.storage", "service.logs"},
        {"sqlalchemy", "cryptography"},
    ),
    "service.lifecycle": May(
        {
            "service.storage",
            "service.outbound",
            "service.media.pool",
            "service.media.store",
            "service.redis_pools",
            "service.telemetry",
        },
        {"sqlalchemy", "redis", "arq", "prometheus_client"},
    ),
    "service.redis_pools": May({"service.storage.fork_guard"}, {"redis", "arq"}),
    "service.telemetry": May({"service.storage"}, {"prometheus_client", "redis"}),
    "service.logs": May(set(), set()),
    "service.config": May({"service.secret_key"}, set()),
    "service.language": May(set(), {"babel", "markupsafe"}),
    "service.http": May(
        {
            "service.forum",
            "service.federation",
            "service.text",
            "service.lifecycle",
            "service.logs",
            "service.telemetry",
            "service.storage.transaction",
            "service.storage.clock",  # the time of day touches no table
            "service.storage.late_reads",
            "service.storage.patience",  # what one request may wait for, whatever it asks
            "service.outbound.errors",  # another site may not give the picture that is asked for through us
            "service.media.captcha",  # draws the letters that a newcomer reads, without an image library
            "service.media.store",  # serves the files it keeps
            "service.media.results",  # what an upload became, on its way to the store
            "service.media.errors",  # the one table from errors to statuses names them
        },
        {"quart", "werkzeug", "jinja2", "markupsafe", "redis", "prometheus_client", "hypercorn", "h11"},
    ),
    "workers": May(
        {
            "service.lifecycle",
            "service.forum",
            "service.federation",
            "service.media",
            "service.text",
            "service.logs",
            "service.loading",  # spares the collector what is loaded
            "service.telemetry.watchdog",  # what it does when the loop stands still
            "service.outbound",  # link previews are fetched, and letters sent, here
            "service.processes.report",  # tells the supervisor that it is ready
            "service.redis_pools",  # arq's own pool is one of ours
            "service.storage.activity",  # the server's view of all processes
            "service.storage.outbox",
            "service.storage.listen",
            "service.storage.transaction",
            "service.storage.steadiness",  # whether the clock can be believed before anything is deleted by it
            "service.storage.clock",
        },
        {"arq", "redis", "sqlalchemy", "prometheus_client"},
    ),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("service", "workers", include_external_packages=True, cache_dir=None)


def test_contracts_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("folder", TABLE)
def test_folder_imports_what_it_may(folder: str, graph: grimp.ImportGraph) -> None:
    allowed = EVERYWHERE | TABLE[folder].ours | TABLE[folder].libraries | {folder}
    strangers = {
        f"{module} imports {imported}"
        for module in graph.modules
        if is_within(module, folder)
        for imported in graph.find_modules_directly_imported_by(module)
        if not is_standard(imported) and not any(is_within(imported, one) for one in allowed)
    }
    assert not strangers


def test_every_folder_with_a_floor_has_its_row(graph: grimp.ImportGraph) -> None:
    folders = {module for module in graph.find_children("service") if graph.find_children(module)}
    wiring = {"service.processes", "service.demo", "service.doctor", "service.backup"}
    assert folders - wiring <= TABLE.keys()


@pytest.mark.parametrize("root", ["service", "workers"])
def test_no_folder_escapes_the_contracts(root: str) -> None:
    folders = {path.parent for path in (ROOT / root).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    """A module that is imported for its types alone counts as well: whoever reads one has to read all."""
    assert not circles_of(graph)


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("e", "a")):
        graph.add_import(importer=importer, imported=imported)
    assert circles_of(graph) == [{"b", "c"}]


def circles_of(graph: grimp.ImportGraph) -> list[set[str]]:
    """The largest sets of our modules of which each is reached from every other."""
    ours = {module for module in graph.modules if not graph.is_module_squashed(module)}
    reached = {module: graph.find_upstream_modules(module) & ours for module in ours}
    circles = (
        {module} | {other for other in reached[module] if module in reached[other]} for module in sorted(ours)
    )
    found: list[set[str]] = []
    for circle in circles:
        if len(circle) > 1 and circle not in found:
            found.append(circle)
    return found


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
