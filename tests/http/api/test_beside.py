"""What stands beside posts, comments and people in the answers that apps read, wherever they read it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import insert, update

from service.forum.site import change_setting
from service.http.application import Application
from service.storage.tables import Post, PostTag, Tag, Topic, User, UserExtraField
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App, Refused, refusal
from tests.http.people import Person
from tests.serving import held_by
from tests.statements import counted

Json = Any


async def post_of(who: App, community_id: int, title: str = "Look at this", **more: Any) -> int:
    made = await who.post("/post", title=title, community_id=community_id, **more)
    return int(made["post_view"]["post"]["id"])


async def comment_of(who: App, post_id: int, body: str = "I see", **more: Any) -> int:
    made = await who.post("/comment", post_id=post_id, body=body, **more)
    return int(made["comment_view"]["comment"]["id"])


async def change(database: Database, *statements: Any) -> None:
    async def execute(session: Any) -> None:
        for statement in statements:
            await session.execute(statement)

    await database.write(execute)


async def test_people_are_told_with_flair_note_and_lines(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, elsewhere) = ana, ben
    database, his_id = held_by(app).database, elsewhere.member.id
    lines = [{"user_id": his_id, "label": f"Line {at}", "text": "said"} for at in range(5)]
    about = update(User).where(User.id == his_id).values(about="*me*", about_html="<p><em>me</em></p>")
    await change(database, insert(UserExtraField).values(lines), about)
    await his.post("/user/set_flair", community_id=place.community_id, flair_text="the guest")
    await hers.post("/user/note", person_id=his_id, note="owes me a book")
    post_id = await post_of(his, place.community_id)
    comment_id = await comment_of(his, post_id)
    await post_of(his, elsewhere.community_id, "At home")
    await hers.post("/post/like", post_id=post_id, score=1)

    with counted(database) as statements:
        listed = (await hers.get("/post/list", sort="Old"))["posts"]
    assert len(statements) == 5, (
        "who asks, the list's two parts, what they are to the viewer, their cards; and nothing besides"
    )
    seen = [
        listed[0],
        (await hers.get("/post", id=post_id))["post_view"],
        (await hers.get("/comment", id=comment_id))["comment_view"],
        (await hers.get("/comment/list", post_id=post_id))["comments"][0],
        (await hers.get("/post/replies", post_id=post_id))["comments"][0],
    ]
    for view in seen:
        creator = view["creator"]
        assert (creator["flair"], creator["note"]) == ("the guest", "owes me a book")
        assert [line["label"] for line in creator["extra_fields"]] == [f"Line {at}" for at in range(4)]
        assert "about" not in creator, "what somebody says of themselves stands on their page"
    assert "flair" not in listed[1]["creator"], "a flair belongs to one community"
    voters = (await hers.get("/post/like/list", post_id=post_id))["post_likes"]
    assert [like["creator"].get("note") for like in voters] == ["owes me a book", None]
    of_himself = (await his.get("/post", id=post_id))["post_view"]["creator"]
    assert "note" not in of_himself, "a note is for the one who wrote it"

    letter = await hers.post("/private_message", content="The book?", recipient_id=his_id)
    assert letter["private_message_view"]["recipient"]["about_html"] == "<p><em>me</em></p>"
    ban = {"community_id": place.community_id, "user_id": his_id, "reason": "The book"}
    banned = await hers.post("/community/moderate/ban", **ban)
    assert (banned["banned_user"]["about"], banned["community"]["posting_warning"]) == ("*me*", None)


async def test_posts_tell_their_tags_and_where_else_they_stand(
    app: Application, client: Browser, ana: Person, ben: Person
) -> None:
    (hers, place), (his, elsewhere) = ana, ben
    database = held_by(app).database
    first = await post_of(hers, place.community_id, "First")
    twin = await post_of(his, elsewhere.community_id, "Twin")
    secret = await making.community(database, place.member, "secret", private=True)
    hidden = await post_of(hers, secret, "Hidden")
    gone = await post_of(hers, place.community_id, "Gone")
    tags = [
        {"id": 1, "name": "python", "display_as": "python"},
        {"id": 2, "name": "linux", "display_as": "Linux"},
    ]
    others = {first: [twin, hidden, gone], twin: [first, hidden, gone]}
    await change(
        database,
        insert(Tag).values(tags),
        insert(PostTag).values([{"post_id": first, "tag_id": tag["id"]} for tag in tags]),
        *(update(Post).where(Post.id == one).values(cross_posts=ids) for one, ids in others.items()),
    )
    await hers.post("/post/delete", post_id=gone, deleted=True)
    for who in (App(client), his):
        by_id = {view["post"]["id"]: view["post"] for view in (await who.get("/post/list"))["posts"]}
        shown = (await who.get("/post", id=first))["post_view"]["post"]
        assert shown["tags"] == by_id[first]["tags"] == "python, Linux"
        assert (by_id[twin]["tags"], by_id[twin]["flair"], by_id[twin]["emoji_reactions"]) == ("", "", None)
        for post, other in ((shown, twin), (by_id[first], twin), (by_id[twin], first)):
            assert [one["post_id"] for one in post["cross_posts"]] == [other]
    (where,) = shown["cross_posts"]
    community = (await his.get("/community", id=elsewhere.community_id))["community_view"]["community"]
    assert where["community_name"] == community["title"]


async def test_a_vote_may_be_an_emoji(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post_id = await post_of(hers, place.community_id)
    comment_id = await comment_of(hers, post_id)
    things = (("post", "post_view", post_id), ("comment", "comment_view", comment_id))
    for thing, view, id_ in things:

        async def vote(who: App, score: int, **more: Any) -> tuple[Json, Json]:
            answer = await who.post(f"/{thing}/like", **{f"{thing}_id": id_}, score=score, **more)  # noqa: B023
            told = answer[view][thing]["emoji_reactions"]  # noqa: B023
            return (
                [(one["token"], one["count"], one["authors"]) for one in told or ()],
                answer[view]["counts"]["score"],  # noqa: B023
            )

        assert await vote(his, 1) == ([], 2)
        assert await vote(his, 1, emoji="🎉") == ([("🎉", 1, ["ben"])], 2), "the vote stays"
        assert await vote(hers, 1, emoji="🎉") == ([("🎉", 2, ["ben", "ana"])], 2)
        assert await vote(his, 1) == ([("🎉", 2, ["ben", "ana"])], 2), "and so does the emoji"
        assert await vote(his, -1, emoji=":blob:") == ([(":blob:", 1, ["ben"]), ("🎉", 1, ["ana"])], 0)
        assert await vote(his, 0) == ([("🎉", 1, ["ana"])], 1)
        for wrong in ("x" * 21, "a b", "<b>"):
            refused = await refusal(vote(his, 1, emoji=wrong))
            assert "emoji" in refused.body["errors"]["json"]
    await hers.put("/user/save_user_settings", federate_votes=False)
    await his.post("/post/like", post_id=post_id, score=1, emoji="🎉")
    seen = (await his.get("/post", id=post_id))["post_view"]["post"]["emoji_reactions"]
    assert seen == [{"token": "🎉", "url": "", "authors": ["ben"], "count": 2}], (
        "who votes privately is not named"
    )


async def test_what_is_pinned_or_by_a_bot_stands_where_apps_expect_it(
    app: Application, ana: Person, ben: Person
) -> None:
    (hers, place), (his, elsewhere) = ana, ben
    old, pinned, new = [await post_of(hers, place.community_id, f"Post {at}") for at in range(3)]
    by_bot = await post_of(his, elsewhere.community_id, "Beep")
    await change(
        held_by(app).database,
        update(Post).where(Post.id == pinned).values(instance_sticky=True),
        update(Post).where(Post.id == by_bot).values(from_bot=True),
    )

    async def order(path: str, **query: Any) -> list[int]:
        return [view["post"]["id"] for view in (await hers.get(path, **query))["posts"]]

    assert await order("/post/list", sort="New") == [by_bot, new, pinned, old]
    assert await order("/post/list", sort="New", limit=2) == [by_bot, pinned], "on the first page in any case"
    assert await order("/post/list", sort="New", limit=2, page=2) == [new, old]
    assert await order("/post/list2", sort="New") == [pinned, by_bot, new, old]
    assert set(await order("/post/list", sort="Scaled")) == {new, pinned, old}


async def test_a_discussion_shows_what_was_deleted_in_it(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post_id = await post_of(hers, place.community_id)
    kept = await comment_of(his, post_id, "Stays")
    gone = await comment_of(his, post_id, "Goes", parent_id=kept)
    await his.post("/comment/delete", comment_id=gone, deleted=True)
    flat = {view["comment"]["id"]: view["comment"] for view in await _comments(hers, post_id=post_id)}
    (top,) = (await hers.get("/post/replies", post_id=post_id))["comments"]
    for comment in (flat[gone], top["replies"][0]["comment"]):
        assert (comment["id"], comment["deleted"], comment["body"]) == (gone, True, "")
    assert {"post", "community"} <= top.keys()
    assert [view["comment"]["id"] for view in await _comments(hers, person_id=ben[1].member.id)] == [kept]


async def _comments(who: App, **query: Any) -> list[Json]:
    return list((await who.get("/comment/list", **query))["comments"])


async def test_a_site_without_a_picture_of_its_own_has_one_that_apps_can_draw(client: Browser) -> None:
    icon = (await App(client).get("/site"))["site"]["icon"]
    picture = await client.get(urlsplit(icon).path)
    assert (picture.status_code, picture.content_type) == (200, "image/png")
    assert (await picture.get_data(as_text=False)).startswith(b"\x89PNG")


async def test_strangers_have_nothing_saved(client: Browser, ana: Person) -> None:
    anonymous, person_id = App(client), ana[1].member.id
    for path, name, more in (
        ("/comment/list", "saved_only", {}),
        ("/comment/list", "liked_only", {}),
        ("/user", "saved_only", {"person_id": person_id}),
    ):
        refused = await refusal(anonymous.get(path, **more, **{name: "true"}))
        assert refused.body["message"] == f"Login required for {name} query"


async def test_a_site_offers_the_choice_among_servers_if_it_takes_part(
    app: Application, client: Browser
) -> None:
    anonymous, database = App(client), held_by(app).database
    for path in ("/site/instance_chooser", "/site/instance_chooser_search"):
        with pytest.raises(Refused) as refused:
            await anonymous.get(path)
        assert refused.value.status == 404
    admin = await making.administrator(database)
    await database.write(change_setting, admin, "enable_instance_chooser", True)
    seen = await anonymous.get("/site/instance_chooser")
    assert (seen["maturity"], seen["newbie_friendly"]) == ("Embryonic", False)
    for name, value in (("daily_backups", True), ("number_of_admins", 2), ("elevator_pitch", "Come in")):
        await database.write(change_setting, admin, name, value)
    await change(database, *(insert(Topic).values(name=name, machine_name=name) for name in ("a", "b", "c")))
    seen = await anonymous.get("/site/instance_chooser")
    assert (seen["maturity"], seen["newbie_friendly"], seen["elevator_pitch"]) == ("Medium", True, "Come in")
    assert (await anonymous.get("/site/instance_chooser_search"))["result"] == []
