"""A visit with piefed-api-client, the library of Blorp, with a function and a schema for all that PieFed describes.

What the visit with threadiverse shows already is passed by quickly here; every answer counts, for its schema.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Site
from tests.clients.library import App, Refused, running, the_file
from tests.http.api.app_client import PASSWORD
from tests.http.uploading import picture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the first time npm installs

Json = dict[str, Any]


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[App]:
    async with running("piefed-api-client", site.address) as library:
        yield App(library)


async def test_a_visit(site: Site, stranger: App, tmp_path: Path) -> None:
    ana, ben = await site.join("ana"), await site.join("ben")
    await looks_around(stranger, site)
    anas, bens = await signs_in(stranger, "ana"), await signs_in(stranger, "ben")
    await settles_in(anas, site, tmp_path)
    community = await founds(anas, bens, ben.id)
    await gathers(anas, bens, site)
    post = await publishes(anas, bens, community)
    comment, answer = await talk(anas, bens, post)
    await marks(bens, post, answer)
    await site.told()
    await is_told(bens, answer)
    await write_letters(site, anas, bens, ben.id)
    await get_on(anas, bens, ana.id, ben.id, community)
    await moderates(anas, bens, community, ben.id)
    await searches(stranger, site)
    await leaves(anas, bens, post, comment, community)


async def looks_around(stranger: App, site: Site) -> None:
    """What is there before anybody signs in."""
    about = await stranger.call("getApiAlphaSite")
    assert about["version"] == (await stranger.call("getApiAlphaSiteVersion"))["version"]
    assert "my_user" not in about
    for function in (
        "getApiAlphaFederatedInstances",
        "getApiAlphaTopicList",
        "getApiAlphaFeedList",
        "getApiAlphaModlog",
    ):
        assert await stranger.call(function), function
    assert (await stranger.call("getApiAlphaSuggestCompletion", q="@an"))["result"] == [f"ana@{site.domain}"]
    with pytest.raises(Refused, match="400"):
        await stranger.call("getApiAlphaUserMe")
    for function in ("getApiAlphaSiteInstanceChooser", "getApiAlphaSiteInstanceChooserSearch"):
        with pytest.raises(Refused, match="404"):
            await stranger.call(function)


async def signs_in(stranger: App, name: str) -> App:
    """The password is known to be right before it is used."""
    who = {"username": name, "password": PASSWORD}
    await stranger.call("postApiAlphaUserVerifyCredentials", **who)
    app = stranger.signed_in((await stranger.call("postApiAlphaUserLogin", **who))["jwt"])
    me = await app.call("getApiAlphaUserMe")
    assert me["local_user_view"]["person"]["user_name"] == name
    return app


async def settles_in(app: App, site: Site, tmp_path: Path) -> None:
    """Settings, a portrait, and the pictures one has sent."""
    file = tmp_path / "portrait.png"
    file.write_bytes(picture())
    urls = [
        (await app.call(f"postApiAlphaUpload{kind}", file=the_file(file)))["url"]
        for kind in ("UserImage", "Image", "CommunityImage")
    ]
    await app.call(
        "putApiAlphaUserSaveUserSettings",
        bio="Bakes",
        avatar=urls[0],
        extra_fields=[{"label": "Pronouns", "text": "she/her"}],
        default_sort_type="New",
        show_read_posts=True,
    )
    me = (await app.call("getApiAlphaUserMe"))["local_user_view"]
    assert (me["local_user"]["default_sort_type"], me["person"]["about"]) == ("New", "Bakes")
    assert me["person"]["avatar"].startswith(site.address)
    assert {shown["url"] for shown in (await app.call("getApiAlphaUserMedia"))["media"]} >= set(urls[1:])
    assert (await app.call("postApiAlphaImageDelete", file=urls[1]))["result"] == "success"


async def founds(anas: App, bens: App, ben_id: int) -> int:
    """A community is made, changed, given a flair, followed and moderated by two for a moment."""
    made = await anas.call("postApiAlphaCommunity", name="bread", title="Bread", description="Of *grain*")
    community_id: int = made["community_view"]["community"]["id"]
    here = {"community_id": community_id}
    edited = await anas.call("putApiAlphaCommunity", **here, title="Bread and buns")
    assert edited["community_view"]["community"]["title"] == "Bread and buns"
    followed = await bens.call("postApiAlphaCommunityFollow", **here, follow=True)
    assert followed["community_view"]["subscribed"] == "Subscribed"
    await bens.call("putApiAlphaCommunitySubscribe", **here, subscribe=True)
    shown = await bens.call("getApiAlphaCommunity", id=community_id)
    assert shown["community_view"]["activity_alert"] is True
    await bens.call("putApiAlphaCommunitySubscribe", **here, subscribe=False)
    for added, number in ((True, 2), (False, 1)):
        mods = await anas.call("postApiAlphaCommunityMod", **here, person_id=ben_id, added=added)
        assert len(mods["moderators"]) == number
    flair = await anas.call("postApiAlphaCommunityFlair", **here, flair_title="Rye", text_color="#000000")
    await anas.call("putApiAlphaCommunityFlair", flair_id=flair["id"], flair_title="Rye and wheat")
    listed = await bens.call("getApiAlphaCommunityList", type_="Subscribed", sort="New")
    assert [view["community"]["id"] for view in listed["communities"]] == [community_id]
    return community_id


async def gathers(anas: App, bens: App, site: Site) -> None:
    """A feed of communities is made, changed, followed, and deleted."""
    made = await anas.call(
        "postApiAlphaFeed", name="baking", title="Baking", public=True, communities=f"bread@{site.domain}"
    )
    feed_id = made["id"]
    assert [row["name"] for row in made["communities"]] == ["bread"]
    assert (await anas.call("putApiAlphaFeed", feed_id=feed_id, title="All baking"))["title"] == "All baking"
    assert (await bens.call("postApiAlphaFeedFollow", feed_id=feed_id, follow=True))["subscribed"] is True
    assert (await bens.call("getApiAlphaFeed", id=feed_id))["subscribed"] is True
    assert [row["id"] for row in (await bens.call("getApiAlphaFeedList"))["feeds"]] == [feed_id]
    await bens.call("postApiAlphaFeedFollow", feed_id=feed_id, follow=False)
    await anas.call("postApiAlphaFeedDelete", feed_id=feed_id, deleted=True)


async def publishes(anas: App, bens: App, community_id: int) -> int:
    """A poll and an event are posts; the poll gets a flair and an answer."""
    choices = [{"choice_text": text, "sort_order": number} for number, text in enumerate(("Rye", "Wheat"), 1)]
    made = await anas.call(
        "postApiAlphaPost",
        title="Which flour?",
        community_id=community_id,
        poll={"mode": "single", "choices": choices},
    )
    post = made["post_view"]["post"]
    chosen = post["poll"]["choices"][0]["id"]
    voted = await bens.call("postApiAlphaPostPollVote", post_id=post["id"], choice_id=[chosen])
    assert voted["post_view"]["post"]["poll"]["my_votes"] == [chosen]
    (flair,) = (await anas.call("getApiAlphaCommunity", id=community_id))["community_view"]["flair_list"]
    await anas.call("postApiAlphaPostAssignFlair", post_id=post["id"], flair_id_list=[flair["id"]])
    shown = (await bens.call("getApiAlphaPost", id=post["id"]))["post_view"]
    assert [one["flair_title"] for one in shown["flair_list"]] == ["Rye and wheat"]
    event = {"start": "2040-01-01T10:00:00.000000Z", "end": "2040-01-01T12:00:00.000000Z", "timezone": "UTC",
             "online": True, "online_link": "https://example.org/kitchen"}  # fmt: skip
    held = await anas.call("postApiAlphaPost", title="We bake", community_id=community_id, event=event)
    assert held["post_view"]["post"]["event"]["online"] is True
    for function in ("getApiAlphaPostList", "getApiAlphaPostList2"):
        first = await bens.call(function, type_="All", sort="New", limit=1)
        rest = await bens.call(function, type_="All", sort="New", limit=1, page=first["next_page"])
        assert [view["post"]["title"] for view in first["posts"] + rest["posts"]] == [
            "We bake",
            "Which flour?",
        ]
        assert rest["next_page"] is None
    post_id: int = post["id"]
    return post_id


async def talk(anas: App, bens: App, post_id: int) -> tuple[int, int]:
    """Ben comments and Ana answers; the tree shows it."""
    first = await _says(bens, post_id, "Rye, of course.")
    answer = await _says(anas, post_id, "And why?", parent_id=first)
    await bens.call("putApiAlphaComment", comment_id=first, body="Rye, of *course*.")
    (top,) = (await bens.call("getApiAlphaPostReplies", post_id=post_id, sort="New"))["comments"]
    assert (top["comment"]["id"], top["replies"][0]["comment"]["id"]) == (first, answer)
    one = (await bens.call("getApiAlphaComment", id=first))["comment_view"]
    assert one["comment"]["body"] == "Rye, of *course*."
    flat = await bens.call("getApiAlphaCommentList", post_id=post_id, sort="New")
    assert len(flat["comments"]) == 2
    return first, answer


async def _says(app: App, post_id: int, body: str, **more: Any) -> int:
    said = await app.call("postApiAlphaComment", post_id=post_id, body=body, **more)
    comment_id: int = said["comment_view"]["comment"]["id"]
    return comment_id


async def marks(app: App, post_id: int, comment_id: int) -> None:
    """Vote, save, watch, hide and read; each is seen on the thing itself."""
    for kind, name in (("Post", "post"), ("Comment", "comment")):
        which = {f"{name}_id": post_id if name == "post" else comment_id}
        for function, mark, field in (
            (f"postApiAlpha{kind}Like", {"score": 1}, "my_vote"),
            (f"putApiAlpha{kind}Save", {"save": True}, "saved"),
            (f"putApiAlpha{kind}Subscribe", {"subscribe": True}, "activity_alert"),
        ):
            assert (await app.call(function, **which, **mark))[f"{name}_view"][field] == 1, function
    hidden = await app.call("postApiAlphaPostHide", post_id=post_id, hidden=True)
    assert hidden["post_view"]["hidden"] is True
    await app.call("postApiAlphaPostHide", post_id=post_id, hidden=False)
    await app.call("postApiAlphaPostMarkAsRead", post_id=post_id, read=True)
    assert (await app.call("getApiAlphaPost", id=post_id))["post_view"]["read"] is True


async def is_told(app: App, answer_id: int) -> None:
    """Notifications are counted, listed, marked one by one and all together."""
    assert (await app.call("getApiAlphaUserUnreadCount"))["replies"] == 1
    (reply,) = (await app.call("getApiAlphaUserReplies", unread_only=True))["replies"]
    assert reply["comment"]["id"] == answer_id
    count = (await app.call("getApiAlphaUserNotificationsCount"))["count"]
    told = (await app.call("getApiAlphaUserNotifications", status="Unread"))["items"]
    assert 0 < len(told) <= count, "of kinds that apps do not know it counts some more"
    await app.call("putApiAlphaUserNotificationState", notif_id=told[0]["notif_id"], read_state=True)
    assert (await app.call("getApiAlphaUserNotificationsCount"))["count"] == count - 1
    which = {"comment_reply_id": reply["comment_reply"]["id"]}
    await app.call("postApiAlphaCommentMarkAsRead", **which, read=True)
    await app.call("putApiAlphaUserMarkAllNotificationsRead")
    await app.call("postApiAlphaUserMarkAllAsRead")
    assert (await app.call("getApiAlphaUserNotificationsCount"))["count"] == 0


async def write_letters(site: Site, anas: App, bens: App, ben_id: int) -> None:
    """A conversation, from the first word to the last."""
    sent = await anas.call("postApiAlphaPrivateMessage", content="Tea?", recipient_id=ben_id)
    which = {"private_message_id": sent["private_message_view"]["private_message"]["id"]}
    conversation = {"conversation_id": sent["private_message_view"]["conversation_id"]}
    await anas.call("putApiAlphaPrivateMessage", **which, content="Tea at four?")
    await site.told()
    (found,) = (await bens.call("getApiAlphaPrivateMessageList", unread_only=True))["private_messages"]
    assert found["private_message"]["content"] == "Tea at four?"
    read = await bens.call("postApiAlphaPrivateMessageMarkAsRead", **which, read=True)
    assert read["private_message_view"]["private_message"]["read"] is True
    await bens.call("postApiAlphaPrivateMessageReport", **which, reason="Coffee, please")
    talked = await bens.call("getApiAlphaPrivateMessageConversation", **conversation)
    assert len(talked["private_messages"]) == 1
    for deleted in (True, False):
        await anas.call("postApiAlphaPrivateMessageDelete", **which, deleted=deleted)
    await bens.call("postApiAlphaPrivateMessageConversationLeave", **conversation)
    mentioned = await bens.call("getApiAlphaUserMentions", unread_only=True)
    assert mentioned["replies"] == []


async def get_on(anas: App, bens: App, ana_id: int, ben_id: int, community_id: int) -> None:
    """What people set about each other, and about themselves in a place."""
    noted = await bens.call("postApiAlphaUserNote", person_id=ana_id, note="Has the oven")
    assert noted["person_view"]["person"]["note"] == "Has the oven"
    watched = await bens.call("putApiAlphaUserSubscribe", person_id=ana_id, subscribe=True)
    assert watched["subscribed"] is True
    await bens.call("postApiAlphaUserSetFlair", community_id=community_id, flair_text="Eats it")
    for blocks in (True, False):
        blocked = await anas.call("postApiAlphaUserBlock", person_id=ben_id, block=blocks)
        assert blocked["blocked"] is blocks
    person = await bens.call("getApiAlphaUser", username="ana", include_content=True)
    assert (len(person["posts"]), len(person["comments"])) == (2, 1)


async def moderates(anas: App, bens: App, community_id: int, ben_id: int) -> None:
    """What a moderator may do to posts, comments and people, and what the log says of it."""
    here = {"community_id": community_id}
    post_id = (await bens.call("postApiAlphaPost", **here, title="Cake"))["post_view"]["post"]["id"]
    comment_id = await _says(bens, post_id, "Cake!")
    post, comment = {"post_id": post_id}, {"comment_id": comment_id}
    await anas.call("postApiAlphaPostReport", **post, reason="No bread")
    await anas.call("postApiAlphaCommentReport", **comment, reason="Shouting")
    await anas.call("postApiAlphaCommunityModeratePostNsfw", **post, nsfw_status=True)
    await anas.call("postApiAlphaPostFeature", **post, featured=True, feature_type="Community")
    await anas.call("postApiAlphaPostLock", **post, locked=True)
    await anas.call("postApiAlphaCommentLock", **comment, locked=True)
    await anas.call("getApiAlphaPostLikeList", **post)
    await anas.call("getApiAlphaCommentLikeList", **comment)
    gone = await anas.call("postApiAlphaCommentRemove", **comment, removed=True, reason="Shouting")
    assert gone["comment_view"]["comment"]["removed"] is True
    gone = await anas.call("postApiAlphaPostRemove", **post, removed=True, reason="No bread")
    assert gone["post_view"]["post"]["removed"] is True
    await anas.call("postApiAlphaCommunityModerateBan", **here, user_id=ben_id, reason="Cake", permanent=True)
    (ban,) = (await anas.call("getApiAlphaCommunityModerateBans", **here))["items"]
    assert ban["banned_user"]["user_name"] == "ben"
    await anas.call("putApiAlphaCommunityModerateUnban", **here, user_id=ben_id)
    log = await anas.call("getApiAlphaModlog", **here)
    assert log["removed_posts"]
    assert log["removed_comments"]
    assert log["banned_from_community"]


async def searches(stranger: App, site: Site) -> None:
    """By words and by handle."""
    for kind, words, found in (
        ("Posts", "flour", "posts"),
        ("Comments", "course", "comments"),
        ("Communities", "bread", "communities"),
        ("Users", "ben", "users"),
    ):
        page = await stranger.call("getApiAlphaSearch", q=words, type_=kind)
        assert len(page[found]) == 1, kind
    resolved = await stranger.call("getApiAlphaResolveObject", q=f"@ana@{site.domain}")
    assert resolved["person"]["person"]["user_name"] == "ana"


async def leaves(anas: App, bens: App, post_id: int, comment_id: int, community_id: int) -> None:
    """What was written is deleted and restored; Ben leaves everything, Ana closes the place."""
    for deleted in (True, False):
        comment = await bens.call("postApiAlphaCommentDelete", comment_id=comment_id, deleted=deleted)
        assert comment["comment_view"]["comment"]["deleted"] is deleted
        post = await anas.call("postApiAlphaPostDelete", post_id=post_id, deleted=deleted)
        assert post["post_view"]["post"]["deleted"] is deleted
    blocked = await bens.call("postApiAlphaCommunityBlock", community_id=community_id, block=True)
    assert blocked["blocked"] is True
    assert (await bens.call("postApiAlphaCommunityLeaveAll"))["follows"] == []
    closed = await anas.call("postApiAlphaCommunityDelete", community_id=community_id, deleted=True)
    assert closed["community_view"]["community"]["deleted"] is True
