"""The systemd units: the commands and times of compose.yaml, and what systemd itself says of them."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.config import environment_name, keys

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
NAMES = {
    "web": "pieloop-web@.service",
    "worker": "pieloop-worker@.service",
    "migrate": "pieloop-migrate.service",
}


def unit(service: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS / NAMES[service], encoding="utf-8")
    return parser


def composed(service: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"][
        service
    ]
    return found


@pytest.mark.parametrize("service", NAMES)
def test_the_command_is_the_one_of_compose(service: str) -> None:
    program, *words = unit(service)["Service"]["ExecStart"].split()
    expected = [word.replace("0.0.0.0:8000", "127.0.0.1:%i") for word in composed(service)["command"]]
    assert [Path(program).name, *words] == expected


@pytest.mark.parametrize("service", ["web", "worker"])
def test_there_is_the_same_time_to_end_in_peace(service: str) -> None:
    section = unit(service)["Service"]
    assert section["TimeoutStopSec"] + "s" == composed(service)["stop_grace_period"]
    assert section["KillMode"] == "mixed"
    server = tomllib.loads((ROOT / "hypercorn.toml").read_text(encoding="utf-8"))
    assert server["graceful_timeout"] + server["shutdown_timeout"] < int(section["TimeoutStopSec"])


@pytest.mark.parametrize("service", ["web", "worker"])
def test_a_process_comes_back_always_and_after_the_migration(service: str) -> None:
    found = unit(service)
    assert found["Service"]["Restart"] == "always"
    assert found["Unit"]["StartLimitIntervalSec"] == "0"
    for when in ("Wants", "After"):
        assert "pieloop-migrate.service" in found["Unit"][when].split()


def test_the_migration_runs_once_and_has_all_the_time_it_needs() -> None:
    section = unit("migrate")["Service"]
    assert (section["Type"], section["TimeoutStartSec"]) == ("oneshot", "infinity")


@pytest.mark.parametrize("service", NAMES)
def test_settings_are_settings(service: str) -> None:
    text = (UNITS / NAMES[service]).read_text(encoding="utf-8")
    assert set(re.findall(r"PIELOOP_\w+", text)) <= {environment_name(key) for key in keys()}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_them(tmp_path: Path) -> None:
    for name in NAMES.values():
        text = (UNITS / name).read_text(encoding="utf-8")
        # The programs and the user are the machine's that they will run on.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / name).write_text(
            re.sub(r"^(User|Group|EnvironmentFile)=.*\n", "", text, flags=re.MULTILINE)
        )
    told = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *(tmp_path / name.replace("@", "@1") for name in NAMES.values()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    ours = [line for line in told.stderr.splitlines() if "pieloop" in line]
    assert not ours, told.stderr
