"""Forms: nothing without a token, nothing typed is lost, everything ends in a redirect."""

from typing import Any

import pytest
from sqlalchemy import update

from service.http.application import Application
from service.storage.tables import Community
from tests.http.web.visitor import PASSWORD, Visitor
from tests.media.pictures import file_of, quadrants
from tests.serving import held_by

CHANGING = (
    "/auth/login",
    "/auth/register",
    "/auth/logout",
    "/preview",
    "/community/add_local",
    "/community/cats/submit",
    "/community/cats/subscribe",
    "/community/cats/edit",
    "/post/1/vote/up",
    "/post/1/bookmark",
    "/post/1/reply",
    "/post/1/delete",
    "/post/1/lock",
    "/user/settings/profile",
    "/user/settings/password",
    "/notifications/all_read",
    "/admin/site",
)


async def test_no_form_works_without_its_token(founder: Visitor) -> None:
    for path in CHANGING:
        for token in ("", "forged", founder.token[::-1]):
            page = await founder.send(path, token=token, name="x", title="x", body="x", private_instance="1")
            assert page.status == 403, path
            assert "form has expired" in page.text
    assert (await founder.get("/post/1")).status == 200


async def test_a_token_of_somebody_else_is_none(founder: Visitor, reader: Visitor) -> None:
    assert (await founder.send("/post/1/bookmark", token=reader.token)).status == 403


async def test_registering_keeps_what_was_typed_but_no_password(stranger: Visitor) -> None:
    await stranger.get("/auth/register")
    page = await stranger.send(
        "/auth/register", name="b@d name", email="who@mail.example", password=PASSWORD, password2=PASSWORD
    )
    assert page.status == 422
    assert page.named("name")["value"] == "b@d name"
    assert page.named("email")["value"] == "who@mail.example"
    assert "value" not in page.named("password")
    assert PASSWORD not in page.html
    assert page.named("name")["aria-invalid"] == "true"
    assert page.with_id(page.named("name")["aria-describedby"].split()[-1])
    assert page.links("#f-name")


async def test_a_taken_name_and_a_slip_of_the_password_are_said_at_their_fields(
    founder: Visitor, stranger: Visitor
) -> None:
    await stranger.get("/auth/register")
    taken = await stranger.send("/auth/register", name="ANA", email="", password=PASSWORD, password2=PASSWORD)
    assert (taken.status, taken.links("#f-")) == (409, ["#f-name"])
    slip = await stranger.send("/auth/register", name="zoe", email="", password=PASSWORD, password2="other")
    assert (slip.status, slip.links("#f-")) == (422, ["#f-password2"])


async def test_a_wrong_password_keeps_the_name_and_where_one_was_going(
    founder: Visitor, stranger: Visitor
) -> None:
    await stranger.get("/auth/login?next=/c/cats")
    page = await stranger.send("/auth/login", user_name="ana", password="wrong", next="/c/cats")
    assert page.status == 401
    assert page.named("user_name")["value"] == "ana"
    page = await stranger.send(
        "/auth/login", user_name="ana", password=PASSWORD, next=page.named("next")["value"]
    )
    assert (page.status, page.location) == (303, "/c/cats")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", ""]
)
async def test_nobody_is_sent_to_another_site(founder: Visitor, stranger: Visitor, elsewhere: str) -> None:
    await stranger.get("/auth/login")
    page = await stranger.send("/auth/login", user_name="ana", password=PASSWORD, next=elsewhere)
    assert (page.status, page.location) == (303, "/")


async def test_a_post_with_a_mistake_keeps_everything(founder: Visitor) -> None:
    page = await founder.send(
        "/community/cats/submit",
        kind="link",
        title="A cat",
        url="not an address",
        body="\nLine\n\n*two*",
        nsfw="1",
    )
    assert page.status == 422
    assert page.named("title")["value"] == "A cat"
    assert page.named("url")["value"] == "not an address"
    assert "Line\n\n*two*" in page.html
    checked = [found["value"] for _, found in page.tags if found.get("name") == "kind" and "checked" in found]
    assert checked == ["link"]
    assert page.links("#f-") == ["#f-url"]


