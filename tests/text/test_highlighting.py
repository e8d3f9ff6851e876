"""Code in colours: nothing added or lost, nothing but our classes, and an end to it."""

import re
from html import unescape
from time import thread_time

import pytest

from service.text.highlighting import LANGUAGES, MOST_OF_BLOCK, MOST_SECONDS, TOKEN_CLASSES, highlight
from service.text.markdown import render_markdown
from service.text.sanitising import sanitise


def rendered(source: str) -> str:
    return render_markdown(source, domain="pie.example")


def test_a_block_says_its_language_when_it_is_stored() -> None:
    stored = rendered("```python\nif x: print('<b>')\n```\n\n    indented\n\n```nonsense\nx\n```")
    assert "<pre><code class=\"language-python\">if x: print('&lt;b&gt;')" in stored
    assert stored.count("class=") == 1
    assert "span" not in stored


def test_its_parts_are_coloured_when_it_is_shown() -> None:
    shown = sanitise(highlight(rendered("```py title\nif x:  # why\n    print('<b>')\n```")))
    assert '<span class="k">if</span>' in shown
    assert '<span class="c"># why</span>' in shown
    assert "<span class=\"s\">'&lt;b&gt;'</span>" in shown


CODE = '\n\n  a = <b> & \'c\' "d" # e\n\t{"f": 1}\r\n-g\n+h\n\n'


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_not_a_character_more_or_less(language: str) -> None:
    source = f'<pre><code class="language-{language}">{CODE.replace("&", "&amp;").replace("<", "&lt;")}</code></pre>'
    shown = highlight(source)
    assert unescape(re.sub(r"</?(span|code|pre)[^>]*>", "", shown)) == CODE.replace("\r\n", "\n")
    assert set(re.findall(r'<span class="(\w+)">', shown)) <= TOKEN_CLASSES


def test_what_somebody_else_marks_is_left_alone() -> None:
    for html in (
        '<pre><code class="language-python">if <em>x</em></code></pre>',
        '<pre><code class="language-python evil">if x</code></pre>',
        '<pre><code class="language-none">if x</code></pre>',
        "<pre><code>if x</code></pre>",
    ):
        assert highlight(html) == html
    evil = (
        '<code class="language-python evil"><span class="k menu">x</span><span class="menu">y</span></code>'
    )
    assert sanitise(evil) == "<code><span>x</span><span>y</span></code>"


def test_there_is_an_end_to_it() -> None:
    long = f'<code class="language-python">{"x=1;" * MOST_OF_BLOCK}</code>'
    assert highlight(long) == long
    block = f'<pre><code class="language-c">{"a" * (MOST_OF_BLOCK - 1)}\n</code></pre>'
    begun = thread_time()
    assert len(highlight(block * 300)) >= len(block) * 300
    assert thread_time() - begun < 20 * MOST_SECONDS
