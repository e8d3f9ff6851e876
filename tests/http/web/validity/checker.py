"""Pages as the Nu HTML Checker sees them, which validator.w3.org runs: https://validator.github.io/validator.

It comes from npm by a lock with its hash, and Java runs it (docs/decisions/0124).
"""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.missing import missing

FOLDER = Path(__file__).parent
INSTALL = FOLDER.parents[3] / ".ci/node/install"
CHECKER = FOLDER / "node_modules/vnu-jar/build/dist/vnu.jar"
# It is compiled quickly rather than well: it does not run for long.
JAVA = ("java", "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", CHECKER)
HTMX = r"Attribute “hx-[a-z-]+” not allowed.*"


async def invalid(pages: Mapping[str, str]) -> list[str]:
    """Return what is wrong with pages, and where.

    Parameters:
        pages: their HTML, by what they are called in the answer.
    """
    install()
    return await asyncio.to_thread(_check, pages)


def install() -> None:
    """Install the checker, or end the test that cannot have it."""
    if not all(map(shutil.which, ("java", "node", "npm"))):
        missing(
            "Java, or Node.js with npm, is not installed (Debian, Ubuntu: apt-get install "
            "default-jre-headless nodejs npm): no page was looked at by the HTML checker",
            "HTML_CHECKER",
        )
    done = subprocess.run([INSTALL, FOLDER], capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.partition("\n")[0] or "it took too long"
        missing(f"npm could not install the HTML checker: {reason}", "HTML_CHECKER")


def _check(pages: Mapping[str, str]) -> list[str]:
    with TemporaryDirectory() as folder:
        names = {f"{number}.html": name for number, name in enumerate(pages)}
        for file, name in names.items():
            (Path(folder) / file).write_text(pages[name], "utf-8")
        options = ("--format", "json", "--filterpattern", HTMX, "--skip-non-html", folder)
        done = subprocess.run([*JAVA, *options], capture_output=True, encoding="utf-8")
        return [
            f"{names[Path(fault['url']).name]}: {_described(fault)}"
            for fault in json.loads(done.stderr)["messages"]
        ]


def _described(fault: Mapping[str, Any]) -> str:
    where = re.sub(r"\s+", " ", fault.get("extract", ""))
    return f"{fault['message']} (line {fault.get('lastLine')}: {where})"
