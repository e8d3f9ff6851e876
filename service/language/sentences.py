"""Sentences for people: English everywhere, and on a page in the language of who reads it.

Who writes a sentence knows no language: `_("Enter a title.")` is a string as every other. Jinja asks a string that
has one for its `__html__`, and there the sentence translates itself, so labels of choices, problems with fields and
refusals need nothing further on their way to a page. An f-string around a sentence makes plain English of it: what
varies is given by name.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any, Self

from markupsafe import escape

ENGLISH = NullTranslations()
_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue", default=ENGLISH)


class Sentence(str):
    """English words that are translated where they become HTML, or by `said`.

    Attributes:
        one: What catalogues know it by, with `%(name)s` where a value belongs.
        many: The same of more than one; '' where nothing is counted.
        values: By name; `number` is what is counted. A value may be a sentence itself.
    """

    __slots__ = ("many", "one", "values")
    one: str
    many: str
    values: Mapping[str, Any]

    def __new__(cls, one: str, many: str, values: Mapping[str, Any]) -> Self:
        """Make a sentence; its text as a string is English."""
        english = one if not many or values["number"] == 1 else many
        sentence = super().__new__(cls, english % values)
        sentence.one, sentence.many, sentence.values = one, many, values
        return sentence

    def __html__(self) -> str:
        """Return it in the language of the page, escaped."""
        return str(escape(said(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be copied and sent to another process."""
        return Sentence, (self.one, self.many, dict(self.values))


def _(words: str, /, **values: Any) -> Sentence:
    """Return a sentence.

    Parameters:
        words: English, with `%(name)s` where a value belongs and `%%` for a percent sign.
        values: by name.
    """
    return Sentence(words, "", values)


def n_(one: str, many: str, /, number: int, **values: Any) -> Sentence:
    """Return a sentence about a number of things, which languages inflect by rules of their own.

    Parameters:
        one, many: English of one and of any other number; `%(number)s` is the number.
        number: of what is counted.
        values: what else is named, by name.
    """
    return Sentence(one, many, values | {"number": number})


def said(words: str) -> str:
    """Return a sentence in the language that is spoken now; what is no sentence is returned as it is."""
    if not isinstance(words, Sentence):
        return words
    catalogue = _catalogue.get()
    pattern = (
        catalogue.ngettext(words.one, words.many, words.values["number"])
        if words.many
        else catalogue.gettext(words.one)
    )
    return pattern % {
        name: said(value) if isinstance(value, str) else value for name, value in words.values.items()
    }


@contextmanager
def speaking(catalogue: NullTranslations) -> Iterator[None]:
    """Let what is said inside be said as the catalogue has it."""
    before = _catalogue.set(catalogue)
    try:
        yield
    finally:
        _catalogue.reset(before)


def translated(message: str) -> str:
    """Return what the catalogue that is spoken has for a message of a template."""
    return _catalogue.get().gettext(message)


def translated_number(one: str, many: str, number: int) -> str:
    """Return what the catalogue that is spoken has for a message about a number of things."""
    return _catalogue.get().ngettext(one, many, number)


def plain(value: Any) -> Any:
    """Return a sentence as plain English text: what msgspec asks about kinds that it does not know.

    Raises:
        NotImplementedError: it is no sentence.
    """
    if isinstance(value, Sentence):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be encoded")
