"""What a page says about itself, in the many ways in which pages say it."""

import codecs

import pytest

from service.text.preview import MAX_TAGS, Preview, parse_preview

URL = "https://news.example/a/b.html?q=1"


def preview(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> Preview:
    return parse_preview(html if isinstance(html, bytes) else html.encode(), content_type, URL)


def test_a_page_with_everything() -> None:
    assert preview(
        """<!doctype html><html><head><title>Element</title>
        <meta property="og:title" content="Cats &amp; dogs">
        <meta name="twitter:title" content="Tweet">
        <meta property="og:description" content="  All
            about &quot;them&quot; ">
        <meta property="og:image" content="/pics/cat.jpg?a=1&amp;b=2">
        <link rel="canonical" href="https://news.example/cats">
        </head><body>text"""
    ) == Preview(
        title="Cats & dogs",
        description='All about "them"',
        image_url="https://news.example/pics/cat.jpg?a=1&b=2",
        canonical_url="https://news.example/cats",
    )


def test_a_page_with_nothing() -> None:
    nothing = Preview("", "", None, None)
    for page in [
        b"",
        b"\0" * 100,
        b"<html>",
        b"<title></title>",
        b"plain text",
        bytes(range(256)),
        b"\xff\xfe",
        b"\x1f\x8b",
    ]:
        assert preview(page) == nothing


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>a</title>", "a"),
        ("<TITLE> a\nb </TITLE>", "a b"),
        ("<title>a<b>c</b></title>", "ac"),
        ("<meta name='twitter:title' content=t><title>a</title>", "t"),
        ("<meta name=og:title content=o>", "o"),
        ("<meta property=OG:Title content=o>", "o"),
        ("<meta property=og:title content=first><meta property=og:title content=second>", "first"),
        ("<meta property=og:title content=' '><title>a</title>", "a"),
        ("<meta property=og:title><title>a</title>", "a"),
        ("<title>a</title><title>b</title>", "a"),
        ("<body><title>here</title>", "here"),
        ("<body><svg><title>not here</title></svg><title>here</title>", "here"),
        ("<head></head><title>here</title>", "here"),
        ("<head></head><body><p>x</p><meta property=og:title content=late>", "late"),
        ("<script>'<title>no</title>'</script><title>a</title>", "a"),
        ("<!-- <title>no</title> --><title>a</title>", "a"),
        ("<title>&#" + "1" * 5000 + ";</title>", ""),
        ("<meta name=title content=no><title>a</title>", "a"),
    ],
)
def test_titles(html: str, title: str) -> None:
    assert preview(html).title == title


def test_a_broken_declaration_is_no_error() -> None:
    # What comes after it is found by newer Pythons only.
    assert preview("<![if x]><title>a</title>").title in {"", "a"}


def test_texts_are_cut() -> None:
    page = preview(f"<title>{'word ' * 500}</title><meta name=description content='{'word ' * 5_000}'>")
    assert len(page.title) <= 300
    assert len(page.description) <= 1_000
    assert page.title.endswith("word…")


@pytest.mark.parametrize(
    ("head", "image"),
    [
        ("<meta property=og:image content=https://a.example/b.png>", "https://a.example/b.png"),
        ("<meta property=og:image content=b.png>", "https://news.example/a/b.png"),
        ("<meta property=og:image content=//cdn.example/b.png>", "https://cdn.example/b.png"),
        ("<base href=/deep/><meta property=og:image content=b.png>", "https://news.example/deep/b.png"),
        ("<base href=https://c.example/x/><meta property=og:image content=b.png>", "https://c.example/x/b.png"),
        ("<meta property=og:image content=a.png><meta property=og:image:secure_url content=s.png>",
         "https://news.example/a/s.png"),
        ("<meta name=twitter:image content=b.png>", "https://news.example/a/b.png"),
        ("<link rel=image_src href=b.png>", "https://news.example/a/b.png"),
        ("<meta property=og:image content=data:image/png;base64,AA>", None),
        ("<meta property=og:image content=javascript:alert(1)>", None),
        ("<meta property=og:image content=file:///etc/passwd>", None),
        ("<meta property=og:image content='http://[::1'>", None),
        ("<meta property=og:image content='http://'>", None),
        ("<meta property=og:image content='http:///x'>", None),
        ("<meta property=og:image content='a&#10;b.png'>", None),
        (f"<meta property=og:image content=/{'a' * 3000}>", None),
    ],
)  # fmt: skip
def test_images(head: str, image: str | None) -> None:
    assert preview(head).image_url == image


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Grüße €</title>".encode(), "text/html; charset=utf-8"),
        ("<title>Grüße €</title>".encode(), "text/html"),
        ("<title>Grüße €</title>".encode("cp1252"), "text/html"),
        ("<title>Grüße €</title>".encode("cp1252"), 'text/html; charset="ISO-8859-1"'),
        ("<meta charset=utf-8><title>Grüße €</title>".encode(), "text/html"),
        ("<meta charset=iso-8859-15><title>Grüße €</title>".encode("iso-8859-15"), "text/html"),
        (
            "<meta http-equiv=Content-Type content='text/html; charset=cp1252'><title>Grüße €</title>".encode("cp1252"),
            "text/html",
        ),
        (codecs.BOM_UTF8 + "<title>Grüße €</title>".encode(), "text/html; charset=iso-8859-1"),
        (codecs.BOM_UTF16_LE + "<title>Grüße €</title>".encode("utf-16-le"), "text/html"),
        (codecs.BOM_UTF16_BE + "<title>Grüße €</title>".encode("utf-16-be"), "text/html"),
        ("<title>Grüße €</title>".encode(), "text/html; charset=no-such-thing"),
        ("<title>Grüße €</title>".encode(), "text/html; charset=punycode"),
    ],
)  # fmt: skip
def test_encodings(body: bytes, content_type: str) -> None:
    assert preview(body, content_type).title == "Grüße €"


def test_other_scripts() -> None:
    assert (
        preview("<title>日本語</title>".encode("shift_jis"), "text/html; charset=Shift_JIS").title == "日本語"
    )
    assert preview("<title>Привет</title>".encode("koi8-r"), "text/html; charset=koi8-r").title == "Привет"


def test_a_page_that_is_cut_in_the_middle_of_a_character() -> None:
    page = b"<title>a</title>" + "é".encode() * 600_000
    assert preview(page[:1_048_577], "text/html").title == "a"


def test_so_many_tags_of_a_page_are_read() -> None:
    def titled_after(tags: int) -> str:
        return preview("<html><head>" + "<link>" * (tags - 2) + "<title>Words</title>").title

    assert [titled_after(MAX_TAGS - 1), titled_after(MAX_TAGS)] == ["Words", ""]
