"""Markdown as the threadiverse writes it."""

import pytest

from service.text.markdown import render_markdown
from service.text.mentions import Mention, mentions
from service.text.sanitising import REL, sanitise


def render(source: str) -> str:
    return render_markdown(source, domain="pie.example").strip()


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("x^2^ H~2~O", "<p>x<sup>2</sup> H<sub>2</sub>O</p>"),
        ("~~a~b~c~~", "<p><s>a<sub>b</sub>c</s></p>"),
        ("# A\n## B", "<h1>A</h1>\n<h2>B</h2>"),
        ("3) c", '<ol start="3">\n<li>c</li>\n</ol>'),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("---", "<hr>"),
        ("```python\na < b\n```", '<pre><code class="language-python">a &lt; b\n</code></pre>'),
        ("<b>raw</b> &amp; &lt;", "<p>&lt;b&gt;raw&lt;/b&gt; &amp; &lt;</p>"),
        ("<!-- c -->", "<p>&lt;!-- c --&gt;</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("main.py example.org", "<p>main.py example.org</p>"),
    ],
)
def test_plain_constructs(source: str, html: str) -> None:
    assert render(source) == html


def test_a_table() -> None:
    assert render("|a|b|\n|-|-|\n|1|*2*|").replace("\n", "") == (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><em>2</em></td></tr></tbody></table>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            "::: spoiler The *end*\nHe **dies**.\n:::\nafter",
            "<details><summary>The <em>end</em></summary>\n<p>He <strong>dies</strong>.</p>\n</details>\n<p>after</p>",
        ),
        ("::: spoiler\nx\n:::", "<details><summary>Spoiler</summary>\n<p>x</p>\n</details>"),
        (":::spoiler close\nx\n:::", "<details><summary>close</summary>\n<p>x</p>\n</details>"),
        ("::: spoiler open\nx", "<details><summary>open</summary>\n<p>x</p>\n</details>"),
        (
            ":::: spoiler a\n::: spoiler b\nx\n:::\n::::",
            "<details><summary>a</summary>\n<details><summary>b</summary>\n<p>x</p>\n</details>\n</details>",
        ),
        ("::: spoilers\nx\n:::", "<p>::: spoilers<br>\nx<br>\n:::</p>"),
        ("::: note\nx\n:::", "<p>::: note<br>\nx<br>\n:::</p>"),
    ],
)
def test_spoilers(source: str, html: str) -> None:
    assert render(source) == html


