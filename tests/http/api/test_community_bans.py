"""What a ban from a community stops there, and what it leaves: nothing new, no say, but one's own reading."""

from dataclasses import dataclass
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser

from service.forum.communities import operations as communities
from service.http.application import Application
from service.storage.transaction import Database
from tests.http.api.app_client import App, Refused
from tests.http.people import Place, app_of
from tests.serving import held_by


@dataclass(frozen=True)
class Scene:
    """Ben's app and what he wrote in ana's community before he was banned from it, with ana's things there."""

    database: Database
    hers: App
    his: App
    things: dict[str, int]


@pytest.fixture
async def scene(app: Application, client: Browser) -> Scene:
    database = held_by(app).database
    hers, ana = await app_of(app, client, "ana")
    his, ben = await app_of(app, client, "ben")
    where = {"community_id": ana.community_id}
    await his.post("/community/follow", follow=True, **where)
    flair = await hers.post("/community/flair", flair_title="Nice", **where)
    things = {**where, "flair": flair["id"]} | await _write(hers, where, "hers")
    things |= {f"own_{name}": id_ for name, id_ in (await _write(his, where, "his")).items()}
    for kind, path in (("post", "/post/delete"), ("comment", "/comment/delete")):
        thing = things[f"own_deleted_{kind}"]
        await his.post(path, **{f"{kind}_id": thing}, deleted=True)
    await _ban(database, ana, ben)
    return Scene(database, hers, his, things)


async def _write(app: App, where: dict[str, int], word: str) -> dict[str, int]:
    choices = {"choices": [{"choice_text": "This"}, {"choice_text": "That"}]}
    post = (await app.post("/post", title=f"A post of {word}", **where))["post_view"]["post"]["id"]
    gone = (await app.post("/post", title=f"To be gone, {word}", **where))["post_view"]["post"]["id"]
    poll = (await app.post("/post", title=f"A poll of {word}", poll=choices, **where))["post_view"]["post"]
    said = [await app.post("/comment", post_id=post, body=f"{word} {body}") for body in ("one", "two")]
    comment, deleted = (answer["comment_view"]["comment"]["id"] for answer in said)
    return {
        "post": post,
        "deleted_post": gone,
        "poll": poll["id"],
        "choice": poll["poll"]["choices"][0]["id"],
        "comment": comment,
        "deleted_comment": deleted,
    }


async def _ban(database: Database, ana: Place, ben: Place) -> None:
    await database.write(communities.ban_member, ana.member, ana.community_id, ben.member.id, reason="Rude")


# What is sent; a word in braces stands for the id of a thing.
Sent = tuple[str, str, dict[str, Any]]
STOPPED: dict[str, Sent] = {
    "posting": ("post", "/post", {"title": "New", "community_id": "{community_id}"}),
    "commenting": ("post", "/comment", {"body": "New", "post_id": "{post}"}),
    "answering": ("post", "/comment", {"body": "New", "post_id": "{post}", "parent_id": "{comment}"}),
    "editing a post": ("put", "/post", {"post_id": "{own_post}", "body": "Changed"}),
    "editing a comment": ("put", "/comment", {"comment_id": "{own_comment}", "body": "Changed"}),
    "bringing a post back": ("post", "/post/delete", {"post_id": "{own_deleted_post}", "deleted": False}),
    "bringing a comment back": (
        "post",
        "/comment/delete",
        {"comment_id": "{own_deleted_comment}", "deleted": False},
    ),
    "voting on a post": ("post", "/post/like", {"post_id": "{post}", "score": 1}),
    "voting on a comment": ("post", "/comment/like", {"comment_id": "{comment}", "score": -1}),
    "voting in a poll": ("post", "/post/poll_vote", {"post_id": "{poll}", "choice_id": ["{choice}"]}),
    "marking an answer": (
        "post",
        "/comment/mark_as_answer",
        {"comment_reply_id": "{own_comment}", "answer": True},
    ),
    "labelling a post": (
        "post",
        "/post/assign_flair",
        {"post_id": "{own_post}", "flair_id_list": ["{flair}"]},
    ),
    "words beside the name": (
        "post",
        "/user/set_flair",
        {"community_id": "{community_id}", "flair_text": "I"},
    ),
    "reporting a post": ("post", "/post/report", {"post_id": "{post}", "reason": "Rude"}),
    "reporting a comment": ("post", "/comment/report", {"comment_id": "{comment}", "reason": "Rude"}),
    "joining": ("post", "/community/follow", {"community_id": "{community_id}", "follow": True}),
    "hearing of new posts": (
        "put",
        "/community/subscribe",
        {"community_id": "{community_id}", "subscribe": True},
    ),
}
LEFT: dict[str, Sent] = {
    "reading": ("get", "/post", {"id": "{post}"}),
    "reading the community": ("get", "/community", {"id": "{community_id}"}),
    "keeping a post": ("put", "/post/save", {"post_id": "{post}", "save": True}),
    "keeping a comment": ("put", "/comment/save", {"comment_id": "{comment}", "save": True}),
    "hearing of comments": ("put", "/post/subscribe", {"post_id": "{post}", "subscribe": True}),
    "hiding a post": ("post", "/post/hide", {"post_id": "{post}", "hidden": True}),
    "blocking the community": (
        "post",
        "/community/block",
        {"community_id": "{community_id}", "block": True},
    ),
    "taking a vote back": ("post", "/post/like", {"post_id": "{own_post}", "score": 0}),
    "taking a post back": ("post", "/post/delete", {"post_id": "{own_post}", "deleted": True}),
    "taking a comment back": ("post", "/comment/delete", {"comment_id": "{own_comment}", "deleted": True}),
}


def filled(value: Any, things: dict[str, int]) -> Any:
    """The value with ids where words in braces stand."""
    if isinstance(value, list):
        return [filled(one, things) for one in value]
    is_word = isinstance(value, str) and value.startswith("{")
    return things[value.strip("{}")] if is_word else value


async def send(scene: Scene, sent: Sent) -> Any:
    method, path, body = sent
    return await getattr(scene.his, method)(
        path, **{name: filled(value, scene.things) for name, value in body.items()}
    )


async def test_a_ban_stops_what_others_would_see_and_leaves_the_rest(scene: Scene) -> None:
    for name, sent in STOPPED.items():
        with pytest.raises(Refused) as refused:
            await send(scene, sent)
        assert "banned" in refused.value.body["message"], name
    for sent in LEFT.values():
        await send(scene, sent)
    reports = (await scene.hers.get("/post/report/list"))["post_reports"]
    assert reports == []
