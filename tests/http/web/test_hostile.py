"""What people write stays text wherever it is shown, and no page has a script or a style of its own."""

import json
import re

from service.http.web.frame.rendering import TEMPLATES
from tests.http.web.visitor import Page, Visitor
from tests.media.pictures import file_of, quadrants

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
)
URL_ATTRIBUTES = ("href", "src", "action", "formaction", "srcset")

FACTS = "application/ld+json"


def assert_inert(page: Page) -> None:
    """See that nothing on a page runs but the files of ours; facts for search engines are data, and end no element."""
    for facts in page.html.split(f'type="{FACTS}">')[1:]:
        json.loads(facts.partition("</script>")[0])
    for tag, attributes in page.tags:
        assert tag not in {"iframe", "object", "embed", "base", "style"}, attributes
        if tag == "script" and attributes.get("type") != FACTS:
            assert re.fullmatch(r"/static/[0-9a-f]{12}/[a-z.]+\.js", attributes["src"]), attributes
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", (tag, value)
            if name in URL_ATTRIBUTES:
                assert not value.strip().lower().startswith(("javascript:", "data:", "vbscript:")), value
    assert page.html.count("</script>") == sum(tag == "script" for tag, _ in page.tags)


async def test_words_stay_words(founder: Visitor, stranger: Visitor) -> None:
    image = file_of(quadrants(), "PNG")
    for number, text in enumerate(CORPUS):
        community = await founder.create_community(f"cats{number}", title=text, description=text, rules=text)
        await founder.send("/user/settings/profile", title=text, about=text)
        path = await founder.publish(
            f"cats{number}", text, kind="photo", image=image, alt_text=text, body=text
        )
        post = path.split("/p/")[1].split("/")[0]
        await founder.send(f"/post/{post}/reply", body=text)
        for where in (path, community, "/", "/communities", "/u/ana", "/u/ana?show=comments"):
            page = await stranger.get(where)
            assert page.status == 200, where
            assert_inert(page)
        page = await stranger.get(path)
        assert text in page.text
        assert any(found.get("alt") == text for tag, found in page.tags if tag == "img")
        assert_inert(await founder.get("/user/settings"))
        assert_inert(await stranger.get("/search?q=" + text.replace("&", "%26").replace("%", "%25")))


async def test_addresses_are_of_the_web(founder: Visitor) -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "/post/1"):
        page = await founder.send("/community/cats/submit", kind="link", title="A link", url=url)
        assert (page.status, page.links("#f-")) == (422, ["#f-url"])
        assert_inert(page)


async def test_errors_and_previews_echo_nothing_alive(founder: Visitor, stranger: Visitor) -> None:
    for text in CORPUS:
        assert_inert(await founder.send("/preview", body=text))
        assert_inert(await founder.send("/preview", htmx=True, body=text))
        assert_inert(await founder.send("/community/add_local", name=text, title=text, description=text))
        assert_inert(await founder.send("/post/1/remove", reason=text * 200))
    assert_inert(await stranger.get('/c/"><script>alert(1)</script>'))
    assert_inert(await stranger.get('/auth/login?next=/"><script>alert(1)</script>'))


async def test_a_forged_notice_shows_only_our_words(stranger: Visitor) -> None:
    for cookie in ("<script>.1", "post-deleted./evil", "post-deleted.1.2", "post-deleted"):
        page = await stranger.get("/", Cookie=f"pieloop_notice={cookie}")
        assert_inert(page)
        assert not [found for _, found in page.tags if "evil" in found.get("formaction", "")]


async def test_pages_say_what_browsers_may_do(founder: Visitor, stranger: Visitor) -> None:
    for page in (await stranger.get("/"), await founder.get("/post/1"), await stranger.get("/nothing")):
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert (await founder.get("/")).headers["Cache-Control"] == "no-store"


def test_no_template_has_a_script_a_style_or_a_handler() -> None:
    for file in TEMPLATES.rglob("*.html"):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|\|safe\b|javascript:", source), file
        assert not re.search(
            rf"<script(?![^>]*\ssrc=)(?! type=.{re.escape(FACTS)}.>{{{{ head.facts }}}}</)", source
        ), file
