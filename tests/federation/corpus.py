"""The corpus of real documents beside the checkout; what needs it is skipped, aloud, where it is absent."""

import json
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[3] / "shared" / "federation" / "corpus"

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of documents is not beside the checkout"
)


def document(path: str) -> Any:
    """Return one document."""
    return json.loads((CORPUS / path).read_text(encoding="utf-8"))


def recorded() -> list[str]:
    """Return the names of the whole signed requests."""
    found = sorted(CORPUS.glob("recorded/*/[0-9]*.json")) if CORPUS.is_dir() else []
    return [str(path.relative_to(CORPUS)) for path in found]
