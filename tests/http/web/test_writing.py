"""Writing in the browser: each kind of post, what comes before it, and no text that is lost."""

from datetime import datetime
from io import BytesIO
from typing import Any

from quart.datastructures import FileStorage
from sqlalchemy import delete, select

from service.http.application import Application
from service.http.passing.identity import COOKIE
from service.storage.tables import CalendarEvent, LoginSession, Poll, PollChoice, Post, PostFlair
from tests.http.uploading import picture
from tests.http.web.filling import form_of
from tests.http.web.uploads import file_form
from tests.http.web.visitor import PASSWORD, Visitor
from tests.http.web_browser import HOST
from tests.serving import held_by


async def _rows(app: Application, *columns: Any) -> list[tuple[Any, ...]]:
    async with held_by(app).database.read() as db:
        return [tuple(row) for row in await db.execute(select(*columns))]


async def test_a_poll_is_asked(app: Application, founder: Visitor) -> None:
    form = await form_of(founder, "/community/cats/submit/poll", "/community/cats/submit")
    assert form.value("poll_days") == "3"
    few = await founder.send("/community/cats/submit", kind="poll", title="Which?", choices="One")
    assert few.status == 422
    path = await founder.publish(
        "cats", "Which?", kind="poll", choices="Tabby\r\n\r\n Siamese ", multiple="1", poll_days="7"
    )
    assert [row[0] for row in await _rows(app, PollChoice.choice_text)] == ["Tabby", "Siamese"]
    ((mode,),) = await _rows(app, Poll.mode)
    assert mode == "multiple"
    assert "Siamese" in (await founder.get(path)).text


async def test_an_event_keeps_its_place_and_its_own_time(app: Application, founder: Visitor) -> None:
    fields = {
        "start": "2030-07-01T20:00",
        "timezone": "Europe/Berlin",
        "place": "Barn",
        "address": "Mill Road 1",
    }
    assert (await founder.send("/community/cats/submit", kind="event", title="No time")).status == 422
    path = await founder.publish("cats", "Meeting", kind="event", **fields)
    ((start, zone),) = await _rows(app, CalendarEvent.start, CalendarEvent.timezone)
    assert (start, zone) == (datetime(2030, 7, 1, 18), "Europe/Berlin")
    post_id = max(await _rows(app, Post.id))[0]
    form = await founder.get(f"/post/{post_id}/edit")
    assert form.named("start")["value"] == "2030-07-01T20:00"
    assert form.named("place")["value"] == "Barn"
    await founder.send(
        f"/post/{post_id}/edit", title="Meeting", start="2030-07-01T21:00", end="", timezone="Europe/Berlin"
    )
    assert (await _rows(app, CalendarEvent.start))[0][0] == datetime(2030, 7, 1, 19)
    assert path


async def test_marks_language_and_labels(app: Application, founder: Visitor) -> None:
    await founder.get("/c/cats")
    await founder.send("/community/cats/moderate/flair", flair_title="Kitten", text_color="#000000")
    page = await founder.get("/community/cats/submit/text")
    flair = next(tag["value"] for _, tag in page.tags if tag.get("name") == "flair" and tag["value"])
    await founder.publish("cats", "Marked", ai_generated="1", language_id="1", flair=flair)
    assert max(await _rows(app, Post.id, Post.ai_generated, Post.language_id))[1:] == (True, 1)
    assert await _rows(app, PostFlair.flair_id) == [(int(flair),)]


async def test_a_picture_is_replaced(app: Application, founder: Visitor) -> None:
    founder_page = await founder.get("/community/cats/submit/photo")
    assert founder_page.status == 200
    sent = await founder.send("/community/cats/submit", kind="photo", title="Cat", image=picture(1))
    assert sent.status == 303
    post_id, before = max(await _rows(app, Post.id, Post.image_id))
    await founder.get(f"/post/{post_id}/edit")
    assert (await founder.send(f"/post/{post_id}/edit", title="Cat", image=picture(2))).status == 303
    shown = dict(await _rows(app, Post.id, Post.image_id))
    assert shown[post_id] not in {None, before}
    assert (await founder.send("/post/1/edit", title="First cat", image=picture(3))).status == 303
    assert dict(await _rows(app, Post.id, Post.image_id))[1] is None, "a text gets no picture by that"


