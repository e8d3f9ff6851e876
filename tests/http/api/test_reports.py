"""Reports through the API: who may report what, who sees it, who deals with it."""

from dataclasses import dataclass
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Post, Report, User
from service.storage.transaction import Database
from tests.forum.making import administrator, community, member
from tests.http.api.app_client import App, Refused
from tests.http.people import token_of
from tests.serving import held_by
from tests.statements import counted
from tests.working import work_off


@dataclass
class Scene:
    """Ana's community with a post of Ben's and a comment of Cleo's; Dora moderates another one."""

    database: Database
    admin: App
    ana: App
    ben: App
    cleo: App
    dora: App
    ana_id: int
    ben_id: int
    cleo_id: int
    cats: int
    dogs: int
    post: int
    comment: int


@pytest.fixture
async def scene(app: Application, client: Browser) -> Scene:
    database = held_by(app).database
    admin = await administrator(database)
    ana, ben, cleo, dora = [await member(database, name) for name in ("ana", "ben", "cleo", "dora")]
    cats, dogs = await community(database, ana), await community(database, dora, name="dogs")
    apps = {person.name: App(client, token_of(person)) for person in (admin, ana, ben, cleo, dora)}
    post = await apps["ben"].post("/post", title="A bad post", body="Really bad", community_id=cats)
    post_id = post["post_view"]["post"]["id"]
    comment = await apps["cleo"].post("/comment", post_id=post_id, body="A bad comment")
    await work_off(held_by(app))
    return Scene(
        database=database,
        **apps,
        ana_id=ana.id,
        ben_id=ben.id,
        cleo_id=cleo.id,
        cats=cats,
        dogs=dogs,
        post=post_id,
        comment=comment["comment_view"]["comment"]["id"],
    )


async def refused(act: Any) -> dict[str, Any]:
    """What the answer says that refuses an act; its status is 400."""
    with pytest.raises(Refused) as refusal:
        await act
    assert refusal.value.status == 400
    body: dict[str, Any] = refusal.value.body
    return body


async def test_a_reported_post_reaches_its_moderators_and_is_dealt_with(
    app: Application, scene: Scene
) -> None:
    sent = await scene.cleo.post("/post/report", post_id=scene.post, reason="Spam", description="Sells tea")
    view = sent["post_report_view"]
    report = view["post_report"]
    assert (report["original_post_name"], report["original_post_body"]) == ("A bad post", "Really bad")
    assert (report["reason"], report["resolved"], report["post_id"]) == ("Spam", False, scene.post)
    assert (view["creator"]["user_name"], view["post_creator"]["user_name"]) == ("cleo", "ben")
    again = await scene.cleo.post("/post/report", post_id=scene.post, reason="Spam again")
    assert again["post_report_view"]["post_report"]["id"] == report["id"]

    before = (await scene.ana.get("/user/unread_count"))["other"]
    await work_off(held_by(app))
    assert (await scene.ana.get("/user/unread_count"))["other"] == before + 1
    assert (await scene.dora.get("/user/unread_count"))["other"] == 0
    for who, expected in ((scene.ana, 1), (scene.admin, 1), (scene.dora, 0), (scene.ben, 0), (scene.cleo, 0)):
        listed = await who.get("/post/report/list")
        assert (len(listed["post_reports"]), listed["next_page"]) == (expected, None)
        assert (await who.get("/user/report_count"))["post_reports"] == expected
    assert len((await scene.ana.get("/post/report/list", community_id=scene.cats))["post_reports"]) == 1
    assert (await scene.ana.get("/post/report/list", community_id=scene.dogs))["post_reports"] == []
    assert (await scene.ana.get("/post/report/list", post_id=scene.post + 1))["post_reports"] == []

    which = {"report_id": report["id"], "resolved": True}
    for stranger in (scene.dora, scene.cleo, scene.ben):
        await refused(stranger.put("/post/report/resolve", **which))
    await refused(scene.ana.put("/comment/report/resolve", **which))
    resolved = await scene.ana.put("/post/report/resolve", **which)
    assert resolved["post_report_view"]["post_report"]["resolved"] is True
    assert (await scene.ana.get("/user/unread_count"))["other"] == before
    assert (await scene.ana.get("/post/report/list"))["post_reports"] == []
    assert len((await scene.ana.get("/post/report/list", unresolved_only="false"))["post_reports"]) == 1
    async with scene.database.read() as db:
        assert await db.scalar(select(Post.reports)) == 0
    await scene.ana.put("/post/report/resolve", report_id=report["id"], resolved=False)
    async with scene.database.read() as db:
        assert await db.scalar(select(Post.reports)) == 1
        assert await db.scalar(select(User.reports).where(User.id == scene.ben_id)) == 1


