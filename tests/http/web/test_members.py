"""What a member does about people and things, without an app: report, block, follow, watch, hide, write down."""

from typing import Any

from sqlalchemy import select

from service.http.application import Application
from service.storage.tables import (
    CommunityBlock,
    DomainBlock,
    HiddenPost,
    NotificationSubscription,
    Report,
    User,
    UserBlock,
    UserFollower,
    UserNote,
)
from tests.http.web.visitor import Page, Visitor
from tests.serving import held_by
from tests.working import work_off

REPORTED = {
    "/post/1/report": (1, "First cat"),
    "/post/1/comment/1/report": (2, "Purr"),
    "/u/ana/report": (0, "@ana"),
    "/community/cats/report": (3, "!cats"),
}


async def _all(app: Application, *columns: object) -> list[tuple[object, ...]]:
    async with held_by(app).database.read() as db:
        return [tuple(row) for row in await db.execute(select(*columns))]  # type: ignore[call-overload]


def _says(page: Page, *words: str) -> bool:
    text = " ".join(page.text.split())
    return all(one in text for one in words)


async def test_anything_is_reported_with_a_reason(
    app: Application, founder: Visitor, reader: Visitor, stranger: Visitor, administrator: Visitor
) -> None:
    await founder.send("/post/1/reply", body="Purr")
    for path, (kind, words) in REPORTED.items():
        assert (await stranger.get(path)).location.startswith("/auth/login"), path
        form = await reader.get(path)
        assert _says(form, words, "What's wrong?"), path
        assert (await reader.send(path)).status == 422, "no reason"
        assert (await reader.send(path, reason="Something else")).status == 422, "which says nothing"
        answer = await reader.send(path, reason="Spam", description="For <b>hats</b>")
        assert _says(await reader.follow(answer), "Thank you"), path
        assert (kind, "Spam", "For <b>hats</b>") in await _all(
            app, Report.type, Report.reasons, Report.description
        ), path
        await reader.send(path, reason="Spam")
    assert len(await _all(app, Report.id)) == len(REPORTED), "again is the same report"
    assert (await founder.send("/u/ana/report", reason="Spam")).status == 422, "oneself"
    await work_off(held_by(app))
    assert "New report to review" in (await administrator.get("/notifications")).text


async def test_strangers_have_menus_too(founder: Visitor, stranger: Visitor) -> None:
    await founder.send("/post/1/reply", body="Purr")
    menus = {
        "/c/cats": "/post/1/options",
        "/post/1": "/post/1/comment/1/options",
        "/u/ana": "/u/ana/report",
    }
    for page, inside in menus.items():
        assert (await stranger.get(page)).links(inside), page
    for path in ("/post/1/options", "/post/1/comment/1/options"):
        for headers in ({}, {"HX-Request": "true"}):
            menu = await stranger.get(path, **headers)
            assert _says(menu, "Report…", "Sign in for more actions"), path
            assert menu.links("/auth/login?next=%2F"), path
    assert (await stranger.get("/u/ana")).links("/u/ana/feed")
    assert not (await founder.get("/u/ana")).links("/u/ana/report"), "oneself"


