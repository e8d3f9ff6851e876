"""Catalogues for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def write(folder: Path, code: str, messages: Mapping[Any, str], *plurals: Plural) -> None:
    """Write a catalogue as a translator's program does.

    Parameters:
        messages: translations by their English, or by context and English.
    """
    catalogue = Catalog(locale=code)
    for words, translation in messages.items():
        context, english = words if isinstance(words, tuple) else (None, words)
        catalogue.add(english, translation, context=context)
    for both, translations in plurals:
        catalogue.add(both, translations)
    with (folder / f"{code}.po").open("wb") as file:
        write_po(file, catalogue)
