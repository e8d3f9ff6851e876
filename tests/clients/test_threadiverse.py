"""A visit with threadiverse, the library of Voyager: it finds the site, and two people read, write, vote and moderate.

The library holds every answer against its own schemas, so that one field out of place ends the visit.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from service.storage.tables import Report
from tests.clients.conftest import Site
from tests.clients.library import App, Refused, running, the_file
from tests.http.api.app_client import PASSWORD
from tests.http.uploading import picture
from tests.serving import get

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the first time npm installs

Json = dict[str, Any]

SORTS = ["Hot", "New", "Active", "Scaled", "Old", "TopHour", "TopSixHour", "TopTwelveHour", "TopDay", "TopWeek",
         "TopMonth", "TopThreeMonths", "TopSixMonths", "TopNineMonths", "TopYear", "TopAll"]  # fmt: skip


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[App]:
    async with running("threadiverse", site.address) as library:
        yield App(library)


async def test_a_visit(site: Site, stranger: App, tmp_path: Path) -> None:
    ana, ben = await site.join("ana"), await site.join("ben")
    community = await site.found("bread", ana)
    await finds_the_site(stranger, site)
    anas, bens = await signs_in(stranger, "ana"), await signs_in(stranger, "ben")
    await joins(bens, community)
    post = await publishes(anas, community)
    comment, reply = await talk(bens, anas, post)
    await vote(bens, post, reply)
    await keeps(bens, ben.id, post, comment)
    await changes(anas, bens, post, comment)
    await reads_feeds(anas, bens, community)
    await searches(stranger, site, post, comment)
    await shows_a_picture(site, anas, community, tmp_path)
    await site.told()
    await is_told(bens, post, reply)
    await write_letters(site, anas, bens)
    await reports(site, bens, post, reply)
    await moderates(anas, bens, community)
    await takes_back(anas, bens, post, reply)
    await turns_away(bens, ana.id, community)


async def finds_the_site(stranger: App, site: Site) -> None:
    """What the site says of itself leads the library to its part for PieFed."""
    found = await stranger.call("connect")
    assert (found["mode"], found["software"]["name"]) == ("piefed", "piefed")
    about = await stranger.call("getSite")
    assert urlsplit(about["site_view"]["site"]["ap_id"]).netloc == site.domain
    assert about["version"] == found["software"]["version"]
    assert "my_user" not in about
    assert await stranger.call("getFederatedInstances")


async def signs_in(stranger: App, name: str) -> App:
    """A wrong password is known as one; the right one shows who is there."""
    with pytest.raises(Refused, match="incorrect_login") as refused:
        await stranger.call("login", username_or_email=name, password="something else")
    assert refused.value.name == "IncorrectLoginError"
    answer = await stranger.call("login", username_or_email=name, password=PASSWORD)
    app = stranger.signed_in(answer["jwt"])
    me = (await app.call("getSite"))["my_user"]["local_user_view"]
    assert me["person"]["name"] == name
    assert me["local_user"]["show_nsfw"] is False
    return app


async def joins(app: App, community_id: int) -> None:
    """Find a community in the list, look at it, follow it, block it for a moment."""
    listed = await app.call("listCommunities", type_="local", sort="New", limit=10)
    assert [view["community"]["name"] for view in listed["data"]] == ["bread"]
    shown = await app.call("getCommunity", name="bread")
    assert shown["community_view"]["community"]["id"] == community_id
    assert [view["moderator"]["name"] for view in shown["moderators"]] == ["ana"]
    assert shown["community_view"]["subscribed"] == "NotSubscribed"
    followed = await app.call("followCommunity", community_id=community_id, follow=True)
    assert followed["community_view"]["subscribed"] == "Subscribed"
    for blocks in (True, False):
        blocked = await app.call("blockCommunity", community_id=community_id, block=blocks)
        assert blocked["community_view"]["blocked"] is blocks
    await app.call("followCommunity", community_id=community_id, follow=True)
    follows = (await app.call("getSite"))["my_user"]["follows"]
    assert [row["community"]["id"] for row in follows] == [community_id]


async def publishes(app: App, community_id: int) -> int:
    """A post says what was written, and counts its author's vote."""
    sent = {
        "name": "A sourdough that works",
        "body": "Flour, **water**, patience.",
        "community_id": community_id,
    }
    view = (await app.call("createPost", **sent))["post_view"]
    assert {name: view["post"][name] for name in sent} == sent
    assert (view["my_vote"], view["post"]["score"], view["creator"]["name"]) == (1, 1, "ana")
    post_id: int = view["post"]["id"]
    return post_id


