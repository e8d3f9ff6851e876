"""Every word of a page can be translated: none stands in a template outside of a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from service.http.web.frame import rendering

TEMPLATES = Path(rendering.__file__).parents[1] / "templates"
READ_ALOUD = ("alt", "aria-label", "placeholder", "title", "label")
WORD = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTE = re.compile(rf"""\s(?:{"|".join(READ_ALOUD)})=("[^"]*"|'[^']*')""")
ANY_ATTRIBUTE = re.compile(r"""\s[\w-]+=("[^"]*"|'[^']*')""")
TAG = re.compile(r"<[^>]*>")
UNSEEN = re.compile(r"<(script|style|code)\b.*?</\1>|<!--.*?-->|&\w+;", re.DOTALL)
SAME_EVERYWHERE = {"AI", "ALT", "NSFL", "NSFW", "OP", "Pieloop", "RSS", "UTC"}
IN_ENGLISH = {"openapi.html"}  # for developers, as the API is


def words_outside(source: str) -> Iterator[str]:
    """Give the words of a template that no catalogue has."""
    translated = False
    text = ""
    for _line, kind, value in Environment().lex(source):
        if kind == "name" and value in ("trans", "endtrans"):
            translated = value == "trans"
        text += value if kind == "data" and not translated else " "
    shown = UNSEEN.sub(" ", text)
    yield from (word for part in ATTRIBUTE.findall(shown) for word in WORD.findall(part))
    yield from WORD.findall(TAG.sub(" ", ANY_ATTRIBUTE.sub(" ", shown)))


def test_words_are_found_where_they_are() -> None:
    source = """<p title="A day">{% trans %}Not this{% endtrans %} but <b class="x">these</b>{{ _("nor this") }}</p>"""
    assert list(words_outside(source)) == ["day", "but", "these"]


def test_no_word_stands_outside_of_a_sentence() -> None:
    outside = {
        path.name: words
        for path in TEMPLATES.rglob("*.html")
        if path.name not in IN_ENGLISH
        and (words := set(words_outside(path.read_text("utf-8"))) - SAME_EVERYWHERE)
    }
    assert not outside
