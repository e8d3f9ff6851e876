"""Texts that are meant to keep a parser busy are done with in bounded time, measured in the processor's own."""

from functools import partial
from html import escape

import pytest

from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown
from service.text.mentions import mentions
from service.text.plain import plain_text
from service.text.preview import parse_preview
from service.text.sanitising import sanitise
from service.text.slug import slug
from service.text.syntax import MAX_SOURCE
from tests.text.bad_inputs import HTML, KILOBYTE, MARKDOWN, PAGES, seconds

# Some ten times what was measured, so that only another order of magnitude fails.
ENOUGH = 5.0


@pytest.mark.parametrize("size", [50, 500])
@pytest.mark.parametrize("kind", MARKDOWN)
def test_markdown(kind: str, size: int) -> None:
    source = MARKDOWN[kind](size * KILOBYTE)
    assert seconds(lambda: render_markdown(source, domain="pie.example")) < 1
    assert seconds(lambda: mentions(source)) < 1
    assert seconds(lambda: (slug(source), clean_display_name(source))) < 0.5


@pytest.mark.parametrize("kind", HTML)
def test_html(kind: str) -> None:
    html, shown = HTML[kind](500 * KILOBYTE), []
    assert seconds(lambda: shown.append(sanitise(html))) < ENOUGH
    assert len(shown[0]) < 20 * len(html)  # it does not multiply
    assert seconds(lambda: plain_text(html, 300)) < ENOUGH


@pytest.mark.parametrize("kind", PAGES)
def test_pages(kind: str) -> None:
    page = PAGES[kind](2_000 * KILOBYTE).encode()
    assert seconds(lambda: parse_preview(page, "text/html; charset=utf-8", "https://a.example/")) < ENOUGH


def test_no_page_of_an_unexpected_encoding_takes_long() -> None:
    page = b"a" * 1_000_000
    for charset in [
        "punycode",
        "idna",
        "utf-7",
        "zlib",
        "hex",
        "unicode_escape",
        "utf-32",
        "no-such",
        "ü",
        "\0",
        "a" * 999,
    ]:
        content_type = f"text/html; charset={charset}"
        assert seconds(partial(parse_preview, page, content_type, "https://a.example/")) < 1


def test_what_is_too_long_is_shown_as_it_was_written() -> None:
    source = "<b>" + "a" * MAX_SOURCE
    assert render_markdown(source, domain="pie.example") == f"<pre>{escape(source, quote=False)}</pre>"
    assert mentions(source + " @ana@pie.example") == []
