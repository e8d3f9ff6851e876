"""Addresses as people type them, and which of them mean the same page."""

import pytest

from service.text.addresses import as_link, most_telling_part, same_page, without_tracking


@pytest.mark.parametrize(
    ("typed", "valid"),
    [
        ("https://a.example/", "https://a.example/"),
        ("  https://a.example/b c/d  e ", "https://a.example/b%20c/d%20%20e"),
        ("https://münchen.example/straße?q=größe#ä", "https://xn--mnchen-3ya.example/stra%C3%9Fe?q=gr%C3%B6%C3%9Fe#%C3%A4"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("HTTPS://例え.テスト:8443/日本", "HTTPS://xn--r8jz45g.xn--zckzah:8443/%E6%97%A5%E6%9C%AC"),
        ("https://a.example/%E4%20b", "https://a.example/%E4%20b"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/100%zz", "https://a.example/100%25zz"),
        ('https://a.example/"<b>"', "https://a.example/%22%3Cb%3E%22"),
        ("https://a.example/a{b}`c`\\d", "https://a.example/a%7Bb%7D%60c%60%5Cd"),
        ("https://[::1]:80/x y", "https://[::1]:80/x%20y"),
        ("https://ü:p@a.example/", "https://%C3%BC:p@a.example/"),
        ("/c/pics and cats", "/c/pics%20and%20cats"),
        ("gemini://ü.example/ä", "gemini://xn--tda.example/%C3%A4"),
        ("magnet:?xt=urn:btih:ab&dn=a b", "magnet:?xt=urn:btih:ab&dn=a%20b"),
    ],
)  # fmt: skip
def test_addresses_are_made_valid(typed: str, valid: str) -> None:
    assert as_link(typed) == valid
    assert as_link(valid) == valid


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.example/b?id=7&utm_source=x&utm_medium=y&fbclid=z#part", "https://a.example/b?id=7#part"),
        ("https://a.example/b?UTM_Source=x&gclid=1", "https://a.example/b"),
        ("https://a.example/b?utm_source=x#f", "https://a.example/b#f"),
        ("https://a.example/b?q=utm_source&source=utm", "https://a.example/b?q=utm_source&source=utm"),
        ("https://a.example/b?b=2&a=1&&c", "https://a.example/b?b=2&a=1&&c"),
        ("https://a.example/b?msclkid=1&x=%20+y", "https://a.example/b?x=%20+y"),
        ("https://a.example/b#?utm_source=x", "https://a.example/b#?utm_source=x"),
        ("https://youtu.be/abcdefghijk?si=zzz&t=5", "https://youtu.be/abcdefghijk?t=5"),
        ("https://a.example/b?si=1&t=5", "https://a.example/b?si=1&t=5"),
    ],
)
def test_what_follows_people_is_taken_away(given: str, kept: str) -> None:
    assert without_tracking(given) == kept
    assert without_tracking(kept) == kept


SAME = (
    ("https://a.example/b/c", "http://a.example/b/c", "https://www.a.example/b/c", "https://a.example/b/c/",
     "https://A.Example:443/b/c", "http://a.example:80/b/c#part", "https://a.example/b/c?utm_source=x", "https://a.example./b/c"),
    ("https://a.example/b?x=1&y=2", "http://www.a.example/b/?y=2&x=1&fbclid=3"),
    ("https://youtu.be/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&si=x",
     "https://youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube.com/embed/dQw4w9WgXcQ", "https://youtube.com/live/dQw4w9WgXcQ?feature=share"),
    ("https://münchen.example/größe", "https://xn--mnchen-3ya.example/gr%C3%B6%C3%9Fe"),
)  # fmt: skip
DIFFERENT = (
    ("https://a.example/b", "https://a.example/B"),
    ("https://a.example/b", "https://b.example/b"),
    ("https://a.example/b", "https://a.example:8443/b"),
    ("https://a.example/b?id=1", "https://a.example/b?id=2"),
    ("https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcR"),
)


def test_spellings_of_one_page() -> None:
    for spellings in SAME:
        assert len({same_page(url) for url in spellings}) == 1, spellings
        for url in spellings:
            assert all(most_telling_part(url) in as_link(other) for other in spellings)
    for one, other in DIFFERENT:
        assert same_page(one) != same_page(other)
