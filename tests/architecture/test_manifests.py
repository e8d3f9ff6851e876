"""Kubernetes' manifests and docs/scaling.md say what the program needs: settings, connections, times to end."""

import re
from typing import Any

import pytest
import yaml

from service.config import environment_name, keys
from service.storage.budget import Budget
from tests.architecture.files import ROOT, read, read_toml

FOLDER = ROOT / "deploy" / "kubernetes"
GENERATED = {"settings.env", "secrets.env.example"}
RESERVED = 3  # superuser_reserved_connections of PostgreSQL, unless it is changed


def kustomization() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    return found


def objects(*kinds: str) -> list[dict[str, Any]]:
    every = [
        found
        for name in kustomization()["resources"]
        for found in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))
    ]
    return [found for found in every if found["kind"] in kinds]


def settings(name: str) -> dict[str, str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def budget(web: int, pool: int, workers: int, worker_pool: int, most: int) -> Budget:
    return Budget(
        web_processes=web,
        web_pool=pool,
        web_overflow=0,
        worker_processes=workers,
        worker_pool=worker_pool,
        worker_overflow=0,
        max_connections=most,
        reserved=RESERVED,
    )


def test_every_file_is_applied() -> None:
    there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization()["resources"]) == there


def test_settings_are_ours_and_no_secret_is_among_them() -> None:
    known = {environment_name(key) for key in keys()}
    for name in GENERATED:
        assert settings(name).keys() <= known, name
    assert not [name for name in settings("settings.env") if re.search("SECRET|PASSWORD|URL", name)]
    assert not any(settings("secrets.env.example").values())


@pytest.mark.parametrize("found", objects("Deployment", "Job"), ids=lambda found: found["metadata"]["name"])
def test_every_pod_is_an_ordinary_user_without_a_way_to_write(found: dict[str, Any]) -> None:
    pod = found["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert str(pod["securityContext"]["runAsUser"]) in read("Dockerfile")
    # The variables of a Service called pieloop-… would be unknown settings.
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["image"] == kustomization()["images"][0]["name"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {volume["name"] for volume in pod["volumes"]} == {
        mount["name"] for mount in container["volumeMounts"]
    }
    assert container["resources"]["limits"]["memory"]


def test_connections_fit_when_all_are_there_and_none_is_there_beside_them() -> None:
    given = settings("settings.env")
    web, workers = int(given["PIELOOP_HTTP_PROCESSES"]), int(given["PIELOOP_WORKER_PROCESSES"])
    (scaler,) = objects("HorizontalPodAutoscaler")
    deployments = {found["metadata"]["name"]: found["spec"] for found in objects("Deployment")}
    assert scaler["spec"]["maxReplicas"] == web
    assert "replicas" not in deployments["pieloop-web"]
    assert deployments["pieloop-worker"]["replicas"] == workers
    assert all(spec["strategy"]["rollingUpdate"]["maxSurge"] == 0 for spec in deployments.values())
    usual = read_toml("config.toml")
    sizes = (usual["database"]["pool_size"], usual["worker"]["pool_size"])
    assert budget(web, sizes[0], workers, sizes[1], 100).fits


def test_they_get_the_time_that_they_need_to_end_and_to_begin() -> None:
    hypercorn, config = read_toml("hypercorn.toml"), read_toml("config.toml")
    pods = {found["metadata"]["name"]: found["spec"]["template"]["spec"] for found in objects("Deployment")}
    web, worker = pods["pieloop-web"], pods["pieloop-worker"]
    stop = int(web["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    ends = hypercorn["graceful_timeout"] + hypercorn["shutdown_timeout"]
    assert web["terminationGracePeriodSeconds"] > stop + ends
    assert worker["terminationGracePeriodSeconds"] > config["worker"]["completion_wait"]
    begins = web["containers"][0]["startupProbe"]
    assert begins["periodSeconds"] * begins["failureThreshold"] > config["database"]["start_timeout"]
    assert web["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert web["containers"][0]["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_what_selects_pods_finds_them() -> None:
    labels = [found["spec"]["template"]["metadata"]["labels"] for found in objects("Deployment", "Job")]
    selectors = [
        found["spec"]["selector"]["matchLabels"] for found in objects("Deployment", "PodDisruptionBudget")
    ]
    selectors += [found["spec"]["podSelector"]["matchLabels"] for found in objects("NetworkPolicy")]
    selectors += [found["spec"]["selector"] for found in objects("Service") if "selector" in found["spec"]]
    assert len(selectors) == 7
    for selector in selectors:
        assert any(selector.items() <= one.items() for one in labels), selector


def test_the_sums_of_the_documentation_are_right() -> None:
    rows = re.findall(r"^\|[\d, ]+\|(?:[\d ]+\|){6}$", read("docs/scaling.md"), re.MULTILINE)
    assert len(rows) == 3
    for row in rows:
        web, pool, workers, worker_pool, needed, most = map(int, row.split("|")[2:-1])
        counted = budget(web, pool, workers, worker_pool, most)
        assert (counted.needed, counted.fits) == (needed, True), row
