"""What people do about themselves and each other through the API: settings, notes, follows, bans, signing out."""

import io
from typing import Any

import jwt
import pytest
from PIL import Image
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select

from service.forum.accounts import operations as accounts
from service.forum.accounts.authentication import RegistrationForm, register
from service.forum.moderation import content
from service.http.application import Application
from service.storage.tables import IpBan, ModLog, UserFlair, UserFollower, UserFollowRequest
from service.storage.transaction import Database
from tests.forum.making import administrator, comments, community, member, posts
from tests.http.api.app_client import PASSWORD, App, Refused
from tests.http.people import bearer, token_of
from tests.servers import DOMAIN, SECRET_KEY
from tests.serving import held_by
from tests.statements import counted
from tests.working import work_off


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


async def refused(act: Any) -> dict[str, Any]:
    """What the answer says that refuses an act; its status is 400."""
    with pytest.raises(Refused) as refusal:
        await act
    assert refusal.value.status == 400
    body: dict[str, Any] = refusal.value.body
    return body


# Signing in and out


async def test_who_signed_out_is_out_and_other_apps_stay_in(database: Database, client: Browser) -> None:
    await register(database, RegistrationForm(name="ana", password=PASSWORD), domain=DOMAIN)
    phone, tablet = await App(client).sign_in("ana"), await App(client).sign_in("ana")
    assert jwt.decode(phone.token or "", SECRET_KEY, algorithms=["HS256"])["jti"]
    assert await phone.post("/user/logout") == {"success": True}
    assert (await refused(phone.get("/site")))["message"] == "incorrect_login"
    assert (await tablet.get("/user/me"))["local_user_view"]["person"]["user_name"] == "ana"


async def test_a_token_without_a_session_stays_good_and_cannot_be_taken_back(
    database: Database, client: Browser
) -> None:
    app = App(client, token_of(await member(database, "ana")))
    assert await app.post("/user/logout") == {"success": False}
    await app.get("/user/me")