async def talk(bens: App, anas: App, post_id: int) -> tuple[int, int]:
    """Ben comments, Ana answers, and adds to her answer: a tree of three."""
    first = await _says(bens, post_id, "How warm?")
    answer = await _says(anas, post_id, "Room temperature.", first)
    last = await _says(anas, post_id, "My room, that is.", answer)
    flat = await bens.call("getComments", post_id=post_id, sort="Old", type_="all", limit=20)
    assert [view["comment"]["path"] for view in flat["data"]] == [
        f"0.{first}",
        f"0.{first}.{answer}",
        f"0.{first}.{answer}.{last}",
    ]
    tops = await bens.call("getComments", post_id=post_id, sort="Hot", max_depth=0)
    assert [(view["comment"]["id"], view["comment"]["child_count"]) for view in tops["data"]] == [(first, 2)]
    below = await bens.call("getComments", post_id=post_id, parent_id=first, sort="Hot", max_depth=2)
    assert answer in [view["comment"]["id"] for view in below["data"]]
    assert (await bens.call("getPost", id=post_id))["post_view"]["post"]["comments"] == 3
    return first, answer


async def _says(app: App, post_id: int, content: str, parent_id: int | None = None) -> int:
    parent = {"parent_id": parent_id} if parent_id else {}
    view = (await app.call("createComment", post_id=post_id, content=content, **parent))["comment_view"]
    assert view["comment"]["content"] == content
    comment_id: int = view["comment"]["id"]
    return comment_id


async def vote(app: App, post_id: int, comment_id: int) -> None:
    """Up, down and back again, on a post and on a comment."""
    for choice, mine, score in ((True, 1, 2), (False, -1, 0), (None, 0, 1)):
        chosen = {} if choice is None else {"is_upvote": choice}
        view = (await app.call("likePost", post_id=post_id, **chosen))["post_view"]
        assert (view["my_vote"], view["post"]["score"]) == (mine, score)
    for choice, mine, score in ((False, -1, 0), (None, 0, 1), (True, 1, 2)):
        chosen = {} if choice is None else {"is_upvote": choice}
        view = (await app.call("likeComment", comment_id=comment_id, **chosen))["comment_view"]
        assert (view["my_vote"], view["comment"]["score"]) == (mine, score)


async def keeps(app: App, person_id: int, post_id: int, comment_id: int) -> None:
    """What is saved is found among what is saved, until it is saved no more."""
    assert (await app.call("savePost", post_id=post_id, save=True))["post_view"]["saved"] is True
    saved = await app.call("saveComment", comment_id=comment_id, save=True)
    assert saved["comment_view"]["saved"] is True
    kept = (await app.call("listPersonSaved", person_id=person_id, limit=20))["data"]
    assert {view["comment"]["id"] if "comment" in view else -view["post"]["id"] for view in kept} == {
        comment_id,
        -post_id,
    }
    assert (await app.call("savePost", post_id=post_id, save=False))["post_view"]["saved"] is False
    (left,) = (await app.call("listPersonSaved", person_id=person_id, type="all"))["data"]
    assert left["comment"]["id"] == comment_id


async def changes(anas: App, bens: App, post_id: int, comment_id: int) -> None:
    """Each changes what is their own."""
    edited = await anas.call("editPost", post_id=post_id, name="A sourdough that rises", body="Warmth.")
    assert (edited["post_view"]["post"]["name"], edited["post_view"]["post"]["body"]) == (
        "A sourdough that rises",
        "Warmth.",
    )
    said = await bens.call("editComment", comment_id=comment_id, content="How warm, in degrees?")
    assert said["comment_view"]["comment"]["content"] == "How warm, in degrees?"
    with pytest.raises(Refused):
        await bens.call("editPost", post_id=post_id, name="Mine now")


