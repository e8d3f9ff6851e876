"""The pages on which people say what they do not want to see, and what lists make of it, at page and API."""

from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import text

from service.http.application import Application
from service.http.context import EXTENSION
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.http.web.visitor import Visitor

ADD = "/user/settings/filters/add"


async def api_titles(app: Application, client: Browser) -> dict[str, dict[str, Any]]:
    """The posts that bob's app is given, with how they are to be shown."""
    database = app.extensions[EXTENSION].database
    bob = await making.viewer_of(database, 3)
    response = await client.get("/api/alpha/post/list?sort=New", headers=bearer(token_of(bob)))
    views = (await response.get_json())["posts"]
    return {view["post"]["title"]: {key: view[key] for key in ("filtered", "blurred")} for view in views}


async def test_a_filter_is_made_used_changed_and_deleted(
    app: Application, client: Browser, founder: Visitor, reader: Visitor
) -> None:
    await founder.publish("cats", "About a dog", body="x")
    await reader.get(ADD)
    fields: dict[str, Any] = {
        "title": "No cats",
        "keywords": "cat",
        "filter_home": "1",
        "filter_posts": "1",
        "filter_replies": "1",
    }
    page = await reader.send(ADD, hide_type="1", **fields)
    assert page.location == "/user/settings/filters"
    for path in ("/home/new/all", "/c/cats"):
        shown = (await reader.get(path)).text
        assert "About a dog" in shown
        assert "First cat" not in shown, path
        assert "First cat" in (await founder.get(path)).text
    assert await api_titles(app, client) == {"About a dog": {"filtered": False, "blurred": False}}

    edit = next(
        link for link in (await reader.get("/user/settings/filters")).links("/user/settings/filters/1")
    )
    assert (await reader.get(edit)).named("title")["value"] == "No cats"
    await reader.follow(await reader.send(edit, hide_type="0", **fields))
    for path in ("/home/new/all", "/c/cats"):
        assert "Filtered: No cats" in (await reader.get(path)).text
    assert (await api_titles(app, client))["First cat"] == {"filtered": False, "blurred": True}
    assert (await founder.get(edit)).status == 404

    await founder.send("/post/1/reply", body="What a cat!")
    assert "Filtered: No cats" in (await reader.get("/post/1")).text
    await reader.send("/user/settings/filters/1/delete")
    assert "Filtered" not in (await reader.get("/home/new/all")).text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"keywords": " "}, "keywords"),
        ({"hide_type": "x"}, "hide_type"),
        ({"hide_type": "7"}, "hide_type"),
        ({"expire_after": "tomorrow"}, "expire_after"),
    ],
)
async def test_a_filter_that_breaks_a_rule_is_shown_again(
    reader: Visitor, fields: dict[str, Any], wrong: str
) -> None:
    await reader.get(ADD)
    page = await reader.send(ADD, **({"title": "T", "keywords": "k", "hide_type": "1"} | fields))
    assert page.links("#f-") == [f"#f-{wrong}"]


async def test_kinds_of_posts_are_shown_as_chosen(
    app: Application, client: Browser, founder: Visitor, reader: Visitor
) -> None:
    await founder.publish("cats", "Bare [NSFW]", body="x")
    await reader.get("/user/settings/filters")
    form: dict[str, Any] = {"hide_nsfl": "1", "hide_gen_ai": "2", "ignore_bots": "3"}
    form |= {"reply_collapse_threshold": "-5", "reply_hide_threshold": "-7"}
    for way, (listed, blurred, pale) in {
        "0": (True, False, False),
        "1": (False, False, False),
        "2": (True, True, False),
        "3": (True, False, True),
    }.items():
        await reader.follow(await reader.send("/user/settings/filters", hide_nsfw=way, **form))
        page = await reader.get("/home/new/all")
        assert ("Bare" in page.text, "is-faded" in page.html) == (listed, pale), way
        assert (await api_titles(app, client)).get("Bare [NSFW]", {}).get("blurred", False) == blurred
    stored = await reader.get("/user/settings/filters")
    assert stored.named("reply_hide_threshold")["value"] == "-7"
    wrong = await reader.send("/user/settings/filters", hide_nsfw="9", **form)
    assert wrong.links("#f-") == ["#f-hide_nsfw"]


async def test_comments_of_low_score_are_folded_and_hidden(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    for body in ("Good one", "Bad one", "Worst one"):
        await founder.send("/post/1/reply", body=body)
    await reader.get("/user/settings/filters")
    await reader.send("/user/settings/filters", reply_collapse_threshold="-5", reply_hide_threshold="-7")
    scores = text("UPDATE post_reply SET down_votes = id * 3, up_votes = 1")
    await app.extensions[EXTENSION].database.write(lambda session: session.execute(scores))
    page = await reader.get("/post/1")
    assert "Worst one" not in page.text
    assert "Bad one" in page.text
    is_open = ["open" in a for tag, a in page.tags if tag == "details" and a.get("class") == "comment"]
    assert sorted(is_open) == [False, True]
    assert "Worst one" in (await founder.get("/post/1")).text
