"""Catalogues for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from service.language import catalogues

Plural = tuple[tuple[str, str], tuple[str, ...]]


@contextmanager
def catalogues_in(folder: Path) -> Iterator[None]:
    """Have the catalogues of this folder and no others; they are read when they are first asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogues, "FOLDER", folder)
        catalogues.languages.cache_clear()
        yield
    catalogues.languages.cache_clear()


def write(folder: Path, code: str, messages: Mapping[str, str], *plurals: Plural) -> None:
    """Write a catalogue as a translator's program does."""
    catalogue = Catalog(locale=code)
    for words, translation in messages.items():
        catalogue.add(words, translation)
    for both, translations in plurals:
        catalogue.add(both, translations)
    with (folder / f"{code}.po").open("wb") as file:
        write_po(file, catalogue)
