"""What templates say in the language of the page: `{% trans %}` and `_()`, as Jinja's own `newstyle`, but remembered.

A page says fifty sentences, most of them without a value, and Jinja asks for each of them through three layers.
"""

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from service.language.sentences import Language, spoken

SENTENCES = 8192  # that are kept, in all languages


def gettext(message: str, /, **values: Any) -> Markup:
    """Return a sentence of a template, with its values escaped."""
    if values:
        return Markup(spoken().catalogue.gettext(message)) % values  # noqa: S704 - of the template's author
    return _said(message, spoken())


def pgettext(context: str, message: str) -> Markup:
    """Return words that mean several things in English; `context` says which of them is meant."""
    return _said_of(context, message, spoken())


def ngettext(one: str, many: str, number: int, /, **values: Any) -> Markup:
    """Return a sentence about a number of things; `num` is the number."""
    pattern = spoken().catalogue.ngettext(one, many, number)
    return Markup(pattern) % ({"num": number} | values)  # noqa: S704 - of the template's author


@lru_cache(SENTENCES)
def _said_of(context: str, message: str, language: Language) -> Markup:
    return Markup(language.catalogue.pgettext(context, message)) % {}  # noqa: S704 - of the template's author


@lru_cache(SENTENCES)
def _said(message: str, language: Language) -> Markup:
    return Markup(language.catalogue.gettext(message)) % {}  # noqa: S704 - of the template's author