async def test_an_app_s_key_opens_no_browser(database: Database, client: Browser) -> None:
    await register(database, RegistrationForm(name="ana", password=PASSWORD), domain=DOMAIN)
    app = await App(client).sign_in("ana")
    key = jwt.decode(app.token or "", SECRET_KEY, algorithms=["HS256"])["jti"]
    answer = await client.get("/bookmarks", headers={"Cookie": f"pieloop_session={key}"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/auth/login")


async def test_a_new_password_ends_apps_too(database: Database, client: Browser) -> None:
    made = await register(database, RegistrationForm(name="ana", password=PASSWORD), domain=DOMAIN)
    app = await App(client).sign_in("ana")
    await database.write(accounts.revoke_all_sessions, made.account_id)
    await refused(app.get("/user/me"))


async def test_credentials_are_verified(database: Database, client: Browser) -> None:
    await register(database, RegistrationForm(name="ana", password=PASSWORD), domain=DOMAIN)
    app = App(client)
    await app.post("/user/verify_credentials", username="ana", password=PASSWORD)
    wrong = await refused(app.post("/user/verify_credentials", username="ana", password="wrong"))
    assert wrong["message"] == "incorrect_login"


# Settings


ALL_SETTINGS: dict[str, Any] = {
    "accept_private_messages": "Trusted",
    "bot": True,
    "bot_visibility": "Blur",
    "community_keyword_filter": ["cats", " dogs "],
    "default_comment_sort_type": "Old",
    "default_sort_type": "Scaled",
    "email_unread": False,
    "federate_votes": False,
    "feed_auto_follow": False,
    "feed_auto_leave": False,
    "hide_low_quality": True,
    "indexable": False,
    "newsletter": False,
    "nsfl_visibility": "Transparent",
    "nsfw_visibility": "Blur",
    "reply_collapse_threshold": -7,
    "reply_hide_threshold": -70,
    "searchable": False,
    "show_read_posts": False,
}


async def test_every_setting_is_stored_and_told(database: Database, client: Browser) -> None:
    app = App(client, token_of(await member(database, "ana")))
    saved = await app.put(
        "/user/save_user_settings",
        **ALL_SETTINGS,
        genai_visibility="Hide",
        display_name="Ana Banana",
        bio="I like *bread*.",
        extra_fields=[{"label": "Site", "text": "ana.example"}],
        unknown="is ignored",
    )
    me = saved["my_user"]["local_user_view"]
    wanted = ALL_SETTINGS | {"community_keyword_filter": ["cats", "dogs"], "ai_visibility": "Hide"}
    told = me["local_user"] | {"bot": me["person"]["bot"]}
    assert {name: told[name] for name in wanted} == wanted
    assert (me["person"]["title"], me["person"]["about"]) == ("Ana Banana", "I like *bread*.")
    assert "<em>bread</em>" in me["person"]["about_html"]
    (field,) = me["person"]["extra_fields"]
    assert (field["label"], field["text"]) == ("Site", "ana.example")

    changed = await app.put(
        "/user/save_user_settings",
        show_nsfw=True,
        show_nsfl=False,
        community_keyword_filter=None,
        extra_fields=[{"id": field["id"], "label": "Site", "text": ""}, {"label": "Tea", "text": "Green"}],
    )
    me = changed["my_user"]["local_user_view"]
    assert (me["local_user"]["nsfw_visibility"], me["local_user"]["nsfl_visibility"]) == ("Show", "Hide")
    assert me["local_user"]["community_keyword_filter"] == []
    assert [one["label"] for one in me["person"]["extra_fields"]] == ["Tea"]
    assert me["person"]["title"] == "Ana Banana", "what is not sent stays"


async def test_a_picture_that_was_uploaded_here_is_shown(database: Database, client: Browser) -> None:
    ana = await member(database, "ana")
    app, other = App(client, token_of(ana)), App(client, token_of(await member(database, "ben")))
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(picture, "PNG")
    answer = await client.post(
        "/api/alpha/upload/user_image",
        headers=bearer(app.token or ""),
        files={"file": FileStorage(io.BytesIO(picture.getvalue()), filename="me.png")},
    )
    url = (await answer.get_json())["url"]
    wrong = await refused(other.put("/user/save_user_settings", avatar=url, bio="Not stored either"))
    assert list(wrong["errors"]["json"]) == ["avatar"]
    assert "about" not in (await other.get("/user", username="ben"))["person_view"]["person"]
    person = (await app.put("/user/save_user_settings", avatar=url, cover=url))["my_user"]["local_user_view"]
    shown = person["person"]["avatar"]
    assert shown
    assert person["person"]["banner"]
    again = await app.put("/user/save_user_settings", avatar=shown, bio="Sent back as it came")
    assert again["my_user"]["local_user_view"]["person"]["avatar"] == shown
    gone = await app.put("/user/save_user_settings", avatar=None)
    assert gone["my_user"]["local_user_view"]["person"]["avatar"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bot", "yes"),
        ("bio", 1),
        ("bio", "x" * 10_001),
        ("bio", "\x00"),
        ("display_name", "x" * 256),
        ("default_sort_type", "Sideways"),
        ("reply_hide_threshold", 10**9),
        ("reply_collapse_threshold", 10**30),
        ("community_keyword_filter", "cats"),
        ("community_keyword_filter", ["x" * 151]),
        ("avatar", "https://elsewhere.example/me.png"),
        ("avatar", "http://["),
        ("cover", "x" * 2000),
        ("cover", "\x00"),
        ("extra_fields", [{"id": 10**12, "label": "a", "text": "b"}]),
        ("extra_fields", [{"label": "a", "text": "b"}] * 5),
        ("extra_fields", [{"label": "a", "text": "b"}] * 500),
        ("extra_fields", [{"label": "x" * 1025, "text": "b"}]),
    ],
)
async def test_a_wrong_setting_is_named(
    database: Database, client: Browser, field: str, value: object
) -> None:
    app = App(client, token_of(await member(database, "ana")))
    wrong = await refused(app.put("/user/save_user_settings", **{field: value}))
    assert [name.partition("[")[0] for name in wrong["errors"]["json"]] == [field]


# Notes, flair, follows


async def test_a_note_is_its_writer_s_alone(database: Database, client: Browser) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    mine, his = App(client, token_of(ana)), App(client, token_of(ben))
    noted = await mine.post("/user/note", person_id=ben.id, note="Owes me tea")
    assert noted["person_view"]["person"]["note"] == "Owes me tea"
    assert (await mine.post("/user/note", person_id=ben.id, note="Paid"))["person_view"]["person"][
        "note"
    ] == "Paid"
    assert "note" not in (await his.get("/user", person_id=ben.id))["person_view"]["person"]
    forgotten = await mine.post("/user/note", person_id=ben.id, note=None)
    assert "note" not in forgotten["person_view"]["person"]
    assert (
        "note" in (await refused(mine.post("/user/note", person_id=ben.id, note="x" * 51)))["errors"]["json"]
    )
    await refused(mine.post("/user/note", person_id=2**31 - 1, note="Nobody"))


async def test_who_watches_a_person_is_told_of_their_posts(
    app: Application, database: Database, client: Browser
) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ben)
    mine, his = App(client, token_of(ana)), App(client, token_of(ben))
    subscribed = await mine.put("/user/subscribe", person_id=ben.id, subscribe=True)
    assert (subscribed["subscribed"], subscribed["person_view"]["activity_alert"]) == (True, True)
    await his.post("/post", title="A post of his", community_id=place)
    await work_off(held_by(app))
    assert (await mine.get("/user/unread_count"))["other"] == 1
    stopped = await mine.put("/user/subscribe", person_id=ben.id, subscribe=False)
    assert stopped["person_view"]["activity_alert"] is False
    await refused(mine.put("/user/subscribe", person_id=ana.id, subscribe=True))


