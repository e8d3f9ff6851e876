"""What tests need from outside Python: programs and profiles of Debian packages, which `.ci/run` installs.

Without them such a test is skipped, in words; with IMAGE_TOOLS=required, which CI sets, it fails.
"""

import os
import shutil
from pathlib import Path

import pytest

PROFILES = Path("/usr/share/color/icc")


def program(name: str, package: str) -> str:
    """Return the path of a program."""
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not installed (Debian, Ubuntu: apt-get install {package})")
    return str(found)


def profile(name: str, package: str) -> Path:
    """Return the path of a profile below the system's folder of them."""
    file = PROFILES / name
    if not file.exists():
        _missing(f"{file} is not there (Debian, Ubuntu: apt-get install {package})")
    return file


def _missing(what: str) -> None:
    if os.environ.get("IMAGE_TOOLS") == "required":
        pytest.fail(what)
    pytest.skip(what)
