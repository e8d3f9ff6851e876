"""Compiled templates are kept, and used again only where compiling anew would make the same."""

import sys
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import DictLoader, Environment

from service.http.web.frame import helpers, rendering
from service.http.web.frame.compiled import CompiledTemplates


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "compiler.py").write_text("one = 1", encoding="utf-8")
    return tmp_path


def compiled(place: Path, source: str = "Hello") -> tuple[str, int]:
    """Return what a new environment makes of a template, and how many it had to compile for that."""
    compilations = 0

    class Counting(Environment):
        def _compile(self, source: str, filename: str) -> CodeType:
            nonlocal compilations
            compilations += 1
            return super()._compile(source, filename)

    cache = CompiledTemplates(place / "compiler.py")
    environment = Counting(loader=DictLoader({"one.html": source}), bytecode_cache=cache, autoescape=True)
    return environment.get_template("one.html").render(), compilations


def test_they_are_compiled_once_for_all_processes(place: Path) -> None:
    assert [compiled(place), compiled(place)] == [("Hello", 1), ("Hello", 0)]
    assert [compiled(place, "Bye"), compiled(place, "Bye")] == [("Bye", 1), ("Bye", 0)]


def test_anew_when_what_compiles_them_has_changed(place: Path) -> None:
    compiled(place)
    (place / "compiler.py").write_text("one = 2", encoding="utf-8")
    assert compiled(place) == ("Hello", 1)


def test_what_was_kept_may_be_broken_or_impossible_to_keep(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled(place)
    (kept,) = (place / "kept").rglob("*.cache")
    kept.write_bytes(kept.read_bytes()[:-5])
    assert [compiled(place), compiled(place)] == [("Hello", 1), ("Hello", 0)]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [compiled(place, "Bye"), compiled(place, "Bye")] == [("Bye", 1)] * 2
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(place / "compiler.py"))
    assert [compiled(place), compiled(place)] == [("Hello", 1)] * 2


def test_no_code_of_ours_has_a_part_in_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter of a constant would be worked out by the compiler, and kept though the filter changes."""
    called: list[str] = []

    def filter_called(name: str) -> object:
        return lambda *values, **named: called.append(name)

    monkeypatch.setattr(rendering, "FILTERS", {name: filter_called(name) for name in helpers.FILTERS})
    environment = rendering._environment.__wrapped__()
    environment.bytecode_cache = None
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    assert called == []
    environment.from_string("{{ 3|number }}")
    assert called == ["number"]
