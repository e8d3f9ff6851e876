"""Sentences for people: English everywhere, and on a page in the language of who reads it.

Who writes a sentence knows no language: `_("Enter a title.")` is a string as every other. Jinja asks a string that
has one for its `__html__`, and there the sentence translates itself, so labels of choices, problems with fields and
refusals need nothing further on their way to a page. An f-string around a sentence makes plain English of it: what
varies is given by name.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from typing import Any, Self

import msgspec
from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import escape


class Language(msgspec.Struct, frozen=True):
    """A language that pages can be read in.

    Attributes:
        code: As in `lang` of HTML: `de`, `pt-BR`.
        locale: How it writes numbers and days, what it calls itself, and in which direction it is read.
        catalogue: What it says for our English.
    """

    code: str
    locale: Locale
    catalogue: NullTranslations

    @property
    def name(self) -> str:
        """What it calls itself."""
        return Locale.parse(self.code, sep="-").get_display_name() or self.code

    @property
    def direction(self) -> str:
        """In which direction it is read: `ltr` or `rtl`."""
        return self.locale.text_direction


SENTENCES = 8192  # without values, that are kept as HTML

ENGLISH = Language("en", Locale("en", "GB"), NullTranslations())
_spoken: ContextVar[Language] = ContextVar("language", default=ENGLISH)


class Sentence(str):
    """English words that are translated where they become HTML, or by `said`.

    Attributes:
        one: What catalogues know it by, with `%(name)s` where a value belongs.
        many: The same of more than one; '' where nothing is counted.
        values: By name; `number` is what is counted. A value may be a sentence itself; whole numbers get the marks
            between thousands, so ids are given as text; of a tuple's texts one is meant: a, b or c.
        context: Which of the meanings of the same English is meant; '' where there is one.
    """

    __slots__ = ("context", "many", "one", "values")
    one: str
    many: str
    values: Mapping[str, Any]
    context: str

    def __new__(cls, one: str, many: str, values: Mapping[str, Any], context: str = "") -> Self:
        """Make a sentence; its text as a string is English."""
        english = one if not many or values["number"] == 1 else many
        sentence = super().__new__(
            cls, english % {name: _in_english(value) for name, value in values.items()}
        )
        sentence.one, sentence.many, sentence.values, sentence.context = one, many, values, context
        return sentence

    def __html__(self) -> str:
        """Return it in the language of the page, escaped."""
        return str(escape(said(self))) if self.values else _escaped(self.one, self.context, _spoken.get())

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be copied and sent to another process."""
        return Sentence, (self.one, self.many, dict(self.values), self.context)


def _in_english(value: Any) -> Any:
    if isinstance(value, tuple):
        return format_list(value, "or", ENGLISH.locale)
    return f"{value:,}" if isinstance(value, int) else value


def _shown(value: Any) -> Any:
    if isinstance(value, int):
        return format_decimal(value, locale=_spoken.get().locale)
    if isinstance(value, tuple):
        return format_list([said(one) for one in value], "or", _spoken.get().locale)
    return said(value) if isinstance(value, str) else value


def _(words: str, /, **values: Any) -> Sentence:
    """Return a sentence.

    Parameters:
        words: English, with `%(name)s` where a value belongs and `%%` for a percent sign.
        values: by name.
    """
    return Sentence(words, "", values)


def p_(context: str, words: str, /) -> Sentence:
    """Return words that mean several things in English, which other languages tell apart.

    Parameters:
        context: for translators, which of them is meant: `button`, `of a poll`.
        words: English.
    """
    return Sentence(words, "", {}, context)


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
    catalogue = _spoken.get().catalogue
    if words.many:
        pattern = catalogue.ngettext(words.one, words.many, words.values["number"])
    else:
        pattern = _translated(catalogue, words.context, words.one)
    return pattern % {name: _shown(value) for name, value in words.values.items()}


@lru_cache(SENTENCES)
def _escaped(words: str, context: str, language: Language) -> str:
    return str(escape(_translated(language.catalogue, context, words) % {}))


def _translated(catalogue: NullTranslations, context: str, words: str) -> str:
    return catalogue.pgettext(context, words) if context else catalogue.gettext(words)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let what is said inside be said in a language."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    """Return the language that is spoken now."""
    return _spoken.get()


def translated_number(one: str, many: str, number: int) -> str:
    """Return what the catalogue that is spoken has for a message about a number of things."""
    return _spoken.get().catalogue.ngettext(one, many, number)


def plain(value: Any) -> Any:
    """Return a sentence as plain English text: what msgspec asks about kinds that it does not know.

    Raises:
        NotImplementedError: it is no sentence.
    """
    if isinstance(value, Sentence):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be encoded")