async def test_what_a_kind_hides_is_not_sent(founder: Visitor, stranger: Visitor) -> None:
    path = await founder.publish("cats", "Only text", kind="text", url="https://example.org/", body="words")
    assert "example.org" not in (await stranger.get(path)).html


async def test_a_photo_is_published_with_its_description(founder: Visitor, stranger: Visitor) -> None:
    image = file_of(quadrants(), "JPEG")
    path = await founder.publish(
        "cats", "Four colours", kind="photo", image=image, alt_text="Four fields of colour"
    )
    page = await stranger.get(path)
    photo = next(found for tag, found in page.tags if tag == "img" and found.get("alt"))
    assert (photo["alt"], photo["width"], photo["height"]) == ("Four fields of colour", "64", "32")


async def test_a_file_that_is_no_picture_is_said_at_its_field(founder: Visitor) -> None:
    page = await founder.send(
        "/community/cats/submit", kind="photo", title="A lie", image=b"<svg onload=alert(1)>", alt_text="kept"
    )
    assert (page.status, page.links("#f-")) == (422, ["#f-image"])
    assert page.named("alt_text")["value"] == "kept"
    page = await founder.send("/community/cats/submit", kind="photo", title="Forgotten")
    assert (page.status, page.links("#f-")) == (422, ["#f-image"])


async def test_pictures_of_people_and_communities(founder: Visitor, stranger: Visitor) -> None:
    image = file_of(quadrants(), "PNG")
    assert (await founder.send("/user/settings/picture", image=image)).status == 303
    assert (await founder.send("/community/cats/edit", title="Cats", image=image, field="icon")).status == 303
    for path in ("/u/ana", "/c/cats"):
        page = await stranger.get(path)
        faces = [
            found["src"] for tag, found in page.tags if tag == "img" and "large" in found.get("class", "")
        ]
        assert len(faces) == 1
        assert (await stranger.client.get(faces[0])).status_code == 200
    broken = await founder.send("/user/settings/picture", image=b"no picture")
    assert (broken.status, broken.links("#f-")) == (422, ["#f-image"])
    forgotten = await founder.send("/user/settings/picture")
    assert (forgotten.status, forgotten.links("#f-")) == (422, ["#f-image"])
    page = await stranger.get("/u/ana")
    assert [found for tag, found in page.tags if tag == "img" and "large" in found.get("class", "")]
    assert (await founder.send("/user/settings/picture/remove")).status == 303
    page = await stranger.get("/u/ana")
    assert not [found for tag, found in page.tags if tag == "img" and "large" in found.get("class", "")]


async def test_the_same_form_twice_is_one_post(founder: Visitor) -> None:
    first = await founder.publish("cats", "Double click", body="once")
    assert await founder.publish("cats", "Double click", body="once") == first


async def test_an_empty_comment_is_refused_beside_the_post(founder: Visitor) -> None:
    page = await founder.send("/post/1/reply", body="   ")
    assert page.status == 422
    assert "First cat" in page.text
    assert page.named("body")["aria-invalid"] == "true"


async def test_a_discussion(founder: Visitor, reader: Visitor, stranger: Visitor) -> None:
    said = await reader.send("/post/1/reply", body="What is *its* name?")
    assert (said.status, said.location) == (303, "/post/1#comment_1")
    answer = await founder.send("/post/1/comment/1/reply", body="Mitzi")
    assert answer.location == "/post/1/comment/1#comment_2"
    page = await stranger.get("/post/1")
    assert "<em>its</em>" in page.html
    assert page.text.index("What is") < page.text.index("Mitzi")
    branch = await stranger.get("/post/1/comment/2")
    assert "Mitzi" in branch.text
    assert branch.text.index("What is") < branch.text.index("Mitzi")
    assert (await reader.send("/comment/1/edit", body="Who is it?")).status == 303
    assert (await founder.send("/comment/1/edit", body="mine")).status == 403
    await reader.send("/comment/1/delete")
    page = await stranger.get("/post/1")
    assert "Deleted by the author" in page.text
    assert "Who is it" not in page.text


