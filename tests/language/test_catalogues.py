"""Every sentence of the code is in every catalogue, translated, and nothing else is."""

import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

from service.forum.choices import Choice
from service.language.catalogues import FOLDER, read_catalogue
from service.language.sentences import Sentence

ROOT = Path(__file__).parents[2]
OF_A_CONTEXT = ((1, "c"), 2)
KEYWORDS: Any = {
    "_": None,
    "n_": (1, 2),
    "p_": OF_A_CONTEXT,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": OF_A_CONTEXT,
}
CODES = {"ar", "de", "es", "fr", "ja", "nl", "pl", "pt"}

Words = str | tuple[str, ...]


@pytest.fixture(scope="module")
def said() -> set[Words]:
    """All that the code says to people."""
    return set(_extracted())


def _extracted() -> Iterator[Words]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in settings]
    options = {one["pattern"]: {name: str(value) for name, value in one.items()} for one in settings}
    for _path, _line, words, _comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS):
        yield _key(words, context)


def test_there_is_a_catalogue_for_each_language_that_is_promised() -> None:
    assert {path.stem for path in FOLDER.glob("*.po")} == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_catalogue_has_every_sentence_and_no_other(code: str, said: set[Words]) -> None:
    messages = {_words(one): one for one in read_catalogue(FOLDER / f"{code}.po") if one.id}
    assert not said - messages.keys(), "`make translations`, then fill them in"
    assert not messages.keys() - said, "`make translations` takes them out"
    assert not [
        words for words, one in messages.items() if not one.string or not all(one.string) or one.fuzzy
    ]


def test_what_a_menu_offers_is_translated() -> None:
    offered = [one for menu in _menus() for one in menu]
    assert offered
    assert not [one for one in offered if not isinstance(one.label, Sentence)]


def _menus() -> Iterator[tuple[Choice, ...]]:
    for path in (ROOT / "service" / "forum").glob("*/choices.py"):
        module = import_module(f"service.forum.{path.parent.name}.choices")
        yield from (menu for name, menu in vars(module).items() if name.endswith("_MENU"))


def _words(message: Message) -> Words:
    return _key(message.id, message.context)


def _key(words: str | Sequence[str], context: str | None) -> Words:
    """Return what a message is known by: its English, and which of its meanings where it has several."""
    several = (words,) if isinstance(words, str) else tuple(words)
    return (f"{context}:", *several) if context else several if len(several) > 1 else several[0]
