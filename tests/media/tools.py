"""What tests need from outside Python: programs and profiles of Debian packages, which `.ci/run` installs.

Without them such a test is skipped, in words; with IMAGE_TOOLS=required, which CI sets, it fails.
"""

import shutil
from pathlib import Path

from tests.missing import missing

TOOLS = "IMAGE_TOOLS"
PROFILES = Path("/usr/share/color/icc")


def program(name: str, package: str) -> str:
    """Return the path of a program."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed (Debian, Ubuntu: apt-get install {package})", TOOLS)
    return found


def profile(name: str, package: str) -> Path:
    """Return the path of a profile below the system's folder of them."""
    file = PROFILES / name
    if not file.exists():
        missing(f"{file} is not there (Debian, Ubuntu: apt-get install {package})", TOOLS)
    return file