async def reads_feeds(anas: App, bens: App, community_id: int) -> None:
    """Every feed, every order that the app offers, and page after page."""
    for number in range(4):
        await anas.call("createPost", name=f"Loaf number {number}", community_id=community_id)
    for kind, app, count in (
        ("all", bens, 5),
        ("local", bens, 5),
        ("subscribed", bens, 5),
        ("moderator_view", anas, 5),
        ("moderator_view", bens, 0),
    ):
        assert len(await _posts(app, type_=kind, sort="New")) == count, kind
    everything = {view["post"]["id"] for view in await _posts(bens, type_="all", sort="New")}
    for sort in SORTS:
        found = {view["post"]["id"] for view in await _posts(bens, type_="all", sort=sort)}
        assert found == everything, sort
    paged = [
        view["post"]["id"]
        for page in (1, 2, 3)
        for view in await _posts(bens, community_name="bread", sort="New", limit=2, page_cursor=page)
    ]
    assert sorted(paged, reverse=True) == paged
    assert set(paged) == everything
    assert await _posts(bens, community_id=community_id, sort="New", limit=2, page_cursor=4) == []
    await bens.call("markPostAsRead", post_ids=paged[:2], read=True)
    read = {view["post"]["id"] for view in await _posts(bens, type_="all", sort="New") if view["read"]}
    assert read >= set(paged[:2])


async def _posts(app: App, **wanted: Any) -> list[Json]:
    posts: list[Json] = (await app.call("getPosts", mode="piefed", **wanted))["data"]
    return posts


async def searches(stranger: App, site: Site, post_id: int, comment_id: int) -> None:
    """By words, by address and by handle, without an account."""
    for kind, words, found in (
        ("posts", "sourdough", "post"),
        ("comments", "degrees", "comment"),
        ("communities", "bread", "community"),
        ("users", "ben", "person"),
    ):
        page = await stranger.call("search", search_term=words, type_=kind, sort="TopAll", listing_type="all")
        (view,) = page["data"]
        assert found in view
    address = f"{site.address}/post/{post_id}"
    assert (await stranger.call("resolveObject", q=address))["post"]["post"]["id"] == post_id
    shown = await stranger.call("getComments", post_id=post_id, sort="Old")
    said = shown["data"][0]["comment"]
    resolved = await stranger.call("resolveObject", q=said["ap_id"])
    assert resolved["comment"]["comment"]["id"] == comment_id
    found = await stranger.call("resolveObject", q=f"!bread@{site.domain}")
    assert found["community"]["community"]["name"] == "bread"
    with pytest.raises(Refused) as refused:
        await stranger.call("resolveObject", q=f"{site.address}/post/999999")
    assert refused.value.name == "NotFoundError"
    person = await stranger.call("getPersonDetails", username="ana")
    assert person["person_view"]["person"]["post_count"] == 5
    written = await stranger.call("listPersonContent", person_id=person["person_view"]["person"]["id"])
    assert len(written["data"]) == 7


async def shows_a_picture(site: Site, app: App, community_id: int, tmp_path: Path) -> None:
    """A picture is taken in, served, and shown with the post that has its address."""
    file = tmp_path / "loaf.png"
    file.write_bytes(picture())
    url = (await app.call("uploadImage", image=the_file(file)))["url"]
    port, path = urlsplit(url).port, urlsplit(url).path
    assert port is not None
    status, body = get(port, path)
    assert (status, body[8:12]) == (200, b"WEBP")
    sent = {"name": "The loaf", "community_id": community_id, "url": url, "alt_text": "A loaf, cut"}
    post = (await app.call("createPost", **sent))["post_view"]["post"]
    assert (post["url"], post["alt_text"]) == (url, "A loaf, cut")
    assert post["thumbnail_url"].startswith(site.address)


async def is_told(bens: App, post_id: int, reply_id: int) -> None:
    """Ben learns of Ana's answer, once, and reads it."""
    assert (await bens.call("getUnreadCount"))["replies"] == 1
    told = await bens.call("getNotifications", type_="reply", unread_only=True, limit=20)
    (one,) = told["data"]
    assert (one["notification"]["kind"], one["data"]["comment"]["id"]) == ("reply", reply_id)
    assert (one["data"]["post"]["id"], one["data"]["creator"]["name"]) == (post_id, "ana")
    await bens.call(
        "markNotificationAsRead", kind="reply", notification_id=one["notification"]["id"], read=True
    )
    assert (await bens.call("getUnreadCount"))["replies"] == 0
    assert (await bens.call("getNotifications", unread_only=True))["data"] == []
    (again,) = (await bens.call("getNotifications", type_="all", unread_only=False))["data"]
    assert again["notification"]["read"] is True


