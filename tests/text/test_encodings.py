"""Pages in the encodings of the web, by all their names, wherever they say so."""

import codecs

import pytest

from service.text.preview import looks_like_a_page, parse_preview

URL = "https://a.example/"
PAGES = [
    ("windows-874", "cp874", "ข่าวกีฬา"),
    ("TIS-620", "cp874", "ข่าว “€”"),
    ("gb2312", "gbk", "朱镕基与囧"),
    ("GBK", "gb18030", "你好𠀀"),
    ("Shift_JIS", "cp932", "①㈱髙橋"),
    ("windows-31j", "cp932", "日本語"),
    ("EUC-JP", "euc_jp", "日本語"),
    ("iso-2022-jp", "iso2022_jp", "日本語"),
    ("euc-kr", "cp949", "똠방각하 펲"),
    ("ks_c_5601-1987", "cp949", "한국어"),
    ("big5", "big5hkscs", "香港嘅"),
    ("Big5-HKSCS", "big5hkscs", "啲"),
    ("iso-8859-1", "cp1252", "“a” – €"),
    ("latin1", "cp1252", "Größe"),
    ("iso-8859-9", "cp1254", "Şişli"),
    ("iso-8859-2", "iso8859-2", "Łódź"),
    ("windows-1251", "cp1251", "Привет"),
    ("koi8-u", "koi8-u", "Київ"),
    ("ibm866", "cp866", "Привет"),
    ("macintosh", "mac-roman", "Größe"),
    ("x-mac-cyrillic", "mac-cyrillic", "Привет"),
    ("iso-8859-8-i", "iso8859-8", "שלום"),
    ("windows-1258", "cp1258", "Việt".encode("cp1258", "ignore").decode("cp1258")),
    ("unicode-1-1-utf-8", "utf-8", "Größe"),
    ("windows-1256", "cp1256", "سلام"),
]


@pytest.mark.parametrize(("label", "encoding", "title"), PAGES)
def test_encodings_by_name(label: str, encoding: str, title: str) -> None:
    bare = f"<title>{title}</title>".encode(encoding)
    for page, content_type in (
        (bare, f"text/html; charset={label}"),
        (bare, f'text/html; Charset="{label.upper()}"'),
        (f"<meta charset={label}>".encode() + bare, "text/html"),
        (f"<META content='text/html;charset={label}' http-equiv=Content-Type>".encode() + bare, "text/html"),
        (f"<meta charset={label}>".encode() + bare, ""),
        (f"<?xml version='1.0' encoding='{label}'?><html>".encode() + bare, "application/xhtml+xml"),
    ):
        assert parse_preview(page, content_type, URL).title == title, (page, content_type)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_pages_with_and_without_a_word_of_it(encoding: str) -> None:
    page = "<!doctype html>\n<html><head><title>Größe 漢字</title></head>".encode(encoding)
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]
    for body, content_type in (
        (page, "text/html"),
        (mark + page, "text/html; charset=utf-8"),
        (page, f"text/html; charset={encoding[:6]}{encoding[7:]}"),
    ):
        assert parse_preview(body, content_type, URL).title == "Größe 漢字"
        assert looks_like_a_page(body)
    said = b"<meta charset=utf-16><title>Gr\xc3\xb6\xc3\x9fe</title>"
    assert parse_preview(said, "text/html", URL).title == "Größe"


def test_a_head_that_stands_first_and_tags_in_the_body() -> None:
    long = b"<title>First</title><meta property=og:image content=/i.png></head><body>" + b"<p>x</p>" * 300_000
    assert parse_preview(long, "text/html", URL).title == "First"
    late = (
        b"<html><body><div><meta property=og:title content=Late><meta property=og:image content=/i.png></div>"
    )
    found = parse_preview(late, "text/html", URL)
    assert (found.title, found.image_url) == ("Late", "https://a.example/i.png")


def test_what_names_no_type_is_told_by_its_beginning() -> None:
    for body in (b"<!DOCTYPE html>", b"\n\n <html>", codecs.BOM_UTF8 + b"<p>", b"<?xml version='1.0'?>"):
        assert looks_like_a_page(body)
    for body in (b"\x89PNG\r\n", b"", b"plain", b"{}", b"<3"):
        assert not looks_like_a_page(body)
