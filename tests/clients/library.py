"""App libraries that others wrote: Node runs them, and a call is a line of JSON each way."""

import asyncio
import json
import shutil
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.lifecycle.drills import ROOT
from tests.missing import missing

LIBRARIES = "APP_LIBRARIES"
FOLDER = ROOT / "tests/clients/node"
LONGEST_LINE = 2**24


class Refused(AssertionError):
    """What a library raised; holds the name of its class."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message


class Library:
    """A library at work in a process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def call(self, name: str, token: str, argument: dict[str, Any]) -> Any:
        """Call a function of the library; return what it makes of the site's answer.

        Raises:
            Refused: the library raised something, because the site refused, or because of what the site answered.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        call = {"token": token, "call": name} | ({"with": argument} if argument else {})
        self._process.stdin.write(json.dumps(call).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the library's process has ended"
        said = json.loads(line)
        if "refusal" in said:
            raise Refused(**said["refusal"])
        return said["answer"]


class App:
    """Somebody's app that is made with a library; without a token it is a stranger's."""

    def __init__(self, library: Library, token: str = "") -> None:
        self.library, self.token = library, token

    async def call(self, function: str, **argument: Any) -> Any:
        """Call a function of the library with one object, or with nothing."""
        return await self.library.call(function, self.token, argument)

    def signed_in(self, token: str) -> "App":
        """Return the app of somebody."""
        return App(self.library, token)


def the_file(file: Path) -> dict[str, str]:
    """Return what stands for a file in an argument."""
    return {"$file": str(file)}


@asynccontextmanager
async def running(name: str, address: str) -> AsyncIterator[Library]:
    """Run a library against the site at an address."""
    process = await asyncio.create_subprocess_exec(
        "node", FOLDER / "bridge.js", name, address, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE
    )
    try:
        yield Library(process)
    finally:
        process.kill()
        await process.wait()


def install() -> None:
    """Install the libraries, or end the test that cannot have them."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("Node.js with npm is not installed (Debian, Ubuntu: apt-get install nodejs npm)", LIBRARIES)
    done = subprocess.run([ROOT / ".ci/node/install", FOLDER], capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.partition("\n")[0] or "it took too long"
        missing(f"npm could not install the libraries of apps: {reason}", LIBRARIES)