async def test_a_message_and_its_conversation_are_reported(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    (first,) = (await reader.get("/u/ana")).links("/chat/to/")
    sent = await reader.send(first, content="Buy hats")
    conversation = sent.location.partition("#")[0]
    for path in ("/chat/message/1/report", f"{conversation}/report"):
        await founder.get(path)
        await founder.follow(await founder.send(path, reason="Spam"))
    assert await _all(app, Report.type, Report.suspect_conversation_id) == [(4, 1), (4, 1)]
    eve = await Visitor(app.test_client()).register("eve")
    for path in ("/chat/message/1/report", f"{conversation}/report"):
        assert (await eve.send(path, reason="Spam")).status == 404, "of others nobody knows"


async def test_what_a_person_wrote_last_comes_first(founder: Visitor, reader: Visitor) -> None:
    await founder.send("/post/1/reply", body="Purr")
    await founder.publish("cats", "Second cat")
    written = (await reader.get("/u/ana")).text
    assert (
        written.index("Second cat")
        < written.index("Purr")
        < written.index("First cat", written.index("Purr"))
    )


async def test_who_is_blocked_shows_it_and_is_undone_in_one_list(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await founder.publish("cats", "A link", kind="link", url="https://paper.example/a")
    for path in ("/u/ana", "/community/cats", "/website/paper.example"):
        assert (await reader.send(f"{path}/block")).status == 303, path
    profile = await reader.get("/u/ana")
    assert _says(profile, "You've blocked this person")
    assert "First cat" not in profile.text
    assert not profile.links("/chat/to/"), "nobody writes to whom they blocked"
    assert _says(await reader.get("/c/cats"), "You've blocked this community")
    assert "First cat" not in (await reader.get("/")).text
    listed = await reader.get("/user/settings/blocks")
    assert _says(listed, "ana", "Cats", "paper.example")
    undo = [tag["formaction"] for _, tag in listed.tags if "/unblock" in tag.get("formaction", "")]
    for path in undo:
        back = await reader.send(path, next="/user/settings/blocks")
        assert back.location == "/user/settings/blocks"
    assert len(undo) == 3
    for table in (UserBlock.blocked_id, CommunityBlock.community_id, DomainBlock.domain_id):
        assert not await _all(app, table)
    assert "First cat" in (await reader.get("/")).text


BY_NAME = (
    ("person", "ana", 303),
    ("person", "@ana", 303),
    ("person", "nobody", 422),
    ("person", "\0", 422),
    ("community", "!cats", 303),
    ("community", " cats ", 303),
    ("community", "dogs", 422),
    ("instance", "nowhere.example", 422),
    ("website", "nowhere.example", 422),
    ("website", "", 422),
    ("planet", "mars", 404),
)


async def test_a_name_is_blocked(reader: Visitor) -> None:
    for kind, name, status in BY_NAME:
        fields: dict[str, Any] = {kind: name}
        page = await reader.send(f"/user/settings/blocks/{kind}", **fields)
        assert page.status == status, (kind, name)


async def test_a_person_is_followed_watched_and_written_down(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    page = await reader.follow(await reader.send("/u/ana/follow"))
    assert _says(page, "now following this person", "Unfollow")
    await reader.follow(await reader.send("/u/ana/watch", next="/u/ana"))
    await reader.follow(await reader.send("/u/ana/note", note=" Knows <cats> "))
    page = await reader.get("/u/ana")
    assert _says(page, "Your note:", "Knows <cats>", "Stop notifying me about their posts")
    assert "Knows" not in (await founder.get("/u/ana")).text, "a note is for its writer alone"
    assert (await reader.send("/u/ana/note", note="x" * 51)).status == 422
    for action in ("unfollow", "unwatch", "note"):
        await reader.follow(await reader.send(f"/u/ana/{action}", next="/u/ana", note=""))
    for column in (UserFollower.local_user_id, UserNote.id):
        assert not await _all(app, column)
    page = await reader.get("/u/ana")
    assert _says(page, "Follow", "Notify me about their posts")


async def test_posts_are_hidden_and_shown_again(app: Application, founder: Visitor, reader: Visitor) -> None:
    page = await reader.follow(await reader.send("/post/1/hide", next="/"))
    assert "First cat" not in page.text
    assert "First cat" in (await reader.get("/hidden_posts")).text
    assert "Unhide" in (await reader.get("/post/1/options")).text
    page = await reader.follow(await reader.send("/post/1/unhide", next="/hidden_posts"))
    assert "First cat" not in page.text
    assert not await _all(app, HiddenPost.hidden_post_id)


async def test_what_was_read_is_listed_and_forgotten(founder: Visitor, reader: Visitor) -> None:
    second = await founder.publish("cats", "Second cat")
    assert "Nothing read yet" in (await reader.get("/read-posts")).text
    await reader.get("/post/1")
    await reader.get(second)
    listed = (await reader.get("/read-posts")).text
    assert listed.index("Second cat") < listed.index("First cat"), "the last first"
    await founder.send("/post/1/delete")
    assert "First cat" not in (await reader.get("/read-posts")).text
    assert "Nothing read yet" in (await reader.follow(await reader.send("/read-posts/forget"))).text


async def test_things_are_watched(app: Application, founder: Visitor, reader: Visitor) -> None:
    await founder.send("/post/1/reply", body="Purr")
    for path in ("/post/1", "/comment/1", "/community/cats", "/u/ana"):
        assert (await reader.send(f"{path}/watch")).status == 303, path
    bob = select(User.id).where(User.user_name == "bob").scalar_subquery()
    watched = select(NotificationSubscription.type).where(NotificationSubscription.user_id == bob)
    async with held_by(app).database.read() as db:
        assert set(await db.scalars(watched)) == {0, 1, 3, 4}
    for path, words in {"/post/1": "comment", "/post/1/comment/1": "reply"}.items():
        assert _says(await reader.get(f"{path}/options"), f"Turn off {words} notifications"), path


async def test_a_profile_has_tabs_and_ones_own_votes(founder: Visitor, reader: Visitor) -> None:
    await founder.send("/post/1/reply", body="Purr")
    await reader.send("/post/1/vote/up")
    overview = await reader.get("/u/ana")
    assert _says(overview, "First cat", "Purr", "Overview")
    assert "Purr" not in (await reader.get("/u/ana?show=posts")).text
    assert "It purrs" not in (await reader.get("/u/ana?show=comments")).text
    assert "Upvoted" not in overview.text
    assert "First cat" in (await reader.get("/u/bob?show=upvoted")).text
    assert "First cat" not in (await founder.get("/u/bob?show=upvoted")).text, "votes are one's own"