@pytest.mark.parametrize(
    ("source", "href", "text"),
    [
        ("[a](https://a.example/)", "https://a.example/", "a"),
        ("https://a.example/b_c_d, and", "https://a.example/b_c_d", "https://a.example/b_c_d"),
        ("(https://a.example/(b))", "https://a.example/(b)", "https://a.example/(b)"),
        ("<https://a.example/>", "https://a.example/", "https://a.example/"),
        ("[a](/c/pics)", "https://pie.example/c/pics", "a"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example", "a"),
    ],
)
def test_links(source: str, href: str, text: str) -> None:
    assert f'<a href="{href}" rel="{REL}">{text}</a>' in render(source)


def test_pictures_keep_their_text_and_load_lazily() -> None:
    html = render('![a "cat"](https://a.example/cat.png "Tom")')
    assert html == (
        '<p><img src="https://a.example/cat.png" alt="a &quot;cat&quot;" title="Tom" loading="lazy"></p>'
    )
    assert "src" not in render("![a](mailto:a@b.example)")


@pytest.mark.parametrize(
    ("source", "href", "text"),
    [
        ("hi @ana@pie.example!", "https://pie.example/u/ana", "@ana@pie.example"),
        ("(!pics@lemmy.example)", "https://pie.example/c/pics@lemmy.example", "!pics@lemmy.example"),
        ("@Bo.B-2@Far.Example.", "https://pie.example/u/Bo.B-2@far.example", "@Bo.B-2@Far.Example"),
        ("**@a@b.example**", "https://pie.example/u/a@b.example", "@a@b.example"),
        ("@a@b.example:8443", "https://pie.example/u/a@b.example:8443", "@a@b.example:8443"),
    ],
)
def test_mentions_are_links_on_our_own_site(source: str, href: str, text: str) -> None:
    assert f'<a href="{href}" class="mention" rel="{REL}">{text}</a>' in render(source)


def test_mentions_on_a_site_of_this_machine() -> None:
    html = render_markdown("@ana@127.0.0.1:8000 !x@localhost:8000", domain="127.0.0.1:8000")
    assert 'href="http://127.0.0.1:8000/u/ana"' in html
    assert 'href="http://127.0.0.1:8000/c/x@localhost:8000"' in html


@pytest.mark.parametrize(
    "source",
    ["ana@pie.example", "@a", "@ana@",
     "/@ana", "@a.@b.example", "@a@b", "`@a@b.example`", "x@a@b.example", "a/@b@c.example",
     "    @a@b.example", "@@a@b.example", "@a@-b.example", "@a@b..example", "\\@a@b.example", "@é@b.example"],
)  # fmt: skip
def test_what_is_no_mention(source: str) -> None:
    assert "mention" not in render(source)
    assert mentions(source) == []


def test_mentions_are_found_once_each_in_order() -> None:
    source = "@b@b.example and **@a@a.example**, !c@c.example\n> @B@B.example\n\n`@no@no.example` [@no@no.example](https://x)"
    assert mentions(source) == [
        Mention("person", "b", "b.example"),
        Mention("person", "a", "a.example"),
        Mention("community", "c", "c.example"),
    ]


def test_a_mention_in_the_text_of_a_link_stays_text() -> None:
    assert render("[@a@b.example](https://c.example/)").count("<a ") == 1


def test_nothing_is_kept_between_documents() -> None:
    render("[a]: https://evil.example/")
    assert render("[a]") == "<p>[a]</p>"


def test_remote_html_keeps_what_is_allowed() -> None:
    html = (
        '<p class="x">Hi <span class="h-card"><a href="https://a.example/@b" class="u-url mention" target="_blank" '
        'rel="me">@<span>b</span></a></span></p><form>text</form>'
    )
    assert sanitise(html) == (
        f'<p>Hi <span><a href="https://a.example/@b" class="mention" rel="{REL}">@<span>b</span></a></span></p>text'
    )


def test_relative_addresses_are_resolved_where_a_base_is_known() -> None:
    html = '<a href="/x">a</a><img src="b.png">'
    assert 'href="https://a.example/x"' in sanitise(html, "https://a.example/p/q")
    assert 'src="https://a.example/p/b.png"' in sanitise(html, "https://a.example/p/q")
    assert 'href="/x"' in sanitise(html)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<b>x<i>y</b>z</i>", "<b>x<i>y</i></b>z"),
        ("a &amp; b &lt;c&gt; &eacute;", "a &amp; b &lt;c&gt; é"),
        ("tail &am", "tail &amp;am"),
        ("<svg><p>x</svg>y", "y"),
        ("<svg><svg></svg>x</svg>y", "y"),
        ("<script>x</script>y", "y"),
        ("<form>x</form>", "x"),
        ("</b></p>x", "x"),
        ("x<br/>y<svg/>z", "x<br>yz"),
        ("x<a", "x"),
        (
            '<img src="https://a.example/?a=1&amp;b=2">',
            '<img src="https://a.example/?a=1&amp;b=2" loading="lazy">',
        ),
    ],
)
def test_large_documents_come_out_like_small_ones(part: str, expected: str) -> None:
    many = "<hr>" * 500
    assert sanitise(many + part) == many + expected


