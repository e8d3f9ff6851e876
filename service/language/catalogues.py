"""The catalogues: one file `<language>.po` each, read when a process starts, and which of them somebody reads best."""

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.language.compiled import compiled_once
from service.language.sentences import ENGLISH, Language

FOLDER = Path(__file__).parent / "translations"
ENOUGH = 0.9  # of the sentences: a page that is half in one language and half in another helps nobody


@cache
def languages() -> dict[str, Language]:
    """Return all languages of pages by their codes, English first; of the others those that are nearly whole.

    Raises:
        ValueError: a catalogue has a fault, which is named.
    """
    read = {path.stem: compiled_once(path, _compile) for path in sorted(FOLDER.glob("*.po"))}
    whole = [_language(code, GNUTranslations(BytesIO(one))) for code, one in read.items() if one]
    return {one.code: one for one in (ENGLISH, *whole)}


def language_of(code: str | None) -> Language | None:
    """Return the language of a code as people and databases write them, `de_AT` too; None where there is none."""
    if not code:
        return None
    known = languages()
    tag = code.replace("_", "-")
    return known.get(tag) or next((one for one in known.values() if _family(one.code) == _family(tag)), None)


def _family(code: str) -> str:
    return code.partition("-")[0].lower()


def _language(code: str, catalogue: GNUTranslations) -> Language:
    return Language(code.replace("_", "-"), Locale.parse(code, sep="_"), catalogue)


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue as translators write it: nobody has to compile it first.

    Raises:
        ValueError: a translation has other places for values than the English.
    """
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    for message, faults in catalogue.check():
        raise ValueError(f"{path.name}, {message.id!r}: {faults[0]}")
    return catalogue


def share_translated(catalogue: Catalog) -> float:
    """Return how much of a catalogue is translated, between 0 and 1."""
    messages = [message for message in catalogue if message.id]
    return sum(_is_translated(message) for message in messages) / max(len(messages), 1)


def _is_translated(message: Message) -> bool:
    return bool(message.string and all(message.string))


def _compile(path: Path) -> bytes:
    """Return a catalogue as gettext reads it; nothing of one that is not nearly whole."""
    catalogue, compiled = read_catalogue(path), BytesIO()
    if share_translated(catalogue) >= ENOUGH:
        write_mo(compiled, catalogue)
    return compiled.getvalue()
