"""`pieloop admin …` does the same as the API, from the shell."""

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import pieloop
from service.config import Config
from service.http.application import Application
from tests.private_registration.caller import Caller
from tests.serving import settings_of

pytestmark = pytest.mark.private_registration


async def admin(config: Config, *words: str) -> tuple[int, str, str]:
    """Run the command, in a loop of its own; return its exit code and what it wrote."""
    theirs = dict.fromkeys((name for name in os.environ if name.startswith("PIELOOP_")), None)
    environ = theirs | settings_of(config)
    done = await asyncio.to_thread(CliRunner(env=environ).invoke, pieloop, ["admin", *words])
    return done.exit_code, done.stdout, done.stderr


async def as_a_process(config: Config, *words: str) -> tuple[int, str, str]:
    """Run the command as the shell does, which takes seconds."""

    def run() -> subprocess.CompletedProcess[str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
        return subprocess.run(
            [sys.executable, "-m", "service", "admin", *words],
            env=ours | settings_of(config),
            cwd=config.data_dir,
            capture_output=True,
            text=True,
        )

    done = await asyncio.to_thread(run)
    return done.returncode, done.stdout, done.stderr


async def told(config: Config, *words: str) -> Any:
    code, out, err = await admin(config, *words)
    assert code == 0, err
    return json.loads(out)


async def test_an_account_from_its_making_to_its_end(
    config: Config, app: Application, caller: Caller
) -> None:
    made = await told(config, "register", "dana", "dana@mail.example", "--title", "Dana D")
    assert (made["name"], made["letter"]) == ("dana", None)
    assert len(made["generated_password"]) >= 20
    assert (await told(config, "validate", "Dana", "x@mail.example"))["name_is_free"] is False
    assert [row["name"] for row in (await told(config, "users", "--search", "dan"))["accounts"]] == ["dana"]
    changed = await told(config, "update", "dana", "--email", "d@mail.example", "--unverified")
    assert (changed["email"], changed["verified"]) == ("d@mail.example", False)
    [banned] = await told(config, "ban", "d@mail.example", "--reason", "spam", "--days", "3")
    assert banned["success"]
    code, out, _ = await admin(config, "ban", "dana")
    assert (code, json.loads(out)[0]["error"]) == (1, "already_banned")
    assert (await told(config, "lookup", str(made["account_id"])))["banned"] is True
    assert (await told(config, "statistics"))["accounts"]["banned"] == 1
    await told(config, "delete", "dana")
    entries = await caller.audit(performed_by="command%20line")
    assert [entry["operation"] for entry in entries] == [
        "user_delete",
        "user_ban",
        "user_ban",
        "user_update",
        "private_register",
    ]
    assert made["generated_password"] not in json.dumps(entries)


async def test_a_refusal_is_one_sentence(config: Config, app: Application) -> None:
    code, out, err = await as_a_process(config, "register", "no one", "nowhere")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "name: Use only the letters a to z, digits and underscores, with dots or hyphens in between.",
        "email: Enter a valid email address.",
    ]