async def test_a_vote_swaps_its_control_or_leads_back_to_it(founder: Visitor, reader: Visitor) -> None:
    part = await reader.send("/post/1/vote/up", htmx=True)
    assert part.status == 200
    assert part.tags[0][1]["class"] == "votes is-up"
    assert "html" not in [tag for tag, _ in part.tags]
    assert part.text.strip() == "2"
    page = await reader.send("/post/1/vote/none", next="/c/cats?sort=new")
    assert (page.status, page.location) == (303, "/c/cats?sort=new#post_1")
    assert (await reader.send("/post/1/vote/sideways")).status == 404
    own = await founder.send("/post/1/vote/none", htmx=True)
    assert (own.tags[0][1]["class"], own.text.strip()) == ("votes", "0")


async def test_bookmarks(founder: Visitor, reader: Visitor) -> None:
    part = await reader.send("/post/1/bookmark", htmx=True)
    assert part.tags[0][1]["aria-pressed"] == "true"
    assert "First cat" in (await reader.get("/bookmarks")).text
    await reader.send("/post/1/remove_bookmark")
    assert "First cat" not in (await reader.get("/bookmarks")).text


async def test_htmx_of_a_stranger_is_led_to_sign_in(founder: Visitor, stranger: Visitor) -> None:
    await stranger.get("/auth/login")
    page = await stranger.send("/post/1/vote/up", htmx=True)
    assert (page.status, page.headers["HX-Redirect"]) == (204, "/auth/login?next=%2F")


async def test_moderation_needs_a_reason_and_can_be_undone(founder: Visitor, reader: Visitor) -> None:
    path = await reader.publish("cats", "Soap for sale")
    number = path.split("/p/")[1].split("/")[0]
    assert (await reader.send(f"/post/{number}/remove", reason="x")).status == 403
    assert (await founder.send(f"/post/{number}/remove", reason=" ")).links("#f-") == ["#f-reason"]
    removed = await founder.follow(await founder.send(f"/post/{number}/remove", reason="Advertising"))
    assert "Post removed" in removed.text
    assert "Advertising" in (await founder.get("/modlog")).text
    await founder.send(f"/post/{number}/restore")
    assert (await reader.get(path)).status == 200
    await founder.send(f"/post/{number}/lock")
    assert "Comments on this post are locked" in (await reader.get(path)).text
    assert (await reader.send(f"/post/{number}/reply", body="But")).status == 423


async def test_joining_and_leaving(founder: Visitor, reader: Visitor) -> None:
    joined = await reader.follow(await reader.send("/community/cats/subscribe", next="/c/cats"))
    assert "joined the community" in joined.text
    assert "joined the community" not in (await reader.get("/c/cats")).text
    assert "First cat" in (await reader.get("/?feed=subscribed&sort=new")).text
    await reader.send("/community/cats/unsubscribe")
    assert "First cat" not in (await reader.get("/?feed=subscribed&sort=new")).text