async def test_following_waits_for_those_who_want_to_be_asked(database: Database, client: Browser) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    cleo = await member(database, "cleo")
    changes = {"ap_manually_approves_followers": True}
    await database.write(accounts.edit, cleo, changes, domain=DOMAIN)
    await database.write(accounts.block, ben, cleo.id)
    app = App(client, token_of(ana))
    for _ in range(2):
        assert await app.post("/user/follow", user_id=ben.id) == {"ok": "following"}
        assert await app.post("/user/follow", user_id=cleo.id) == {"ok": "pending"}
    async with database.read() as db:
        rows = (await db.execute(select(UserFollower.remote_user_id, UserFollower.is_accepted))).all()
        assert sorted(map(tuple, rows)) == [(ben.id, True), (cleo.id, False)]
        assert (await db.execute(select(UserFollowRequest.follow_id))).scalars().all() == [cleo.id]
    await refused(app.post("/user/follow", user_id=ana.id))
    await refused(App(client, token_of(cleo)).post("/user/follow", user_id=ben.id))
    await app.post("/user/unfollow", user_id=ben.id)
    await app.post("/user/unfollow", user_id=cleo.id)
    async with database.read() as db:
        assert not (await db.execute(select(UserFollower.remote_user_id))).all()
        assert not (await db.execute(select(UserFollowRequest.id))).all()


async def test_flair_is_kept_for_a_community_that_one_may_read(database: Database, client: Browser) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    cats = await community(database, ana)
    secret = await community(database, ana, name="secret", private=True)
    app = App(client, token_of(ben))
    await app.post("/user/set_flair", community_id=cats, flair_text="Cat person")
    view = await app.post("/user/set_flair", community_id=cats, flair_text="Dog person")
    assert view["person_view"]["person"]["flair"] == "Dog person"
    async with database.read() as db:
        assert (await db.execute(select(UserFlair.flair))).scalars().all() == ["Dog person"]
    cleared = await app.post("/user/set_flair", community_id=cats, flair_text=None)
    assert "flair" not in cleared["person_view"]["person"]
    await refused(app.post("/user/set_flair", community_id=secret, flair_text="Spy"))
    long = await refused(app.post("/user/set_flair", community_id=cats, flair_text="x" * 51))
    assert list(long["errors"]["json"]) == ["flair_text"]


# Bans


async def test_what_one_saved_is_found_at_one_s_own_page_whoever_wrote_it(
    database: Database, client: Browser
) -> None:
    """Apps ask so, without `include_content`."""
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    (post_id, _) = await posts(database, ana, place, 2)
    (comment_id,) = await comments(database, ana, place, [post_id])
    app = App(client, token_of(ben))
    await app.put("/post/save", post_id=post_id, save=True)
    await app.put("/comment/save", comment_id=comment_id, save=True)
    for query in (
        {"person_id": ben.id},
        {"username": "ben"},
        {"person_id": ana.id, "include_content": "true"},
    ):
        page = await app.get("/user", saved_only="true", **query)
        assert [view["post"]["id"] for view in page["posts"]] == [post_id]
        assert [view["comment"]["id"] for view in page["comments"]] == [comment_id]
    page = await App(client, token_of(ana)).get("/user", saved_only="true", person_id=ben.id)
    assert (page["posts"], page["comments"]) == ([], []), "what one saved is one's own business"


async def test_only_the_staff_bans_and_it_is_logged(database: Database, client: Browser) -> None:
    admin = App(client, token_of(await administrator(database)))
    await register(
        database, RegistrationForm(name="ben", password=PASSWORD, address="203.0.113.9"), domain=DOMAIN
    )
    ben = await App(client).sign_in("ben")
    ben_id = (await ben.get("/user/me"))["local_user_view"]["person"]["id"]
    ana = App(client, token_of(await member(database, "ana")))
    await refused(ana.post("/user/ban", person_id=ben_id, reason="Mine"))
    await refused(ana.post("/user/unban", person_id=ben_id))
    banned = await admin.post("/user/ban", person_id=ben_id, reason="Spam", ban_ip_address=True)
    assert banned["person_view"]["person"]["banned"] is True
    await refused(ben.get("/user/me"))
    async with database.read() as db:
        assert (await db.execute(select(IpBan.ip_address))).scalars().all()
        assert (await db.execute(select(ModLog.action, ModLog.reason))).all() == [("ban_user", "Spam")]
    unbanned = await admin.post("/user/unban", person_id=ben_id)
    assert unbanned["person_view"]["person"]["banned"] is False


