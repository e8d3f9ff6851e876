"""Every page template is valid Jinja; the linter of `make templates` looks at the HTML only."""

from pathlib import Path

import pytest
from jinja2 import Environment

from tests.architecture.files import ROOT

TEMPLATES = sorted((ROOT / "service/http/web/templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_template_can_be_parsed(path: Path) -> None:
    Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
