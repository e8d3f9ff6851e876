"""The locks are complete, hashed, of one mind, up to date with pyproject.toml, and name no registry."""

import json
import re
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.files import ROOT, read, read_toml

LOCKS = ["server", "up", "laboratory", "dev", "fuzz"]
NPM = [".ci/node", "tests/clients/node"]

# Whatever installs something.
INSTALLERS = [
    "pyproject.toml",
    "Makefile",
    "Dockerfile",
    "compose.yaml",
    "requirements/install",
    ".ci/run",
    ".ci/node/install",
    ".ci/node/run",
    *(f"{folder}/{name}" for folder in NPM for name in (".npmrc", "package.json")),
    *(f".github/workflows/{path.name}" for path in sorted((ROOT / ".github/workflows").iterdir())),
    *(f"requirements/{lock}.lock" for lock in LOCKS),
]

REGISTRY = re.compile(
    r"--(extra-)?index(-url)?[ =]|--find-links|--trusted-host|(?<!no-emit-)index-url"
    r"|pypi\.org|pythonhosted|npmjs|^\s*registry\s*=",
    re.MULTILINE,
)


class Locked(NamedTuple):
    """One entry of a lock."""

    requirement: Requirement
    hashes: list[str]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_exact_and_hashed(lock: str) -> None:
    for entry in entries(lock):
        assert re.fullmatch(r"==[^*,]+", str(entry.requirement.specifier)), entry.requirement
        assert entry.hashes, entry.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in entry.hashes)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_nothing_but_entries(lock: str) -> None:
    text = read(f"requirements/{lock}.lock")
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]


@pytest.mark.parametrize("path", INSTALLERS)
def test_no_file_names_a_package_registry(path: str) -> None:
    assert not REGISTRY.search(read(path))


@pytest.mark.parametrize("folder", NPM)
def test_npm_lock_is_exact_and_hashed_and_names_no_registry(folder: str) -> None:
    wanted = json.loads(read(f"{folder}/package.json"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+(-\w+)?", version) for version in wanted.values())
    text = read(f"{folder}/package-lock.json")
    assert json.loads(text)["packages"][""]["dependencies"] == wanted
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('    "node_modules/')


def test_smaller_locks_are_parts_of_bigger_ones() -> None:
    """By name and version; on which platforms an entry is needed may differ with who needs it."""
    server, up, laboratory, dev, fuzz = (
        {f"{entry.requirement.name}{entry.requirement.specifier}" for entry in entries(lock)}
        for lock in LOCKS
    )
    assert server < up < laboratory < dev < fuzz


def test_locks_answer_what_the_project_asks_for() -> None:
    project = read_toml("pyproject.toml")
    server = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    up = [*server, *project["project"]["optional-dependencies"]["embedded"]]
    laboratory = [*up, *project["dependency-groups"]["laboratory"]]
    dev = [
        *laboratory,
        *(one for group in ("bench", "test", "check") for one in project["dependency-groups"][group]),
    ]
    fuzz = [*dev, *project["dependency-groups"]["fuzz"]]
    for lock, wanted in zip(LOCKS, (server, up, laboratory, dev, fuzz), strict=True):
        versions = {canonicalize_name(entry.requirement.name): version_of(entry) for entry in entries(lock)}
        for requirement in map(Requirement, wanted):
            version = versions.get(canonicalize_name(requirement.name))
            assert version, f"{requirement} is not in {lock}.lock: run make lock"
            assert version in requirement.specifier, (
                f"{lock}.lock has {requirement.name} {version}: run make lock"
            )


def entries(lock: str) -> list[Locked]:
    joined = read(f"requirements/{lock}.lock").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [
        Locked(Requirement(line.partition("--hash")[0].strip()), re.findall(r"--hash=(\S+)", line))
        for line in lines
    ]


def version_of(entry: Locked) -> str:
    return str(entry.requirement.specifier).removeprefix("==")
