"""compose.yaml, Dockerfile, hypercorn.toml and config.toml say the same, and leave the lifecycle the time it needs."""

import fnmatch
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import hypercorn
import pytest
import yaml

from service.config import Config, environment_name, keys, load_config
from service.storage.budget import Budget
from tests.architecture.files import ROOT, VARIABLE, interpolate, read, read_toml

MUST_BE_GIVEN = {
    "SERVER_NAME": "pie.example.org",
    "SECRET_KEY": "a text that nobody guesses",
    "POSTGRES_PASSWORD": "0123456789abcdef",
    "ADMIN_PASSWORD": "correct horse battery",
}
OURS = ["migrate", "administrator", "web", "worker"]
RESERVED = 3  # superuser_reserved_connections of PostgreSQL, unless it is changed

SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "init", "networks",
    "ports", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "volumes",
}  # fmt: skip


# ------------------------------------------------------------------ the composition


def test_composition_is_well_formed() -> None:
    file = composition()
    assert {key for key in file if not key.startswith("x-")} == {"name", "networks", "services", "volumes"}
    for name, service in file["services"].items():
        assert service.keys() <= SERVICE_KEYS, name
        assert set(service["networks"]) <= file["networks"].keys()
        named = [volume.partition(":")[0] for volume in service.get("volumes", [])]
        assert set(named) <= file["volumes"].keys(), name
        assert service.get("depends_on", {}).keys() <= file["services"].keys()


