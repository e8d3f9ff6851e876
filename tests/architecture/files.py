"""Reads the files that the tests of this folder compare with each other."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

# ${NAME}, ${NAME:-default} and ${NAME:?what is missing}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def read(path: str) -> str:
    """The text of a file, `path` being relative to the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def read_toml(path: str) -> dict[str, Any]:
    """A TOML file's values."""
    return tomllib.loads(read(path))


def read_yaml(path: str) -> dict[Any, Any]:
    """A YAML file's values."""
    values: dict[Any, Any] = yaml.safe_load(read(path))
    return values


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """Put variables into a composition as Docker does.

    Raises:
        LookupError: a variable that must be given is not.
    """

    def value(found: re.Match[str]) -> str:
        given = environ.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise LookupError(found["name"])
        return given or (found["rest"] or "" if found["kind"] == "-" else "")

    return VARIABLE.sub(value, text)


def make_targets() -> set[str]:
    """What can be made by name."""
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