async def test_all_that_a_banned_person_wrote_goes_with_them(
    app: Application, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "BATCH", 2)
    database = held_by(app).database
    admin = App(client, token_of(await administrator(database)))
    ana, ben = [await member(database, name) for name in ("ana", "ben")]
    place = await community(database, ana)
    [hers] = await posts(database, ana, place, 1)
    his = await posts(database, ben, place, 5)
    await comments(database, ben, place, [hers] * 3, "A comment by ben")
    await admin.post("/user/ban", person_id=ben.id, reason="Spam", purge_content=True)
    await work_off(held_by(app))
    listed = (await admin.get("/post/list"))["posts"]
    assert [view["post"]["id"] for view in listed] == [hers]
    assert "A comment by ben" not in str(await admin.get("/comment/list", post_id=hers))
    log = await admin.get("/modlog", limit=50)
    assert len(log["removed_posts"]) == len(his)
    assert len(log["removed_comments"]) == 3
    await admin.post("/post/remove", post_id=his[0], removed=False)


# Answers and mentions


async def test_answers_and_mentions_are_listed_and_marked(
    app: Application, database: Database, client: Browser
) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    mine, his = App(client, token_of(ana)), App(client, token_of(ben))
    post = (await mine.post("/post", title="Which tea?", community_id=place))["post_view"]["post"]["id"]
    reply = (await his.post("/comment", post_id=post, body="Green"))["comment_view"]["comment"]["id"]
    other = await his.post("/post", title="About tea", community_id=place)
    other_id = other["post_view"]["post"]["id"]
    named = await his.post("/comment", post_id=other_id, body=f"Ask @ana@{DOMAIN}")
    named_id = named["comment_view"]["comment"]["id"]
    await work_off(held_by(app))

    page = await mine.get("/user/replies")
    (view,) = page["replies"]
    assert page["next_page"] is None
    assert view["comment_reply"] == {
        "id": reply,
        "comment_id": reply,
        "recipient_id": ana.id,
        "read": False,
        "published": view["comment"]["published"],
    }
    assert (view["recipient"]["user_name"], view["creator"]["user_name"]) == ("ana", "ben")
    (mention,) = (await mine.get("/user/mentions", sort="Top"))["replies"]
    assert mention["comment"]["id"] == named_id

    marked = await mine.post("/comment/mark_as_read", comment_reply_id=reply, read=True)
    assert marked["comment_reply_view"]["comment_reply"]["read"] is True
    assert (await mine.get("/user/replies"))["replies"] == []
    assert len((await mine.get("/user/replies", unread_only="false"))["replies"]) == 1
    await refused(his.post("/comment/mark_as_read", comment_reply_id=reply, read=True))

    await database.write(accounts.block, ana, ben.id)
    assert (await mine.get("/user/mentions"))["replies"] == []
    await database.write(accounts.unblock, ana, ben.id)
    await his.post("/private_message", content="Tea?", recipient_id=ana.id)
    await work_off(held_by(app))
    assert await mine.post("/user/mark_all_as_read") == {"replies": []}
    counts = await mine.get("/user/unread_count")
    assert set(counts.values()) == {0}


async def test_the_list_of_answers_takes_as_many_statements_for_many_as_for_few(
    app: Application, database: Database, client: Browser
) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    mine, his = App(client, token_of(ana)), App(client, token_of(ben))
    post = (await mine.post("/post", title="Which tea?", community_id=place))["post_view"]["post"]["id"]
    counts = []
    for first, last in ((0, 5), (5, 30)):
        for number in range(first, last):
            await his.post("/comment", post_id=post, body=f"Tea number {number}")
        await work_off(held_by(app))
        with counted(database) as sent:
            page = await mine.get("/user/replies", limit=100)
        assert len(page["replies"]) == last
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("default_sort_type", "Hot, Relevance, New, Active, TopDay, Top, Scaled, Old"),
        ("nsfw_visibility", "Show, Hide, Blur, Transparent"),
        ("accept_private_messages", "None, Local, Trusted, All"),
    ],
)
async def test_a_word_that_is_no_choice_is_answered_with_those_that_are(
    database: Database, client: Browser, field: str, words: str
) -> None:
    app = App(client, token_of(await member(database, "ana")))
    wrong = await refused(app.put("/user/save_user_settings", **{field: "Sideways"}))
    assert wrong["errors"]["json"][field] == f"Expected one of {words}."
