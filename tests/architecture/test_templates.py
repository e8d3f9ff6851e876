"""Every page template is valid Jinja, small and used; the linter of `make templates` looks at the HTML only."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.architecture.files import ROOT

FOLDER = ROOT / "service/http/web/templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
LINES = 160


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_template_can_be_parsed(path: Path) -> None:
    Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_template_is_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES


def test_every_template_that_is_named_is_there_and_every_other_is_named() -> None:
    named: set[str] = set()
    for path in (*TEMPLATES, *(ROOT / "service/http").rglob("*.py")):
        named |= set(re.findall(r"""["']([\w/]+\.html)["']""", path.read_text(encoding="utf-8")))
    assert named == {str(path.relative_to(FOLDER)) for path in TEMPLATES}