async def write_letters(site: Site, anas: App, bens: App) -> None:
    """A message and a mention arrive; both are read together."""
    ben = (await anas.call("getPersonDetails", username="ben"))["person_view"]["person"]["id"]
    sent = await anas.call("createPrivateMessage", content="Come to tea.", recipient_id=ben)
    assert sent["private_message_view"]["recipient"]["name"] == "ben"
    (post,) = await _posts(anas, type_="all", sort="New", limit=1)
    await _says(anas, post["post"]["id"], f"What does @ben@{site.domain} say?")
    await site.told()
    unread = await bens.call("getUnreadCount")
    assert (unread["private_messages"], unread["mentions"]) == (1, 1)
    told = (await bens.call("getNotifications", unread_only=True))["data"]
    assert {one["notification"]["kind"] for one in told} == {"mention", "private_message"}
    letter = next(one for one in told if one["notification"]["kind"] == "private_message")
    assert letter["data"]["private_message"]["content"] == "Come to tea."
    await bens.call(
        "markNotificationAsRead",
        kind="private_message",
        notification_id=letter["notification"]["id"],
        read=True,
    )
    assert (await bens.call("getUnreadCount"))["private_messages"] == 0
    await bens.call("markAllAsRead")
    assert await bens.call("getUnreadCount") == {"replies": 0, "mentions": 0, "private_messages": 0}


async def reports(site: Site, app: App, post_id: int, comment_id: int) -> None:
    """What is reported lies before the moderators."""
    await app.call("createPostReport", post_id=post_id, reason="Not bread")
    await app.call("createCommentReport", comment_id=comment_id, reason="Not warm")
    async with site.database.read() as db:
        rows = await db.execute(
            select(Report.suspect_post_id, Report.suspect_post_reply_id).order_by(Report.id)
        )
    assert [tuple(row) for row in rows] == [(post_id, None), (post_id, comment_id)]


async def moderates(anas: App, bens: App, community_id: int) -> None:
    """Ana pins, locks and removes what Ben wrote."""
    sent = {"name": "Buns are bread", "community_id": community_id}
    post_id = (await bens.call("createPost", **sent))["post_view"]["post"]["id"]
    comment_id = await _says(bens, post_id, "Buns!")
    pinned = await anas.call("featurePost", post_id=post_id, featured=True, feature_type="community")
    assert pinned["post_view"]["post"]["featured_community"] is True
    assert (await anas.call("lockPost", post_id=post_id, locked=True))["post_view"]["post"]["locked"] is True
    with pytest.raises(Refused):
        await _says(bens, post_id, "Buns again!")
    gone = await anas.call("removeComment", comment_id=comment_id, removed=True, reason="Shouting")
    assert gone["comment_view"]["comment"]["removed"] is True
    removed = await anas.call("removePost", post_id=post_id, removed=True, reason="Cake")
    assert removed["post_view"]["post"]["removed"] is True


async def takes_back(anas: App, bens: App, post_id: int, reply_id: int) -> None:
    """Ana deletes her comment and her post, and restores them."""
    for deleted in (True, False):
        comment = await anas.call("deleteComment", comment_id=reply_id, deleted=deleted)
        assert comment["comment_view"]["comment"]["deleted"] is deleted
        post = await anas.call("deletePost", post_id=post_id, deleted=deleted)
        assert post["post_view"]["post"]["deleted"] is deleted
    assert (await bens.call("getPost", id=post_id))["post_view"]["post"]["deleted"] is False


async def turns_away(bens: App, ana_id: int, community_id: int) -> None:
    """Ben blocks Ana and leaves; the library then forgets his token."""
    assert (await bens.call("blockPerson", person_id=ana_id, block=True))["person_view"]["person"][
        "id"
    ] == ana_id
    left = await bens.call("followCommunity", community_id=community_id, follow=False)
    assert left["community_view"]["subscribed"] == "NotSubscribed"
    mine = (await bens.call("getSite"))["my_user"]
    assert [person["id"] for person in mine["person_blocks"]] == [ana_id]
    assert mine["follows"] == []
    await bens.call("logout")
