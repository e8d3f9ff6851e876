"""The helpers of the templates, and the files of the design."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from service.http.web.frame import assets
from service.http.web.frame.bodies import safe_body
from service.http.web.frame.forms import number_of, on_this_site
from service.http.web.frame.helpers import ago, handle, image_url, web_url, with_query
from service.language.catalogues import languages
from service.language.formats import compact
from service.language.sentences import speaking
from service.storage.clock import utcnow
from tests.http.web.visitor import Visitor


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "now/now"), (58, "now/now"), (60, "1 min/1 minute ago"), (3598, "59 min/59 minutes ago"),
     (3600, "1 h/1 hour ago"), (82_900, "23 h/23 hours ago"), (86_400, "1 d/1 day ago"),
     (13 * 86_400, "13 d/13 days ago"), (40 * 86_400, "1 mo/1 month ago"),
     (364 * 86_400, "12 mo/12 months ago"), (800 * 86_400, "2 y/2 years ago")],
)  # fmt: skip
def test_ages(seconds: int, words: str) -> None:
    when = utcnow() - timedelta(seconds=seconds, milliseconds=100)
    shown, (short, long) = ago(when), words.split("/")
    assert f'<span aria-hidden="true">{short}</span><span class="sr">{long}</span></time>' in shown
    assert f'title="{long} (' in shown
    assert f'datetime="{when.isoformat(timespec="seconds")}Z"' in shown


@pytest.mark.parametrize(
    ("local", "domain", "shown"),
    [
        (True, "pie.example", "ana"),
        (True, None, "ana"),
        (False, "far.example", "ana@far.example"),
        (False, None, "ana"),
    ],
)
def test_handles(local: bool, domain: str | None, shown: str) -> None:
    row: Any = SimpleNamespace(name="ana", local=local, domain=domain)
    assert handle(row) == shown


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (-7, "-7"), (999, "999"), (1000, "1k"), (1234, "1.2k"), (-4321, "-4.3k"), (2_500_000, "2.5m")],
)
def test_numbers(number: int, words: str) -> None:
    assert compact(number) == words


def test_ages_and_numbers_are_said_as_the_language_says_them() -> None:
    when = utcnow() - timedelta(hours=3, seconds=1)
    said = {"de": ("vor 3 Stunden", "1234"), "es": ("hace 3 horas", "1,2\xa0mil"), "ja": ("3 時間前", "1234")}
    for code, (age, number) in said.items():
        with speaking(languages()[code]):
            assert f">{age}</span>" in ago(when)
            assert compact(1234) == number


def test_addresses() -> None:
    assert web_url("HTTPS://example.org/") == "HTTPS://example.org/"
    assert [web_url(url) for url in ("javascript:x", "data:x", " https://x", "", None)] == ["#"] * 5
    assert image_url("/media/a.webp") == "/media/a.webp"
    assert image_url("//evil.example/a") == "#"
    assert with_query("/c/cats", sort="new", after=None, q="a&b=c") == "/c/cats?sort=new&q=a%26b%3Dc"
    assert with_query("/c/cats") == "/c/cats"


@pytest.mark.parametrize("path", ["//x", "/\\x", "https://x", "x", "", None, "/a\r\nSet-Cookie: b"])
def test_paths_of_other_sites(path: str | None) -> None:
    assert on_this_site(path) == "/"
    assert on_this_site("/c/cats?sort=new") == "/c/cats?sort=new"


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("0", 1), ("-1", 1), ("²", 1), ("9" * 30, 1), (None, 1)]
)
def test_page_numbers(text: str | None, number: int) -> None:
    assert number_of(text) == number


def test_bodies_are_sanitised_whoever_stored_them() -> None:
    for repeats in (1, 500):  # remembered or not
        html = '<p onclick="x">a</p><script>b</script><a href="javascript:c">d</a>' * repeats
        safe = safe_body(html)
        assert "onclick" not in safe
        assert "script" not in safe
        assert safe.count("<p>a</p>") == repeats
    assert safe_body(None) == ""


async def test_files_are_kept_for_good_under_their_content(stranger: Visitor) -> None:
    for name in ("site.css", "site.js", "htmx.min.js", "icon.svg"):
        page = await stranger.get(assets.address(name))
        assert page.status == 200
        assert "immutable" in page.headers["Cache-Control"]
        assert (await stranger.get(f"/static/older/{name}")).headers["Cache-Control"] == "no-cache"
    compressed = await stranger.client.get(
        assets.address("site.css"), headers={"Accept-Encoding": "br, gzip"}
    )
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert len(await compressed.get_data()) < 10_000
