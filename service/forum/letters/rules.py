"""The words of letters: what administrators may write, and how the places in them are filled. Pure."""

import re
from collections.abc import Mapping

import msgspec

from service.forum.checks import refuse, storable, too_long
from service.forum.letters.kinds import FORMS, LetterKind
from service.language import _
from service.language.sentences import said
from service.text.letter import SUBJECT_LENGTH

BODY_LENGTH = 10_000
# PieFed has room for so much where it keeps the text to those whose application was approved.
BODY_LENGTHS: dict[LetterKind, int] = {"approved": 1000}

_PLACE = re.compile(r"\{(\w+)\}")


class Words(msgspec.Struct, frozen=True):
    """What a letter says: paragraphs are parted by empty lines."""

    subject: str
    body: str


def usual_words(kind: LetterKind) -> Words:
    """Return what a letter says where administrators have not changed it, in the language that is spoken now."""
    form = FORMS[kind]
    return Words(said(form.subject), "\n\n".join(said(paragraph) for paragraph in form.paragraphs))


def check_words(kind: LetterKind, words: Words) -> None:
    """Raise Invalid with all that is wrong with the words of a letter."""
    refuse(
        {
            "subject": too_long(words.subject, SUBJECT_LENGTH) or _problem_with_places(kind, words.subject),
            "body": too_long(words.body, body_length(kind)) or _problem_with_places(kind, words.body),
        }
    )


def body_length(kind: LetterKind) -> int:
    """Return how many characters a letter may have."""
    return BODY_LENGTHS.get(kind, BODY_LENGTH)


def filled(text: str, facts: Mapping[str, str]) -> str:
    """Return a text with what belongs into its places; what is put there has none, whatever it looks like."""
    return _PLACE.sub(lambda place: facts.get(place[1], place[0]), text)


def paragraphs_of(body: str, facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paragraphs of a letter, filled; one whose place has nothing to put there is left out."""
    written = (part.strip() for part in re.split(r"\n\s*\n", body))
    return tuple(filled(part, facts) for part in written if part and not _speaks_of_nothing(part, facts))


def _speaks_of_nothing(paragraph: str, facts: Mapping[str, str]) -> bool:
    return any(facts.get(name) == "" for name in _PLACE.findall(paragraph))


def _problem_with_places(kind: LetterKind, text: str) -> str | None:
    if not storable(text):
        return _("This contains a character that can't be saved.")
    unknown = next((name for name in _PLACE.findall(text) if name not in FORMS[kind].places), None)
    return None if unknown is None else _("{%(name)s} can't be used in this email.", name=unknown)
