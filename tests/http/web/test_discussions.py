"""A discussion shows what is new, what a named comment answers, and each control by a name of its own."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.http.web.frame import stamps
from service.storage.clock import utcnow
from service.storage.tables import Comment, ReadPost
from tests.http.web.visitor import Page, Visitor
from tests.serving import held_by


def shown(page: Page) -> list[str]:
    """The comments of a page, in its order."""
    return [tag["id"] for _, tag in page.tags if tag.get("id", "").startswith("comment_")]


def classes(page: Page) -> dict[str, str]:
    """What kind of comment each is."""
    kinds = [
        tag["class"] for name, tag in page.tags if name == "details" and "comment" in tag.get("class", "")
    ]
    return dict(zip(shown(page), kinds, strict=True))


async def talk(founder: Visitor, reader: Visitor) -> None:
    """Five comments, each an answer to the one before, by two people in turns."""
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="1")
    for number in range(1, 6):
        who = (reader, founder)[number % 2 == 0]
        await who.get("/post/1")
        await who.send(f"/post/1/comment/{number}/reply", body=f"{number + 1} <b>%(id)s")


async def test_a_named_comment_stands_below_what_it_answers(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    await talk(founder, reader)
    await founder.send("/post/1/reply", body="Another branch")
    page = await stranger.get("/post/1/comment/6")
    assert shown(page) == [f"comment_{number}" for number in (2, 3, 4, 5, 6)]
    assert [name for name, kind in classes(page).items() if "is-here" in kind] == ["comment_6"]
    assert shown(await stranger.get("/post/1/comment/2")) == [f"comment_{number}" for number in range(1, 7)]
    assert "%(id)s" in page.text


async def test_what_came_since_one_was_here_is_marked_once(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await talk(founder, reader)

    async def pass_time(session: AsyncSession) -> None:
        visit = utcnow() - timedelta(hours=1)
        earlier = visit - timedelta(hours=1)
        await session.execute(update(ReadPost).values(interacted_at=visit))
        old = update(Comment).where(Comment.id < 4)
        await session.execute(old.values(posted_at=earlier, created_at=earlier))

    await held_by(app).database.write(pass_time)
    page = await founder.get("/post/1")
    assert [name for name, kind in classes(page).items() if "is-new" in kind] == ["comment_4", "comment_6"]
    assert "2 new" in page.text
    assert not [kind for kind in classes(await founder.get("/post/1")).values() if "is-new" in kind]


async def test_each_control_has_a_name_and_keeps_its_place(founder: Visitor, reader: Visitor) -> None:
    await talk(founder, reader)
    page = await reader.get("/post/1")
    buttons = [tag for name, tag in page.tags if name == "button" and tag.get("id")]
    assert len({tag["id"] for tag in buttons}) == len(buttons)
    assert page.with_id("up-comment-1")["aria-label"] == "Upvote: ana"
    answer = await reader.send("/comment/1/vote/down", htmx=True)
    assert answer.with_id("down-comment-1")["aria-pressed"] == "true"
    assert answer.with_id("up-comment-1")["aria-label"] == "Upvote: ana"


async def test_a_comment_is_edited_in_its_place(founder: Visitor) -> None:
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="Before")
    asked = {"HX-Request": "true", "HX-Current-URL": "http://x.example/post/1?sort=new"}
    form = await founder.get("/comment/1/edit", **asked)
    assert "<html" not in form.html
    assert form.named("next")["value"] == "/post/1?sort=new"
    sent = await founder.send("/comment/1/edit", body="After", next="/post/1?sort=new")
    assert sent.location == "/post/1?sort=new#comment_1"
    assert "After" in (await founder.get("/post/1")).text
    sent = await founder.send("/comment/1/edit", body="Later", next="//evil.example")
    assert sent.location == "/post/1/comment/1#comment_1"


async def test_without_scripts_one_comes_back_to_where_one_was(founder: Visitor) -> None:
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="Before")
    for asked, back in (
        ({"Referer": "http://localhost/c/cats/p/1/first-cat?sort=new"}, "/c/cats/p/1/first-cat?sort=new"),
        ({"Referer": "https://evil.example/x"}, "/post/1/comment/1"),
        ({}, "/post/1/comment/1"),
    ):
        for path in ("/comment/1/edit", "/post/1/comment/1/reply"):
            form = await founder.get(path, **asked)
            places = [found["value"] for _, found in form.tags if found.get("name") == "next"]
            assert places[-1] == back, (path, asked)


async def test_a_look_is_made_once(founder: Visitor, reader: Visitor, stranger: Visitor) -> None:
    await talk(founder, reader)
    await stranger.get("/post/1")
    made = len(stamps._stamps)
    await stranger.get("/post/1")
    assert len(stamps._stamps) == made