async def test_who_leaves_a_private_community_is_led_out_of_it(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await reader.send("/community/cats/subscribe")
    await held_by(app).database.write(lambda session: session.execute(update(Community).values(private=True)))
    page = await reader.follow(await reader.send("/community/cats/unsubscribe", next="/c/cats"))
    assert (page.status, "left the community" in page.text) == (200, True)
    assert (await reader.get("/c/cats")).status == 404


async def test_settings(founder: Visitor, reader: Visitor) -> None:
    page = await founder.follow(
        await founder.send("/user/settings/profile", title="Ana L", about="I *like* cats")
    )
    assert page.named("title")["value"] == "Ana L"
    profile = await reader.get("/u/ana")
    assert "Ana L" in profile.text
    assert "<em>like</em>" in profile.html
    assert (await founder.send("/user/settings/profile", title="x" * 300)).links("#f-") == ["#f-title"]


async def test_a_new_password_ends_the_other_sessions(founder: Visitor, stranger: Visitor) -> None:
    await stranger.get("/auth/login")
    await stranger.send("/auth/login", user_name="ana", password=PASSWORD)
    assert (await stranger.get("/notifications")).status == 200
    await founder.get("/user/settings")
    wrong = await founder.send("/user/settings/password", old_password="no", password="another battery")
    assert wrong.links("#f-") == ["#f-old_password"]
    done = await founder.send("/user/settings/password", old_password=PASSWORD, password="another battery")
    assert "Password changed" in (await founder.follow(done)).text
    assert (await stranger.get("/notifications")).status == 303


async def test_one_session_is_revoked(founder: Visitor, stranger: Visitor) -> None:
    await stranger.get("/auth/login")
    await stranger.send("/auth/login", user_name="ana", password=PASSWORD)
    page = await founder.get("/user/settings/account")
    (revoke,) = [
        found["formaction"] for _, found in page.tags if found.get("formaction", "").endswith("/revoke")
    ]
    await founder.send(revoke)
    assert (await stranger.get("/notifications")).status == 303
    assert (await founder.get("/notifications")).status == 200


async def test_signing_out(founder: Visitor) -> None:
    page = await founder.follow(await founder.send("/auth/logout"))
    assert "signed out" in page.text
    assert (await founder.get("/notifications")).status == 303


async def test_an_application_is_decided_on(administrator: Visitor, stranger: Visitor) -> None:
    await administrator.send(
        "/admin/site", name="Ours", registration_mode="RequireApplication", application_question="Why?"
    )
    form = await stranger.get("/auth/register")
    assert "Why?" in form.text
    fields: dict[str, Any] = {
        "name": "zoe",
        "email": "zoe@mail.example",
        "password": PASSWORD,
        "password2": PASSWORD,
    }
    assert (await stranger.send("/auth/register", **fields, answer="")).links("#f-") == ["#f-answer"]
    applied = await stranger.send("/auth/register", **fields, answer="Bees <b>&</b> flowers")
    assert applied.location == "/auth/please_wait"
    assert (await stranger.send("/auth/login", user_name="zoe", password=PASSWORD)).status == 403
    waiting = await administrator.get("/admin/approve_registrations")
    assert "Bees <b>&</b> flowers" in waiting.text
    (approve,) = [
        found["formaction"] for _, found in waiting.tags if found.get("formaction", "").endswith("/approve")
    ]
    await administrator.send(approve)
    assert (await stranger.send("/auth/login", user_name="zoe", password=PASSWORD)).status == 303


async def test_a_community_s_form_keeps_every_choice(founder: Visitor) -> None:
    page = await founder.get("/community/cats/edit")
    boxes = [
        "private",
        "question_answer",
        "ai_generated",
        "new_mods_wanted",
        "restricted_to_mods",
        "local_only",
    ]
    fields: dict[str, Any] = {"title": "Cats", "downvote_accept_mode": "6", "invitations": "2"}
    await founder.follow(await founder.send("/community/cats/edit", **(fields | dict.fromkeys(boxes, "1"))))
    page = await founder.get("/community/cats/edit")
    assert all("checked" in page.named(name) for name in boxes)
    chosen = [a["value"] for tag, a in page.tags if tag == "option" and "selected" in a]
    assert chosen == ["6", "2"]
    shown = (await founder.get("/c/cats")).text
    assert "Moderators wanted" in shown
    assert "Private" in shown
    for name in ("downvote_accept_mode", "invitations"):
        wrong = await founder.send("/community/cats/edit", **(fields | {name: "x"}))
        assert wrong.links("#f-") == [f"#f-{name}"]
