"""A person has one name for those who read, wherever they are named: the chosen one, and its letter for a picture."""

import re

import pytest

from tests.http.web.visitor import Visitor

NAME = "Late Newt"
PAGES = (
    "/",
    "/c/cats",
    "/post/1",
    "/post/1/comment/1",
    "/u/ana?show=comments",
    "/search?q=word&what=comments",
    "/search?q=cat",
    "/search?q=newt&what=people",
)


@pytest.mark.parametrize("chosen", [NAME, '<b>"Newt'])
async def test_a_person_has_one_name(founder: Visitor, stranger: Visitor, chosen: str) -> None:
    await founder.send("/user/settings/profile", title=chosen)
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="A word")
    named = 0
    for path in PAGES:
        page = (await stranger.get(path)).html
        page = re.sub(r'<nav class="tabs".*?</nav>', "", page, flags=re.DOTALL)
        for words in re.findall(r'<a [^>]*href="/u/ana"[^>]*>(.*?)</a>', page, re.DOTALL):
            shown = re.sub(r"<[^>]*>", "", re.sub(r'<span class="face[^>]*>.*?</span>', "", words)).strip()
            assert shown == (NAME if chosen == NAME else "&lt;b&gt;&#34;Newt"), path
            named += 1
        letters = re.findall(r'class="face[^"]* letter" aria-hidden="true">([^<]*)<', page)
        assert set(letters) <= {"C", chosen[0].replace("<", "&lt;")}, (path, letters)
    assert named > len(PAGES) / 2