async def test_a_reported_comment_keeps_its_words(app: Application, scene: Scene) -> None:
    sent = await scene.ben.post("/comment/report", comment_id=scene.comment, reason="Rude")
    await scene.cleo.put("/comment", comment_id=scene.comment, body="A nice comment")
    (view,) = (await scene.ana.get("/comment/report/list"))["comment_reports"]
    assert view["comment_report"]["id"] == sent["comment_report_view"]["comment_report"]["id"]
    assert view["comment_report"]["original_comment_text"] == "A bad comment"
    assert view["comment"]["body"] == "A nice comment"
    assert (view["creator"]["user_name"], view["comment_creator"]["user_name"]) == ("ben", "cleo")
    assert (await scene.dora.get("/comment/report/list"))["comment_reports"] == []
    await scene.admin.put("/comment/report/resolve", report_id=view["comment_report"]["id"], resolved=True)
    assert (await scene.ana.get("/comment/report/list", comment_id=scene.comment))["comment_reports"] == []


async def test_messages_and_conversations_are_the_administrators_matter(
    app: Application, scene: Scene
) -> None:
    written = await scene.ben.post("/private_message", content="A threat", recipient_id=scene.cleo_id)
    message_id = written["private_message_view"]["private_message"]["id"]
    talk = written["private_message_view"]["conversation_id"]
    for stranger in (scene.ana, scene.admin):
        await refused(stranger.post("/private_message/report", private_message_id=message_id, reason="?"))
        await refused(stranger.post("/private_message/conversation/report", conversation_id=talk, reason="?"))
    reported = await scene.cleo.post(
        "/private_message/report", private_message_id=message_id, reason="Threatens me"
    )
    report = reported["private_message_report_view"]["private_message_report"]
    assert (report["original_pm_text"], report["reason"]) == ("A threat", "Threatens me")
    assert reported["private_message_view"]["private_message"]["id"] == message_id
    await scene.cleo.post("/private_message/conversation/report", conversation_id=talk, reason="All of it")
    await work_off(held_by(app))
    assert (await scene.admin.get("/user/unread_count"))["other"] == 2

    for who in (scene.ana, scene.ben):
        assert (await who.get("/private_message/report/list"))["private_message_reports"] == []
        listed = await who.get("/private_message/conversation/report/list")
        assert listed["conversation_reports"] == []
    (of_message,) = (await scene.admin.get("/private_message/report/list"))["private_message_reports"]
    assert of_message["private_message"]["content"] == "A threat"
    assert of_message["private_message_creator"]["user_name"] == "ben"
    listed = await scene.admin.get("/private_message/conversation/report/list", conversation_id=talk)
    assert [one["conversation_report"]["reason"] for one in listed["conversation_reports"]] == [
        "All of it",
        "Threatens me",
    ]
    info = listed["conversation_reports"][0]
    assert [one["user_name"] for one in info["conversation_information"]["members"]] == ["ben", "cleo"]
    assert [one["private_message"]["content"] for one in info["message_history"]] == ["A threat"]

    which = {"report_id": report["id"], "resolved": True}
    await refused(scene.cleo.put("/private_message/report/resolve", **which))
    done = await scene.admin.put("/private_message/report/resolve", **which)
    assert done["private_message_report_view"]["private_message_report"]["resolved"] is True
    of_talk = info["conversation_report"]["id"]
    await refused(scene.admin.put("/private_message/report/resolve", report_id=of_talk, resolved=True))
    await scene.admin.put("/private_message/conversation/report/resolve", report_id=of_talk, resolved=True)
    assert (await scene.admin.get("/user/report_count"))["private_message_reports"] == 0


