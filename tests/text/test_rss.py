"""A feed is XML that any reader takes, whatever people wrote."""

from datetime import datetime
from xml.etree.ElementTree import fromstring

import pytest

from service.text.rss import LONGEST, Channel, Item, rss

SITE = "https://pie.example"
NOON = datetime(2026, 1, 2, 12, 0, 0)


def read(item: Item, title: str = "Cats") -> dict[str, str]:
    """Return what a reader finds in a feed of one post."""
    document = fromstring(rss(Channel(title, title, SITE, f"{SITE}/feed"), [item], NOON, base_url=SITE))
    return {element.tag.rpartition("}")[2]: element.text or "" for element in document.iter()}


def post(title: str = "A title", html: str = "", enclosure: str | None = None) -> Item:
    return Item(title, f"{SITE}/post/1", f"{SITE}/post/1", "ana", html, NOON, enclosure)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ('Don\'t "do" <this> & that', 'Don\'t "do" <this> & that'),
        ("end ]]> of it <![CDATA[", "end ]]> of it <![CDATA["),
        ("a\x00b\x0bc\x1bd\x7fe", "abcd\x7fe"),
        ("lone \ud800 half", "lone  half"),
        ("no character \uffff\ufffe", "no character "),
        ("&amp; &#0; &bogus;", "&amp; &#0; &bogus;"),
        ("🐈 \u202eright", "🐈 \u202eright"),
    ],
)
def test_any_text_comes_out_as_it_was_written(written: str, read_as: str) -> None:
    assert read(post(title=written))["title"] == read_as
    assert read(post(), title=written)["title"] != ""


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("<p>x</p><script>alert(1)</script>", "<p>x</p>"),
        (
            "<p>Before</p><details><summary>End</summary><p>He dies</p></details><p>After</p>",
            "<p>Before</p><p>After</p>",
        ),
        ("<details><details>He</details> dies</details>!", "!"),
    ],
)
def test_an_excerpt_is_safe_and_tells_no_spoiler(html: str, expected: str) -> None:
    assert read(post(html=html))["description"] == expected


def test_an_excerpt_ends_somewhere_and_its_links_lead_somewhere() -> None:
    long = read(post(html="<p>" + "word " * LONGEST))["description"]
    assert LONGEST / 2 < len(long) < LONGEST + 100
    assert long.endswith("…</p>")
    assert f'href="{SITE}/c/cats"' in read(post(html='<a href="/c/cats">cats</a>'))["description"]


def test_a_picture_is_enclosed_and_a_page_is_not() -> None:
    kinds = {
        "/media/a.webp": 1,
        "https://e.example/a.jpg?x=1": 1,
        "https://e.example/": 0,
        "https://e.example/a.html": 0,
    }
    for url, number in kinds.items():
        document = rss(Channel("", "", SITE, SITE), [post(enclosure=url)], NOON, base_url=SITE)
        assert document.count(b"<enclosure ") == number, url


def test_an_empty_feed_is_a_feed() -> None:
    assert fromstring(rss(Channel("", "", SITE, SITE), [], None, base_url=SITE)).tag == "rss"
