"""The labels of a community and the posts that carry them, through the API."""

from typing import Any

import pytest
from sqlalchemy import select

from service.http.application import Application
from service.storage.tables import Tag
from tests.http.api.app_client import App, refusal
from tests.http.people import Person
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.statements import counted


async def post_of(who: App, community_id: int, title: str = "Look at this") -> int:
    made = await who.post("/post", title=title, community_id=community_id)
    post_id: int = made["post_view"]["post"]["id"]
    return post_id


async def test_a_flair_is_made_changed_and_taken_away(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    new = {"community_id": place.community_id, "flair_title": "Question"}
    await refusal(his.post("/community/flair", **new))
    made = await hers.post("/community/flair", **new, text_color="#FFF")
    assert made == {
        "id": made["id"],
        "community_id": place.community_id,
        "flair_title": "Question",
        "text_color": "#FFF",
        "background_color": "#DEDDDA",
        "blur_images": False,
        "ap_id": f"https://{DOMAIN}/c/place_of_ana/tag/{made['id']}",
    }
    await refusal(hers.post("/community/flair", **new))
    changed = await hers.put("/community/flair", flair_id=made["id"], flair_title="Ask", blur_images=True)
    assert changed == made | {"flair_title": "Ask", "blur_images": True}
    await refusal(his.put("/community/flair", flair_id=made["id"], flair_title="Mine"))
    seen = await his.get("/community", id=place.community_id)
    assert seen["community_view"]["flair_list"] == [changed]

    post_id = await post_of(his, place.community_id)
    carries = await his.post("/post/assign_flair", post_id=post_id, flair_id_list=[made["id"]])
    assert (carries["flair_list"], carries["post"]["flair"]) == ([changed], "Ask")
    await refusal(his.post("/community/flair/delete", flair_id=made["id"]))
    left = await hers.post("/community/flair/delete", flair_id=made["id"])
    assert left["community_view"]["flair_list"] == []
    assert (await his.get("/post", id=post_id))["post_view"]["flair_list"] == []
    await refusal(hers.put("/community/flair", flair_id=made["id"], flair_title="Gone"))


async def test_a_post_carries_flairs_of_its_community_alone(ana: Person, ben: Person) -> None:
    (hers, place), (his, other) = ana, ben
    ids = [
        (await who.post("/community/flair", community_id=where.community_id, flair_title=title))["id"]
        for who, where, title in ((hers, place, "B"), (hers, place, "A"), (his, other, "C"))
    ]
    post_id = await post_of(his, place.community_id)
    hidden = await post_of(hers, place.community_id)
    carries = await hers.post("/post/assign_flair", post_id=post_id, flair_id_list=ids[:2])
    assert [flair["flair_title"] for flair in carries["flair_list"]] == ["A", "B"]
    refused = await refusal(his.post("/post/assign_flair", post_id=post_id, flair_id_list=ids))
    assert "flair_id_list" in refused.body["errors"]["json"]
    await refusal(his.post("/post/assign_flair", post_id=hidden, flair_id_list=ids[:1]))
    assert (await his.post("/post/assign_flair", post_id=post_id))["flair_list"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flair_title", " "),
        ("flair_title", "x" * 51),
        ("flair_title", "\x00"),
        ("text_color", "red"),
        ("background_color", "#12345"),
        ("blur_images", "yes"),
        ("community_id", "1"),
    ],
)
async def test_bad_flairs_name_what_is_wrong(ana: Person, field: str, value: Any) -> None:
    new = {"community_id": ana[1].community_id, "flair_title": "Fine"} | {field: value}
    refused = await refusal(ana[0].post("/community/flair", **new))
    assert field in refused.body["errors"]["json"]


async def test_flairs_cost_a_list_no_statement(app: Application, ana: Person) -> None:
    hers, place = ana
    flair = await hers.post("/community/flair", community_id=place.community_id, flair_title="A")
    sent = []
    for at in range(6):
        post_id = await post_of(hers, place.community_id, f"Post number {at}")
        await hers.post("/post/assign_flair", post_id=post_id, flair_id_list=[flair["id"]])
        with counted(held_by(app).database) as statements:
            listed = await hers.get("/post/list", sort="New")
        assert [view["flair_list"] for view in listed["posts"]] == [[flair]] * (at + 1)
        sent.append(len(statements))
    assert len(set(sent)) == 1


async def test_a_post_is_given_hashtags_and_flairs_by_their_names(
    app: Application, ana: Person, ben: Person
) -> None:
    (hers, place), (his, _) = ana, ben
    for title in ("Question", "News"):
        await hers.post("/community/flair", community_id=place.community_id, flair_title=title)
    post_id = await post_of(his, place.community_id)
    before: dict[str, str] = {"tags": "", "flair": ""}
    for sent, given in (
        ({"tags": "Linux, #Python,, "}, {"tags": "Linux, Python"}),
        ({"flair": "News,Unknown"}, {"flair": "News"}),
        ({"title": "Only another title"}, {}),
        (
            {"tags": "python,news", "flair": "Question, News"},
            {"tags": "Python, news", "flair": "News, Question"},
        ),
        ({"tags": None, "flair": ""}, {"tags": "", "flair": ""}),
    ):
        changed = await his.put("/post", post_id=post_id, **sent)
        before |= given
        assert {name: changed["post_view"]["post"][name] for name in before} == before, sent
    async with held_by(app).database.read() as db:
        counts = (await db.execute(select(Tag.name, Tag.post_count).order_by(Tag.name))).all()
    assert [tuple(row) for row in counts] == [("linux", 0), ("news", 0), ("python", 0)], (
        "as many as carry them"
    )
    refused = await refusal(hers.put("/post", post_id=post_id, tags="mine"))
    assert refused.status == 400