async def test_what_one_may_not_read_one_cannot_report(scene: Scene) -> None:
    await scene.database.write(
        lambda session: session.execute(update(Post).where(Post.id == scene.post).values(status=0))
    )
    await refused(scene.dora.post("/post/report", post_id=scene.post, reason="Spam"))
    await refused(scene.dora.post("/comment/report", comment_id=scene.comment, reason="Spam"))
    await refused(App(scene.ana.client).post("/post/report", post_id=scene.post, reason="Spam"))


async def test_moderators_may_have_had_enough_of_it(scene: Scene) -> None:
    await scene.database.write(
        lambda session: session.execute(update(Post).where(Post.id == scene.post).values(reports=-1))
    )
    await refused(scene.cleo.post("/post/report", post_id=scene.post, reason="Spam"))
    async with scene.database.read() as db:
        assert await db.scalar(select(Report.id)) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"post_id": 1}, "reason"),
        ({"post_id": 1, "reason": " "}, "reason"),
        ({"post_id": 1, "reason": "x" * 257}, "reason"),
        ({"post_id": 1, "reason": "x", "description": "x" * 257}, "description"),
        ({"post_id": 1, "reason": "x\x00"}, "reason"),
        ({"post_id": "x", "reason": "x"}, "post_id"),
        ({"post_id": 1, "reason": "x", "report_remote": "no"}, "report_remote"),
    ],
)
async def test_what_is_wrong_is_named(scene: Scene, body: dict[str, object], field: str) -> None:
    assert list((await refused(scene.cleo.post("/post/report", **body)))["errors"]["json"]) == [field]


async def test_lists_take_as_many_statements_for_many_as_for_few(scene: Scene) -> None:
    counts: list[list[int]] = []
    for first, last in ((0, 10), (10, 100)):
        await scene.database.write(_report_often, scene, first, last)
        taken = []
        for path, name in (
            ("/post/report/list", "post_reports"),
            ("/comment/report/list", "comment_reports"),
        ):
            with counted(scene.database) as sent:
                listed = await scene.ana.get(path, limit=100)
            assert len(listed[name]) == last
            taken.append(len(sent))
        counts.append(taken)
    assert counts[0] == counts[1]


async def _report_often(session: AsyncSession, scene: Scene, first: int, last: int) -> None:
    for kind, comment_id in ((1, None), (2, scene.comment)):
        session.add_all(
            Report(
                type=kind,
                status=0,
                reasons=f"Reason number {number}",
                reporter_id=scene.cleo_id,
                suspect_post_id=scene.post,
                suspect_post_reply_id=comment_id,
                in_community_id=scene.cats,
                targets={},
            )
            for number in range(first, last)
        )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"reason": "Spam"}, 0),
        ({"reason": "Minor abuse or sexualization"}, 1),
        ({"reason": "MINOR  ABUSE"}, 1),
        ({"reason": "doxing"}, 1),
        ({"reason": "Breaks the rules", "description": "Sharing personal info - Doxing"}, 1),
    ],
)
async def test_administrators_are_told_at_once_of_what_is_grave(
    app: Application, scene: Scene, words: dict[str, str], told: int
) -> None:
    await scene.cleo.post("/post/report", post_id=scene.post, **words)
    await scene.ben.post("/comment/report", comment_id=scene.comment, **words)
    await work_off(held_by(app))
    assert (await scene.admin.get("/user/unread_count"))["other"] == 2 * told
