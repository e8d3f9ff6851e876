"""A post moves to another community by its author's wish, or by that of somebody who moderates both."""

from service.http.application import Application
from tests.http.web.conftest import person
from tests.http.web.visitor import Visitor
from tests.serving import held_by


async def test_posts_move_by_those_who_may(
    app: Application, founder: Visitor, reader: Visitor, administrator: Visitor
) -> None:
    await founder.create_community("dogs")
    await founder.create_community("ours", local_only="1")
    await reader.create_community("birds")
    await reader.publish("cats", "By bob")
    await founder.publish("birds", "Far away")
    cid = Visitor(app.test_client())
    await cid.arrive(held_by(app).database, await person(app, "cid"))

    # Who, which post, whereto; and what comes of it: the path where it stands, or why not.
    for who, post, to, outcome in (
        (cid, 1, "birds", 403),
        (founder, 1, "nowhere", "This community doesn't exist here."),
        (founder, 1, "ours", "Posts can only be moved between communities that are open to everyone."),
        (founder, 1, "!dogs", "/c/dogs/p/1/first-cat"),
        (founder, 2, "birds", 403),
        (founder, 2, "dogs", "/c/dogs/p/2/by-bob"),
        (reader, 2, "birds", "/c/birds/p/2/by-bob"),
        (administrator, 3, "cats", "/c/cats/p/3/far-away"),
    ):
        await who.get("/submit")
        sent = await who.send(f"/post/{post}/move", community=to)
        case = (post, to, sent.status)
        if isinstance(outcome, int):
            assert sent.status == outcome, case
        elif outcome.startswith("/"):
            assert sent.location == outcome, case
        else:
            assert outcome in sent.text, case
            assert sent.named("community")["value"] == to, case


async def test_the_form_offers_where_it_may_go(founder: Visitor, reader: Visitor) -> None:
    await founder.create_community("dogs")
    page = await founder.get("/post/1/move")
    assert [tag["value"] for name, tag in page.tags if name == "option"] == ["dogs"]
    assert "/post/1/move" in (await founder.get("/post/1/options")).links("/post/1/")
    assert "/post/1/move" not in (await reader.get("/post/1/options")).links("/post/1/")
    assert (await reader.get("/post/1/move")).status == 403
