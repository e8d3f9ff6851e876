"""What the documents for newcomers name, exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each with the folders in which its names may begin.
DOCUMENTS = {
    "docs/architecture.md": ("", "service", "service/forum", "service/http", "service/http/web/templates"),
    "docs/federation.md": ("", "service", "service/federation", "service/http/activitypub"),
    "CONTRIBUTING.md": ("", "service", "service/forum", "service/http/web/templates"),
}
# A name of a file or folder in code style, and the target of a link.
CODED = re.compile(r"`((?:[a-z_.-]+/)+[\w.-]*|[\w-]+\.(?:py|toml|md|html|lock))`")
LINKED = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)")
# Names of a file that each noun has.
IN_EACH_NOUN = {"shapes.py", "choices.py", "roles.py", "checks.py", "rows.py"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    coded = {name for name in CODED.findall(text) if name not in IN_EACH_NOUN}
    linked = {name for name in LINKED.findall(text) if "://" not in name}
    assert coded
    assert linked
    missing = sorted(name for name in coded if not _is_there(name, DOCUMENTS[document]))
    missing += sorted(name for name in linked if not ((ROOT / document).parent / name).exists())
    assert not missing


def _is_there(name: str, folders: tuple[str, ...]) -> bool:
    places = [ROOT / folder / name for folder in folders]
    return any(place.exists() or place.with_name(f"{place.name}.py").exists() for place in places)


def test_every_question_of_newcomers_is_answered_with_a_place() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+\?) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) >= 5
    for question, answer in rows:
        assert CODED.search(answer), question
