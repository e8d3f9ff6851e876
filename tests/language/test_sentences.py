"""Sentences are English as text and translated as HTML; catalogues are read as translators write them."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from jinja2 import Environment

from service.forum.choices import TextChoice, options
from service.forum.errors import Invalid
from service.language import catalogues
from service.language.sentences import ENGLISH, _, n_, p_, plain, said, speaking
from tests.language.writing import catalogues_in, write

GERMAN = {
    "Enter a title.": "Gib einen Titel ein.",
    "More than %(most)s & less": "Mehr als %(most)s & weniger",
    "In %(where)s": "In %(where)s drin",
    "Communities": "Gemeinschaften",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where catalogues are, and nothing in it yet."""
    with catalogues_in(tmp_path):
        yield tmp_path


def test_a_sentence_is_english_but_in_a_template_of_another_language(folder: Path) -> None:
    write(folder, "de", GERMAN)
    german = catalogues.languages()["de"]

    class Colour(TextChoice):
        RED = "red", _("Communities"), "Red"

    sentences: dict[str, str] = {
        "Gib einen Titel ein.": _("Enter a title."),
        "Mehr als &lt;b&gt; &amp; weniger": _("More than %(most)s & less", most="<b>"),
        "In Gemeinschaften drin": _("In %(where)s", where=_("Communities")),
        "Gemeinschaften": Colour.RED.label,
    }
    page = Environment(autoescape=True).from_string("{{ words }}|{{ words ~ '' }}")
    for expected, sentence in sentences.items():
        with speaking(german):
            assert page.render(words=sentence) == f"{expected}|{expected}"
            assert page.render(words=pickle.loads(pickle.dumps(sentence))) == f"{expected}|{expected}"
        assert page.render(words=sentence).partition("|")[0] != expected
    assert options(Colour) == [("red", "Communities")]
    assert Invalid({"title": _("Enter a title.")}).message == "Enter a title."
    many = _("More than %(most)s & less", most=12_345)
    assert many == "More than 12,345 & less"
    with speaking(german):
        assert said(many) == "Mehr als 12.345 & weniger"
    encoded = msgspec.json.encode({"error": _("In %(where)s", where="here")}, enc_hook=plain)
    assert encoded == b'{"error":"In here"}'
    with pytest.raises(NotImplementedError):
        msgspec.json.encode(object(), enc_hook=plain)


def test_one_english_word_may_be_said_in_several_ways(folder: Path) -> None:
    write(folder, "de", {("poll", "Open"): "Läuft", "Open": "Öffnen", "%(kinds)s": "%(kinds)s?"})
    with speaking(catalogues.languages()["de"]):
        assert [said(words) for words in (p_("poll", "Open"), _("Open"), p_("door", "Open"))] == [
            "Läuft",
            "Öffnen",
            "Open",
        ]
        assert pickle.loads(pickle.dumps(p_("poll", "Open"))).__html__() == "Läuft"
        assert said(_("%(kinds)s", kinds=("a", "b", "c"))) == "a, b oder c?"
    assert _("%(kinds)s", kinds=("a", "b")) == "a or b"
    assert p_("poll", "Open") == "Open"


def test_numbers_are_inflected_as_the_language_does_it(folder: Path) -> None:
    days = ("%(number)s day", "%(number)s days")
    write(folder, "pl", {}, (days, ("%(number)s dzień", "%(number)s dni", "%(number)s dnia")))
    assert [str(n_(*days, number)) for number in (1, 2)] == ["1 day", "2 days"]
    with speaking(catalogues.languages()["pl"]):
        assert [said(n_(*days, number)) for number in (1, 3, 5)] == ["1 dzień", "3 dni", "5 dnia"]


def test_a_language_is_offered_when_it_is_nearly_whole(folder: Path) -> None:
    write(folder, "ar", {str(number): "x" * (number > 0) for number in range(10)})
    write(folder, "fr", {str(number): "x" * (number > 1) for number in range(10)})
    write(folder, "pt_BR", {"Yes": "Sim"})
    known = catalogues.languages()
    assert {code: one.locale.text_direction for code, one in known.items()} == {
        "en": "ltr",
        "ar": "rtl",
        "pt-BR": "ltr",
    }
    assert known["pt-BR"].name == "português (Brasil)"
    for asked, found in (
        ("pt_BR", "pt-BR"),
        ("ar_EG", "ar"),
        ("AR", "ar"),
        ("fr", None),
        ("", None),
        (None, None),
    ):
        language = catalogues.language_of(asked)
        assert (language and language.code) == found, asked


def test_a_translation_that_does_not_fit_is_named(folder: Path) -> None:
    write(folder, "de", {"In %(where)s": "In %(wo)s"})
    with pytest.raises(ValueError, match=r"de\.po.*In %\(where\)s"):
        catalogues.languages()


def test_what_no_catalogue_knows_is_said_in_english() -> None:
    with speaking(ENGLISH):
        assert (
            said(_("Nobody translates %(this)s at 100 %%", this="that")) == "Nobody translates that at 100 %"
        )
        assert said("words of somebody") == "words of somebody"
