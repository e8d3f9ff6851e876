"""The workflows of .github/workflows keep to their permissions, triggers and pins, and run what anybody can run."""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.files import ROOT, make_targets, read, read_toml, read_yaml

CHECKS = ["ci-cd.yml", "private-registration-tests.yml", "template-check.yml"]
IMAGE = "docker-build-push.yml"
NIGHTLY = "nightly.yml"
RELEASE = "release.yml"
ALL = [*CHECKS, IMAGE, NIGHTLY, RELEASE]

FOR_CHECKS = {"contents": "read", "checks": "write", "pull-requests": "write"}
FOR_IMAGE = {"contents": "read", "packages": "write"}
FOR_RELEASE = {"contents": "write", "packages": "write"}

FOLDERS_APART = ("disabled", "allow_list", "rate_limited")

ON = True  # how YAML 1.1 reads the key `on`


def test_there_are_these_workflows_and_no_others() -> None:
    assert {path.name for path in (ROOT / ".github/workflows").iterdir()} == set(ALL)


@pytest.mark.parametrize("name", CHECKS)
def test_checks_run_on_pull_requests_with_least_permissions(name: str) -> None:
    workflow = load(name)
    assert workflow["permissions"] == FOR_CHECKS
    assert workflow[ON].keys() == {"push", "pull_request"}
    assert workflow[ON]["pull_request"] == {"types": ["opened", "synchronize", "reopened"]}


def test_image_is_dispatched_by_hand_and_may_write_packages() -> None:
    workflow = load(IMAGE)
    assert workflow["permissions"] == FOR_IMAGE
    assert workflow[ON].keys() == {"workflow_dispatch"}


def test_the_nightly_run_may_only_read_and_runs_what_is_too_long_for_a_pull_request() -> None:
    workflow = load(NIGHTLY)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow[ON].keys() == {"schedule", "workflow_dispatch"}
    targets = workflow["jobs"]["long"]["strategy"]["matrix"]["target"]
    assert {"drills", "prove", "fuzz-api", "fuzz-admin", "fuzz-images"} <= set(targets) <= make_targets()


def test_a_release_begins_with_a_tag_and_is_tested_before_it_is_published() -> None:
    workflow = load(RELEASE)
    assert workflow["permissions"] == FOR_RELEASE
    assert workflow[ON] == {"push": {"tags": ["v*.*.*"]}}
    lines = " ; ".join(scripts(RELEASE))
    order = ("make release-notes", "make check", "make test", "make image-release", "gh release create")
    places = [lines.index(one) for one in order]
    assert places == sorted(places)


def test_release_notes_are_the_changelogs_and_hold_tag_and_version_together() -> None:
    version = read_toml("pyproject.toml")["project"]["version"]
    notes = release_notes(f"v{version}")
    assert notes.returncode == 0, notes.stderr
    assert "### Added" in notes.stdout
    assert "## " not in notes.stdout.replace("### ", "")
    assert "another version" in release_notes("v99.0.0").stderr
    assert "no release" in release_notes(version).stderr


def release_notes(tag: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [ROOT / ".ci/release-notes", tag], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ALL)
def test_no_job_has_more_than_its_workflow(name: str) -> None:
    assert not [job for job in load(name)["jobs"].values() if "permissions" in job]


@pytest.mark.parametrize("name", ALL)
def test_actions_are_pinned_by_commit_and_say_their_version(name: str) -> None:
    used = re.findall(r"^\s*-? *uses: (.*)$", read(f".github/workflows/{name}"), re.MULTILINE)
    assert used
    for one in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_an_action_has_one_pin() -> None:
    pins = {step["uses"] for name in ALL for step in steps(name) if "uses" in step}
    assert len(pins) == len({pin.partition("@")[0] for pin in pins})


@pytest.mark.parametrize("name", ALL)
def test_checkout_leaves_no_credentials_behind(name: str) -> None:
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", ALL)
def test_runs_are_bounded_and_do_not_pile_up(name: str) -> None:
    workflow = load(name)
    assert workflow["concurrency"]["group"]
    assert all(0 < job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", ALL)
def test_each_calls_make_targets_that_exist(name: str) -> None:
    called = {target for script in scripts(name) for target in re.findall(r"\bmake ([\w-]+)", script)}
    assert called or name == NIGHTLY  # which takes its targets from its matrix
    assert called <= make_targets()


def test_ci_checks_and_tests() -> None:
    assert {"make check", "make test"} <= set(scripts("ci-cd.yml"))
    assert scripts("private-registration-tests.yml") == ["make test-private-registration"]
    assert scripts("template-check.yml") == ["make templates"]


def test_every_configuration_of_private_registration_is_tested() -> None:
    tested = load("private-registration-tests.yml")["jobs"]["test"]["strategy"]["matrix"]["configuration"]
    folders = {path.name for path in (ROOT / "tests/private_registration").iterdir() if path.is_dir()}
    assert set(tested) == folders - {"__pycache__"} == {"default", *FOLDERS_APART}
    assert f"APART := {' '.join(FOLDERS_APART)}" in read("Makefile")


@pytest.mark.parametrize("name", ALL)
def test_nothing_from_outside_is_pasted_into_a_script(name: str) -> None:
    assert not [script for script in scripts(name) if "${{" in script]


def test_every_supported_python_is_tested() -> None:
    tested = load("ci-cd.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    lowest = read_toml("pyproject.toml")["project"]["requires-python"].removeprefix(">=")
    assert tested == ["3.11", "3.12", "3.13"]
    assert tested[0] == lowest


def load(name: str) -> dict[Any, Any]:
    return read_yaml(f".github/workflows/{name}")


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in load(name)["jobs"].values():
        yield from job["steps"]


def scripts(name: str) -> list[str]:
    return [step["run"] for step in steps(name) if "run" in step]
