"""Text out of HTML, lines, slugs and the names that people are shown by."""

import pytest

from service.text.display_name import MAX_NAME, clean_display_name
from service.text.plain import plain_text, shorten, single_line
from service.text.slug import slug


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two <b>th</b>ree</p>", "One two three"),
        ("a<br>b<br/>c", "a b c"),
        ("a &amp; b &lt;script&gt;", "a & b <script>"),
        ("<script>x</script><style>y</style>z", "z"),
        ("<svg/>a", "a"),
        ("<details>a<details>b</details>c</details>d", "d"),
        ("<details>a<b>b</b>c</details>d</details>e", "de"),
        ('<span class="big Spoiler">a<span>b</span>c</span>d', "d"),
        ('<span class="spoilers">a</span> <span title="spoiler">b</span>', "a b"),
        ("x <", "x"),
        ("&am", "&am"),
        ("", ""),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    assert plain_text(html, 100) == text


def test_text_is_cut_at_a_word() -> None:
    assert plain_text("<p>" + "lorem ipsum " * 50, 30) == "lorem ipsum lorem ipsum lorem…"
    assert plain_text("a" * 50, 10) == "a" * 9 + "…"
    assert plain_text("a" * 10, 10) == "a" * 10
    assert plain_text("<b> </b>" * 10 + "word", 10) == "word"


def test_lines() -> None:
    assert single_line(" a\n\tb\x00c\u2028d\ud800 ") == "a b c d"
    assert shorten("short", 5) == "short"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Hello, World!", "hello-world"),
        ("It's me", "its-me"),
        ("Ünïcödé straße", "unicode-strasse"),
        ("日本語", ""),
        ("日本語 in 2024", "in-2024"),
        ("  --  ", ""),
        ("a" * 200, "a" * 80),
        ("../../etc/passwd?x=<y>", "etc-passwd-x-y"),
    ],
)
def test_slugs(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_slugs_are_cut_between_words() -> None:
    assert slug("alpha beta gamma", limit=12) == "alpha-beta"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana", "Ana"),
        ("  Ana \n Bo\t", "Ana Bo"),
        ("\u202eanA\u202c", "anA"),
        ("\u2066Ana\u2069", "Ana"),
        ("a\u200bd\u2060m\ufeffi\u00adn", "admin"),
        ("adm\u200din", "admin"),
        ("\u200d\u200c", ""),
        ("\u3164\u2800\u115f", ""),
        ("Ana\U000e0041\U000e007f", "Ana"),
        ("Ana\x00\x1b[31m\x85", "Ana[31m"),
        ("A\ue000\ud800\u0378na", "Ana"),
        ("A" + "\u0310" * 50, "A" + "\u0310" * 4),
        ("e\u0301", "é"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("עברית العربية", "עברית العربية"),
        ("<b>Ana</b>", "<b>Ana</b>"),  # escaped where it is shown, like any text
    ],
)
def test_display_names(name: str, expected: str) -> None:
    assert clean_display_name(name) == expected
    assert clean_display_name(expected) == expected


def test_display_names_are_cut() -> None:
    assert len(clean_display_name("x" * 1_000)) == MAX_NAME
    assert clean_display_name("ab cd", limit=3) == "ab"