async def test_an_address_that_was_posted_is_said(founder: Visitor, reader: Visitor) -> None:
    url = "https://paper.example/a"
    await founder.publish("cats", "The paper", kind="link", url=url)
    assert "The paper" in (await reader.get(f"/submit/look?url={url}")).text
    assert "The paper" not in (await reader.get("/submit/look?url=https://paper.example/b")).text
    for bad in ("", "x", "%00", "http://[", "a" * 3000):
        assert (await reader.get(f"/submit/look?url={bad}")).status == 200, bad
    lead = (await reader.get("/post/2/cross-post")).location
    page = await reader.get(lead.replace("/submit?", "/community/cats/submit?"))
    assert page.named("url")["value"] == url
    assert "cross-posted from" in page.text


async def test_any_community_is_found_to_post_in(app: Application, founder: Visitor, reader: Visitor) -> None:
    assert "Join a community first" in (await reader.get("/submit")).text
    page = await reader.get("/submit?q=cat&url=https://x.example/")
    assert page.links("/community/cats/submit?url=https%3A%2F%2Fx.example%2F")
    assert (await reader.get("/suggest?q=@an")).html.startswith('["@ana@')


async def test_no_text_is_lost_with_the_session(app: Application, founder: Visitor) -> None:
    database = held_by(app).database
    await founder.get("/post/1")
    same = {"Sec-Fetch-Site": "same-origin"}
    typed = {"csrf_token": founder.token, "body": "Long <thought> out", "next": "/x"}

    async def send(form: dict[str, str], **headers: str) -> Any:
        answer = await founder.client.post("/post/1/reply", form=form, headers=headers)
        return answer.status_code, await answer.get_data(as_text=True)

    await database.write(lambda session: session.execute(delete(LoginSession)))
    status, page = await send(typed, **same)
    assert status == 401
    assert "Long &lt;thought&gt; out" in page
    assert "Sign in" in page

    founder.client.delete_cookie(HOST, COOKIE)
    status, page = await send(typed, **same)
    assert (status, "Long &lt;thought&gt; out" in page) == (401, True), "without the cookie, too"
    status, page = await send(typed, **{"Sec-Fetch-Site": "cross-site"})
    assert "Long" not in page, "another site's text is never shown as one's own"
    status, page = await send(typed)
    assert "Long" not in page

    await founder.get("/auth/login")
    await founder.send("/auth/login", user_name="ana", password=PASSWORD)
    status, page = await send(typed, **same)
    assert "signed in again" in page
    token = page.partition('name="csrf_token" value="')[2].rpartition('name="csrf_token" value="')[2][:64]
    status, _ = await send(typed | {"csrf_token": token}, **same)
    assert status == 303
    assert "Long" in (await founder.get("/post/1")).text


async def test_no_form_loses_what_was_written_with_the_session(app: Application, founder: Visitor) -> None:
    """Forms that may bring files are read before it is known who sends them, as far as they are small."""
    await founder.get("/community/cats/submit/text")
    await held_by(app).database.write(lambda session: session.execute(delete(LoginSession)))
    browser = {"Sec-Fetch-Site": "same-origin"}
    for path, name in (
        ("/community/cats/submit", "body"),
        ("/community/cats/edit", "description"),
        ("/post/1/edit", "body"),
        ("/u/ana/report", "reason"),
        ("/chat/to/1", "content"),
        ("/user/settings/profile", "about"),
    ):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            files = {"image": FileStorage(BytesIO(b""), "")} if kind.startswith("multi") else None
            form = {"csrf_token": founder.token, "title": "A", name: "Long <thought> out"}
            answer = await founder.client.post(path, form=form, files=files, headers=browser)
            page = await answer.get_data(as_text=True)
            assert (answer.status_code, "Long &lt;thought&gt; out" in page) == (401, True), (path, kind)
    large = {"image": FileStorage(BytesIO(bytes(1_100_000)), "x.png")}
    answer = await founder.client.post("/post/1/edit", form=form, files=large, headers=browser)
    assert answer.status_code == 413, "large files are read of nobody who is not signed in"


async def test_a_picture_for_a_text(app: Application, founder: Visitor) -> None:
    await founder.get("/user/files")
    answer = await file_form(founder, "/user/files/upload", "image", picture(5), "cat.jpg")
    assert answer.status == 303
    page = await founder.follow(answer)
    assert any(tag.get("value", "").startswith("![](/media/") for _, tag in page.tags)
