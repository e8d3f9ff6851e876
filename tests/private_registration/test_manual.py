"""What docs/admin-api.md shows can be run as it stands there, and names every operation, setting and word."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config, PrivateRegistrationConfig
from tests.private_registration.caller import SECRET, Caller
from tests.serving import listening, program, settings_of

pytestmark = pytest.mark.private_registration

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs/admin-api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(\w+)\n(.*?)```", MANUAL, re.DOTALL)


# What a shell makes of a line that begins with the name of our program: one argument a line.
OURS = "pieloop() { printf '%s\\n' \"$@\" ''; }\n"


async def test_every_example_works(config: Config, tmp_path: Path) -> None:
    assert [kind for kind, _ in EXAMPLES] == ["sh", "sh", "sh", "python", "sh"]
    if not shutil.which("curl"):
        pytest.skip("curl is not here")
    app = build_app(
        msgspec.structs.replace(
            config, private_registration=PrivateRegistrationConfig(enabled=True, secret=SECRET)
        )
    )
    async with listening(app) as port:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environ = plain | settings_of(config)
        environ |= {"SITE": f"http://127.0.0.1:{port}", "SECRET": SECRET, "PATH": programs}

        def run(*words: str) -> str:
            done = subprocess.run(
                words, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=400
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        def show(kind: str, code: str) -> str:
            if kind == "python":
                return run(sys.executable, "-c", code)
            if not code.startswith("pieloop"):
                return run("bash", "-ec", code)
            lines = run("bash", "-ec", OURS + code).split("\n\n")[:-1]
            return "".join(ours(*line.split("\n")) for line in lines)

        def ours(*words: str) -> str:
            with program("-m", "service", *words, environ=settings_of(config), cwd=tmp_path) as command:
                assert command.ended() == 0, command.said()
                return command.said()

        assert shutil.which("pieloop", path=programs)
        said = [await asyncio.to_thread(show, kind, code) for kind, code in EXAMPLES]
    assert '"username":"carol"' in said[0]
    assert '"total":1' in said[1]
    assert said[2].splitlines()[1].endswith(",carol,carol@mail.example")
    assert said[3].endswith("1 of 1 accounts disabled.\n")
    assert '"command line"' in said[4]


async def test_it_names_every_operation(caller: Caller) -> None:
    contract = await caller.call("GET", "/openapi.json")
    for path in contract["paths"]:
        last = path.removeprefix("/api/alpha/admin").replace("{user_id}", "{id}")
        assert f"`{last}`" in MANUAL or f"`/{last.rpartition('/')[2]}`" in MANUAL, path


def test_it_names_every_limit() -> None:
    for name in PrivateRegistrationConfig.__struct_fields__:
        if name.endswith(("_limit", "_days")):
            assert f"`{name}`" in MANUAL, name
