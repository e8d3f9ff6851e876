"""HTML of other servers becomes Markdown that reads the same."""

import pytest

from service.text.markdown import render_markdown
from service.text.mentions import mentions
from service.text.plain import plain_text
from service.text.to_markdown import to_markdown

LIMIT = 10_000


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("", ""),
        ("<p> </p>", ""),
        ("plain &amp; simple", "plain & simple"),
        ("<p>One</p><p>two<br>three</p>", "One\n\ntwo  \nthree"),
        (
            "<p><b>bold</b>, <em>so so</em>, <s>gone</s>, <code>x</code></p>",
            "**bold**, *so so*, ~~gone~~, `x`",
        ),
        ("<p>2 * 3 * 4 [sic] _x_</p>", r"2 \* 3 \* 4 \[sic\] \_x\_"),
        ("<h2>Head</h2>text", "## Head\n\ntext"),
        ('<a href="https://a.example/b(c)">here</a>', "[here](https://a.example/b%28c%29)"),
        ('<a href="javascript:alert(1)">no</a>', "no"),
        ('<img src="https://a.example/c.png" alt="a cat">', "![a cat](https://a.example/c.png)"),
        ("<blockquote><p>said</p><p>more</p></blockquote><p>so</p>", "> said\n> \n> more\n\nso"),
        ("<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul>", "- one\n- two\n  1. a\n  2. b"),
        ("<pre><code>x = 1\n  y * 2\n</code></pre><p>z</p>", "```\nx = 1\n  y * 2\n```\n\nz"),
        ("a<script>evil()</script>b<style>p {}</style>", "ab"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html, LIMIT) == markdown


@pytest.mark.parametrize(
    "html",
    [
        "<p>One <b>two</b></p><ul><li>three</li><li>four</li></ul><blockquote>five</blockquote><p>six_seven*</p>",
        "<h1>1</h1><p>&lt;script&gt; is <i>text</i> # not a heading</p>",
    ],
)
def test_it_says_the_same_when_it_is_rendered_again(html: str) -> None:
    again = render_markdown(to_markdown(html, LIMIT), domain="pie.example")
    assert plain_text(again, LIMIT) == plain_text(html, LIMIT)


def test_it_stays_short_whatever_comes() -> None:
    hostile = "<blockquote><ul><li>" * 5_000 + "x" * 50_000
    assert len(to_markdown(hostile, 1_000)) <= 1_000


@pytest.mark.parametrize(
    "html",
    [
        '<p><span><a href="https://pie.example/u/ana" class="mention">@<span>ana</span></a></span> hi</p>',
        '<p><a href="https://pie.example/u/Ana">@Ana@pie.example</a></p>',
        '<p><a href="https://pie.example/@a_na">@a_na</a></p>',
    ],
)
def test_a_mention_that_is_a_link_names_somebody_still(html: str) -> None:
    (mention,) = mentions(to_markdown(html, LIMIT))
    assert (mention.kind, mention.host) == ("person", "pie.example")
    assert mention.name.replace("_", "").lower() == "ana"


@pytest.mark.parametrize(
    "source",
    [
        "[@ana](https://pie.example/u/ben)",
        "`[@ana](https://pie.example/u/ana)`",
        "[ana](https://pie.example/u/ana)",
    ],
)
def test_what_only_looks_like_one_names_nobody(source: str) -> None:
    assert mentions(source) == []