def test_depth_is_limited_and_text_stays() -> None:
    html = sanitise("<blockquote>" * 1_000 + "deep")
    assert html.count("<blockquote>") == html.count("</blockquote>") == 60
    assert "deep" in html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            '::: spoiler A **big** "turn" & <end> `c`\nx\n:::',
            (
                '<details><summary>A <strong>big</strong> "turn" &amp; &lt;end&gt; <code>c</code></summary>\n'
                "<p>x</p>\n</details>"
            ),
        ),
        (
            "::: spoiler a\n```\n:::\n```\n:::\nafter",
            "<details><summary>a</summary>\n<pre><code>:::\n</code></pre>\n</details>\n<p>after</p>",
        ),
        ("```\n::: spoiler a\n:::\n```", "<pre><code>::: spoiler a\n:::\n</code></pre>"),
        ("    ::: spoiler a\n", "<pre><code>::: spoiler a\n</code></pre>"),
        (
            "::: spoiler a\n::: spoiler b\nx\n:::\n:::\nz",
            "<details><summary>a</summary>\n<details><summary>b</summary>\n<p>x</p>\n</details>\n</details>\n<p>z</p>",
        ),
        (
            "::: spoiler a\nx\n:::\n::: spoiler b\ny\n:::",
            "<details><summary>a</summary>\n<p>x</p>\n</details>\n<details><summary>b</summary>\n<p>y</p>\n</details>",
        ),
        (
            "> ::: spoiler a\n> x\n\nout",
            "<blockquote>\n<details><summary>a</summary>\n<p>x</p>\n</details>\n</blockquote>\n<p>out</p>",
        ),
        (
            "- i\n  ::: spoiler a\n  x\n  :::\n- j",
            "<ul>\n<li><p>i</p>\n<details><summary>a</summary>\n<p>x</p>\n</details>\n</li>\n<li><p>j</p>\n</li>\n</ul>",
        ),
        ("text\n::: spoiler a\nx\n:::", "<p>text</p>\n<details><summary>a</summary>\n<p>x</p>\n</details>"),
        ("::: spoiler a\r\nx\r\n:::\r\n", "<details><summary>a</summary>\n<p>x</p>\n</details>"),
        (">!**x** y!< z", "<p><tg-spoiler><strong>x</strong> y</tg-spoiler> z</p>"),
        ("a >!x **b!< c** d", "<p>a <tg-spoiler>x <strong>b c</strong> d</tg-spoiler></p>"),
        ("`>!x!<`", "<p><code>&gt;!x!&lt;</code></p>"),
        (":::", "<p>:::</p>"),
    ],
)
def test_spoilers_in_all_their_places(source: str, html: str) -> None:
    assert render(source) == html


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("magnet:?xt=urn:btih:ab&dn=iso", "magnet:?xt=urn:btih:ab&amp;dn=iso"),
        ("tel:+4912345", "tel:+4912345"),
        ("mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"),
        ("matrix:u/al:b.example", "matrix:u/al:b.example"),
        ("xmpp:a@b.example?join", "xmpp:a@b.example?join"),
        ("gemini://b.example/x", "gemini://b.example/x"),
        ("https://b.example/größe", "https://b.example/gr%C3%B6%C3%9Fe"),
        ("https://größe.example/", "https://xn--gre-6ka8i.example/"),
        ("https://b.example/my page/b", "https://b.example/my%20page/b"),
        ("https://b.example/a_b_c*d*~e~f", "https://b.example/a_b_c*d*~e~f"),
    ],
)
def test_addresses_of_all_kinds_are_links(address: str, href: str) -> None:
    assert f'<a href="{href}" rel=' in render(f"[x]({address})")
    if " " not in address:
        assert f'<a href="{href}" rel=' in render(f"<{address}>")
    if address.startswith(("https:", "magnet:", "gemini:", "mailto:")) and " " not in address:
        assert f'<a href="{href}" rel=' in render(f"see {address}, and")
    if address.startswith("https:"):
        assert f'<img src="{href}"' in render(f"![x]({address})")


@pytest.mark.parametrize("scheme", ["javascript", "data", "vbscript", "file", "intent", "blob"])
def test_addresses_that_run_are_none(scheme: str) -> None:
    for source in (f"[x]({scheme}:a)", f"<{scheme}:a>", f"[x]( {scheme.upper()}:a)"):
        assert "href" not in render(source)


def test_code_stays_as_it_is_written() -> None:
    written = "https://n.example/?utm_source=q_a_b \\@a ^b^ ~c~ <b> >!d!< *e*"
    for source in (f"`{written}`", f"```\n{written}\n```", f"    {written}"):
        shown = written.replace("<", "&lt;").replace(">", "&gt;")
        assert f"<code>{shown}" in render(source)


def test_html_blocks_are_text_and_markdown() -> None:
    assert render("<div>\n*a*\n</div>") == "<p>&lt;div&gt;<br>\n<em>a</em><br>\n&lt;/div&gt;</p>"
    assert render("<!--\n\n# a\n-->").count("<h1>a</h1>") == 1


def test_a_name_alone_is_somebody_of_this_site() -> None:
    html = render("Thanks @ana, and @bo.b.")
    assert 'href="https://pie.example/u/ana"' in html
    assert 'href="https://pie.example/u/bo.b"' in html


def test_footnotes_have_numbers_and_their_text() -> None:
    html = render("One[^b] two[^a] and[^none]\n\n[^a]: Second\n\n[^b]: First <b>\n")
    assert "One<sup>[1]</sup> two<sup>[2]</sup> and[^none]" in html
    assert "<sup>[2]</sup><p>Second</p>" in html
    assert "<sup>[1]</sup><p>First &lt;b&gt;</p>" in html


def test_tasks_are_ticked_or_not() -> None:
    html = render("- [ ] feed\n- [x] brush\n- [y] neither\n")
    assert "☐ feed" in html
    assert "☑ brush" in html
    assert "[y] neither" in html
