"""What people wrote, on pages: rendered off the loop, bounded for a view, shown where its HTML is missing."""

import gc
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from service.forum.posts.rules import BODY_MAX
from service.http.application import Application
from service.http.context import EXTENSION
from service.http.passing.long_texts import LONG as LONG_ENOUGH
from service.http.web.frame import bodies
from service.text import markdown, sanitising
from tests.holding import tenth_of_a_second
from tests.http.people import app_of
from tests.http.web.visitor import Page, Visitor

LONG = "a\n\n" * (BODY_MAX // 3)


@pytest.fixture
def on_the_loop(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the lengths of long texts that are worked on by the thread of the loop."""
    found: list[int] = []
    loop_thread = threading.get_ident()

    def watched(work: Callable[..., str]) -> Callable[..., str]:
        def watching(source: str, *args: object, **more: object) -> str:
            if len(source) > LONG_ENOUGH and threading.get_ident() == loop_thread:
                found.append(len(source))
            return work(source, *args, **more)

        return watching

    monkeypatch.setattr(markdown, "_anew", watched(markdown._anew))
    monkeypatch.setattr(bodies, "sanitise", watched(sanitising.sanitise))
    return found


async def execute(app: Application, statement: str, **values: object) -> None:
    async with app.extensions[EXTENSION].database.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def test_no_door_renders_a_long_text_on_the_loop(
    app: Application, founder: Visitor, stranger: Visitor, on_the_loop: list[int]
) -> None:
    async def written(path: str, **fields: Any) -> Page:
        page = await founder.send(path, **fields)
        assert page.status in {200, 303}, (path, page.text)
        return page

    await written("/community/cats/submit", kind="text", title="Long", body=LONG + "1")
    await written("/post/1/edit", title="Longer", body=LONG + "2")
    await written("/post/1/reply", body=LONG + "3")
    await written("/comment/1/edit", body=LONG + "4")
    await written("/preview", body=LONG + "5")
    api, place = await app_of(app, app.test_client(), "zoe")
    post = await api.post("/post", title="Long", community_id=place.community_id, body=LONG + "6")
    post_id = post["post_view"]["post"]["id"]
    await api.put("/post", post_id=post_id, body=LONG + "7")
    comment = await api.post("/comment", post_id=post_id, body=LONG + "8")
    await api.put("/comment", comment_id=comment["comment_view"]["comment"]["id"], body=LONG + "9")
    bodies.CLEANED.forget()
    for path in ("/post/1", "/post/1/comment/1", f"/post/{post_id}", "/u/zoe?show=comments"):
        assert (await stranger.get(path)).status == 200
    assert on_the_loop == []


async def test_a_view_has_room_for_so_much(app: Application, founder: Visitor, stranger: Visitor) -> None:
    for number in range(20):
        await founder.send("/post/1/reply", body=f"Comment {number}")
    html = "<p>start</p>" + "<p>a<b>b</p>" * 20_000  # not well nested: the dearest kind
    await execute(app, "UPDATE post_reply SET body_html = :html || id", html=html)
    page = await stranger.get("/post/1")
    assert len(page.html) < bodies.ROOM + 400_000
    cut = [link for link in page.links("/post/1/comment/") if link.rpartition("/")[2].isdigit()]
    assert page.html.count("Read the whole text") > 10
    assert "start" in (await stranger.get(cut[0])).text
    await execute(app, "UPDATE post SET body_html = :html", html=html * 5)
    assert len(html) * 5 > bodies.ROOM
    page = await stranger.get("/post/1")
    assert 'href="/post/1">Read the whole' not in page.html, "the first text in a view has room in any case"
    await execute(app, "UPDATE post SET body_html = ''")
    gc.collect()  # what earlier tests left is not counted
    began = time.process_time()
    await (await stranger.client.get("/post/1")).get_data()
    assert time.process_time() - began < 4 * tenth_of_a_second()  # remembered; cleaning them takes seconds


async def test_a_text_without_its_html_is_shown(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.send("/post/1/reply", body="A *small* remark")
    for nothing in ("NULL", "''"):
        await execute(app, f"UPDATE post_reply SET body_html = {nothing}")
        await execute(app, f"UPDATE post SET body_html = {nothing}")
        page = await stranger.get("/post/1")
        assert "A <em>small</em> remark" in page.html
        assert "It <em>purrs</em>." in page.html
        assert 'content="It purrs."' in page.html
        assert "A small remark" in (await stranger.get("/u/ana?show=comments")).text


SPOILERS = (
    "Seen.\n\n::: spoiler S\nthe gardener\n:::\n",
    "Seen.\n\n:::: spoiler S\n::: spoiler T\nx\n:::\nthe gardener\n::::\n",
    "Seen.\n\n>!the gardener!<",
    "Seen.\n> ::: spoiler S\n> the gardener\n> :::\n",
)


async def test_what_is_hidden_is_in_no_head(founder: Visitor, stranger: Visitor) -> None:
    for number, body in enumerate(SPOILERS):
        path = await founder.publish("cats", f"Who was it {number}", body=body)
        head, _, rest = (await stranger.get(path)).html.partition("</head>")
        assert "gardener" not in head, body
        assert "Seen." in head, body
        assert "gardener" in rest, body


async def test_the_preview_takes_what_a_post_may_be(founder: Visitor) -> None:
    assert (await founder.send("/preview", body="a" * BODY_MAX)).status == 200
    assert (await founder.send("/preview", body="a" * (BODY_MAX + 1))).status in {400, 413, 422}


async def test_code_has_colours(founder: Visitor) -> None:
    path = await founder.publish("cats", "Some code", body="```python\nif x:  # why\n    pass\n```")
    page = await founder.get(path)
    assert '<span class="k">if</span>' in page.html
    assert '<span class="c"># why</span>' in page.html
    preview = await founder.send("/preview", body="```sh\necho hi\n```", htmx=True)
    assert '<span class="b">echo</span>' in preview.html