def test_docker_accepts_the_composition() -> None:
    docker = shutil.which("docker")
    if (
        not docker
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("docker with its compose plugin is not here")
    result = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=ROOT, env=MUST_BE_GIVEN, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("secret", MUST_BE_GIVEN)
def test_it_does_not_start_without(secret: str) -> None:
    with pytest.raises(LookupError, match=secret):
        composition({name: value for name, value in MUST_BE_GIVEN.items() if name != secret})


def test_no_secret_has_a_default() -> None:
    variables = VARIABLE.finditer(read("compose.yaml"))
    secrets = [found for found in variables if re.search("SECRET|PASSWORD", found["name"])]
    assert {found["name"] for found in secrets} >= {"SECRET_KEY", "POSTGRES_PASSWORD", "ADMIN_PASSWORD"}
    for found in secrets:
        # What not every site needs may stay empty.
        assert found["kind"] == "?" or found["rest"] == "", found["name"]


@pytest.mark.parametrize("name", OURS)
def test_environment_is_a_valid_configuration(name: str) -> None:
    environment = composition()["services"][name]["environment"]
    assert environment.keys() <= {environment_name(key) for key in keys()}
    config = configured(name)
    assert config.database.url
    assert config.redis.url
    assert config.site.domain == "pie.example.org"
    assert config.site.web_scheme == "https"


@pytest.mark.parametrize("replicas", ["", "1", "6"])
def test_every_replica_is_counted_in_the_pool_budget(replicas: str) -> None:
    given = {"WEB_REPLICAS": replicas, "WORKER_REPLICAS": replicas}
    services = composition(MUST_BE_GIVEN | given)["services"]
    for name in OURS:
        config = configured(name, given)
        assert config.http.processes == services["web"]["deploy"]["replicas"]
        assert config.worker.processes == services["worker"]["deploy"]["replicas"]


def test_pools_fit_the_server() -> None:
    config = configured("web")
    budget = Budget(
        web_processes=config.http.processes,
        web_pool=config.database.pool_size,
        web_overflow=config.database.max_overflow,
        worker_processes=config.worker.processes,
        worker_pool=config.worker.pool_size,
        worker_overflow=config.worker.max_overflow,
        max_connections=max_connections(),
        reserved=RESERVED,
    )
    assert budget.fits, budget.arithmetic()
    assert f"= {budget.needed} of {budget.available}." in read("compose.yaml")


def test_servers_are_recent_and_careful() -> None:
    services = composition()["services"]
    assert services["postgres"]["image"].startswith("postgres:17")
    assert int(re.findall(r"redis:(\d+)", services["redis"]["image"])[0]) >= 7
    assert "noeviction" in services["redis"]["command"]
    assert services["redis"]["command"][1:3] == ["--appendonly", "yes"]
    assert "client_connection_check_interval=10s" in services["postgres"]["command"]


def test_everything_is_healthy_before_what_needs_it() -> None:
    services = composition()["services"]
    servers = {"postgres": {"condition": "service_healthy"}, "redis": {"condition": "service_healthy"}}
    migrated = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == servers
    for name in ("administrator", "web", "worker"):
        assert services[name]["depends_on"] == servers | migrated, name
    for name in ("postgres", "redis", "web", "worker"):
        assert services[name]["healthcheck"]["interval"], name
        assert services[name]["restart"] == "unless-stopped"
    for name in ("migrate", "administrator"):
        assert services[name]["restart"] == "no", name


def test_web_and_worker_share_the_media() -> None:
    services = composition()["services"]
    data_dir = environment_of_image()["PIELOOP_DATA_DIR"]
    assert f"media:{data_dir}" in services["web"]["volumes"]
    assert f"media:{data_dir}" in services["worker"]["volumes"]
    assert [data_dir] == arguments("VOLUME")


def test_data_services_cannot_be_reached_from_outside() -> None:
    file = composition()
    assert file["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert file["services"][name]["networks"] == ["inside"]
        assert "ports" not in file["services"][name]


# ------------------------------------------------------------------ time to end in peace


def test_web_process_ends_within_its_grace() -> None:
    server = read_toml("hypercorn.toml")
    grace = seconds(composition()["services"]["web"]["stop_grace_period"])
    assert server["graceful_timeout"] + server["shutdown_timeout"] < grace
    assert server["graceful_timeout"] > configured("web").http.request_deadline
    assert server["startup_timeout"] > configured("web").database.start_timeout


def test_worker_ends_within_its_grace() -> None:
    grace = seconds(composition()["services"]["worker"]["stop_grace_period"])
    assert configured("worker").worker.completion_wait < grace


# ------------------------------------------------------------------ the web server's settings


def test_hypercorn_knows_every_setting() -> None:
    known = hypercorn.Config()
    for name in read_toml("hypercorn.toml"):
        assert hasattr(known, name), name


def test_hypercorn_runs_one_process_where_the_configuration_says() -> None:
    server = read_toml("hypercorn.toml")
    assert server["workers"] == 0
    assert server["bind"] == [read_toml("config.toml")["http"]["bind"]]


# ------------------------------------------------------------------ the image


def test_stages_start_from_one_pinned_image() -> None:
    images = {found.split(" AS ")[0] for found in arguments("FROM")}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.1[123]-slim@sha256:[0-9a-f]{64}", images.pop())


def test_no_command_goes_through_a_shell() -> None:
    for name in ("RUN", "CMD"):
        assert all(isinstance(json.loads(found), list) for found in arguments(name))


def test_image_runs_as_an_ordinary_user() -> None:
    user = arguments("USER")
    assert user == ["10001:10001"]
    created = next(json.loads(found) for found in arguments("RUN") if "useradd" in found)
    assert created[created.index("--uid") + 1] == "10001"
    last = [name for name, _ in instructions()]
    assert "RUN" not in last[last.index("USER") :]


def test_dependencies_come_from_the_lock_by_hash() -> None:
    installs = [json.loads(found) for found in arguments("RUN") if '"install", "--quiet"' in found]
    locked, ours = installs
    assert locked[-3:] == ["--require-hashes", "-r", "requirements/server.lock"]
    assert {"--no-deps", "--no-index", "--no-build-isolation"} < set(ours)


def test_what_is_copied_is_there_and_reaches_the_builder() -> None:
    ignore = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    for found in arguments("COPY"):
        if found.startswith("--from="):
            continue
        for source in found.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignore, source
    assert ignore[0] == "*"
    assert any(fnmatch.fnmatch("service/__pycache__", pattern) for pattern in ignore)


def test_no_secret_is_baked_in() -> None:
    assert not arguments("ARG")
    assert not arguments("ADD")
    assert not [name for name in environment_of_image() if re.search("SECRET|PASSWORD|TOKEN|URL", name)]


def test_it_stops_by_sigterm_and_is_asked_for_readiness() -> None:
    assert arguments("STOPSIGNAL") == ["SIGTERM"]
    assert f"http://127.0.0.1:{port()}/readyz" in arguments("HEALTHCHECK")[0]


def test_port_is_the_same_everywhere() -> None:
    web = composition()["services"]["web"]
    assert arguments("EXPOSE") == [port()]
    assert all(published.rpartition(":")[2] == port() for published in web["ports"])
    assert web["command"] == json.loads(arguments("CMD")[-1])
    assert web["command"][web["command"].index("--bind") + 1] == f"0.0.0.0:{port()}"


# ------------------------------------------------------------------ the commands


@pytest.mark.parametrize("name", OURS)
def test_command_exists(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The worker's settings are made when they are imported, and refuse to be made without a Redis.
    monkeypatch.setenv("PIELOOP_REDIS_URL", "redis://redis")
    monkeypatch.setenv("PIELOOP_SITE_SECRET_KEY", "known to the tests")
    service = composition()["services"][name]
    command = service["command"]
    assert Path(sys.executable).with_name(command[0]).exists()
    for word in (*command[1:], *service["healthcheck"].get("test", [])):
        if found := re.fullmatch(r"((?:service|workers)[\w.]*)[.:](\w+)", word):
            assert getattr(importlib.import_module(found[1]), found[2])
        elif word.endswith(".toml"):
            assert (ROOT / word).exists()


@pytest.mark.parametrize("name", ["migrate", "administrator"])
def test_one_shot_is_a_command_of_ours(name: str) -> None:
    program, *words = composition()["services"][name]["command"]
    told = subprocess.run(
        [Path(sys.executable).with_name(program), *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def composition(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """compose.yaml as Docker sees it; with everything that must be given, unless told otherwise."""
    text = interpolate(read("compose.yaml"), MUST_BE_GIVEN if environ is None else environ)
    file: dict[str, Any] = yaml.safe_load(text)
    return file


def configured(name: str, given: dict[str, str] | None = None) -> Config:
    """The configuration of one of our services."""
    environment = composition(MUST_BE_GIVEN | (given or {}))["services"][name]["environment"]
    return load_config(ROOT / "config.toml", {key: str(value) for key, value in environment.items()})


def max_connections() -> int:
    settings = composition()["services"]["postgres"]["command"]
    return next(int(one.partition("=")[2]) for one in settings if one.startswith("max_connections="))


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def port() -> str:
    return str(read_toml("config.toml")["http"]["bind"]).rpartition(":")[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    joined = read("Dockerfile").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def environment_of_image() -> dict[str, str]:
    pairs = [pair.partition("=") for found in arguments("ENV") for pair in found.split()]
    return {name: value for name, _, value in pairs}
