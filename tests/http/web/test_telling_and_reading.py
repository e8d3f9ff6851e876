"""What members are told, how they talk, and how posts of each kind are read."""

from service.http.application import Application
from tests.http.web.visitor import Page, Visitor
from tests.serving import held_by
from tests.working import work_off

EVENT = {"start": "2030-07-01T20:00", "timezone": "Europe/Berlin", "place": "Barn", "address": "Mill Road 1"}


def _words(page: Page) -> str:
    return " ".join(page.text.split())


async def test_what_one_is_told_says_what_it_is_about(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await reader.send("/post/1/reply", body="Does it **really** purr?")
    await reader.send("/post/1/reply", body="Another one")
    await founder.publish("cats", "Ask somebody", body="Hello @bob, @nobody")
    await founder.send("/post/2/reply", body="Look here, @bob!")
    await work_off(held_by(app))
    page = await founder.get("/notifications")
    words = _words(page)
    assert "Does it really purr?" in words
    assert "New comment on your post" in words
    assert page.text.count("First cat") == 1, "what is about one post stands together"
    told = _words(await reader.get("/notifications"))
    for one in ("You were mentioned in a comment", "Look here, @bob!", "You were mentioned in a post"):
        assert one in told, one
    assert "in comment 3" not in told
    await reader.send("/comment/1/delete")
    assert "Does it really" not in (await founder.get("/notifications")).text


async def test_a_conversation_is_read_downwards(founder: Visitor, reader: Visitor) -> None:
    (first,) = (await reader.get("/u/ana")).links("/chat/to/")
    sent = await reader.send(first, content="One **first**")
    path = sent.location.partition("#")[0]
    await founder.get(path)
    await founder.send(path, content="Two second")
    page = await reader.get(path)
    words = _words(page)
    assert words.index("One first") < words.index("Two second") < words.index("Send")
    bubbles = [tag["class"] for tag_name, tag in page.tags if tag_name == "article"]
    assert bubbles == ["bubble is-mine", "bubble"]
    assert page.html.count('class="day"') == 1, "what was said on one day stands together"
    (listed,) = (await reader.get("/chat")).links("/chat/")
    assert listed.endswith("#message_2"), "one comes to what was said last"
    assert page.links("/chat/message/"), "what somebody wrote to me can be reported"
    await reader.send(path, content="**Bold** again")
    assert "Bold again" in (await founder.get("/chat")).text, "without its marks"


async def test_ones_own_messages_are_changed_and_taken_back(founder: Visitor, reader: Visitor) -> None:
    (first,) = (await reader.get("/u/ana")).links("/chat/to/")
    path = (await reader.send(first, content="A typ")).location.partition("#")[0]
    (edit,) = (await reader.get(path)).links("/chat/message/1/edit")
    assert "A typ" in (await reader.get(edit)).text
    await reader.send(edit, content="A typo")
    assert "A typo" in (await founder.get(path)).text
    assert (await founder.send(edit, content="Mine")).status == 403
    assert (await founder.send("/chat/message/1/delete")).status == 403
    await reader.follow(await reader.send("/chat/message/1/delete"))
    assert "A typo" not in (await founder.get(path)).text
    await reader.send("/chat/message/1/restore")
    assert "A typo" in (await founder.get(path)).text


async def test_a_notification_is_unread_again(app: Application, founder: Visitor, reader: Visitor) -> None:
    await reader.send("/post/1/reply", body="Hello")
    await work_off(held_by(app))
    (told,) = (await founder.get("/notifications")).links("/notification/")
    await founder.get(told)
    assert "is-new" not in (await founder.get("/notifications")).html
    await founder.send(told.replace("/goto", "/unread"), next="/notifications")
    assert "is-new" in (await founder.get("/notifications")).html


async def test_kinds_are_told_apart_in_lists(founder: Visitor, stranger: Visitor) -> None:
    await founder.publish("cats", "Which?", kind="poll", choices="A\nB")
    await founder.publish("cats", "Meeting", kind="event", **EVENT)
    await founder.publish("cats", "Film", kind="video", url="https://youtu.be/dQw4w9WgXcQ")
    words = _words(await stranger.get("/c/cats"))
    for one in ("Poll", "Event", "Video", "1 July 2030, 18:00 UTC", "Barn, Mill Road 1"):
        assert one in words, one


async def test_an_event_has_its_place_and_the_readers_time(founder: Visitor, stranger: Visitor) -> None:
    path = await founder.publish("cats", "Meeting", kind="event", **EVENT)
    assert "Barn, Mill Road 1" in _words(await stranger.get(path))
    await founder.send("/user/settings/reading", timezone="America/New_York")
    assert "1 July 2030, 14:00 EDT" in _words(await founder.get(path))
    calendar = await stranger.get("/post/2/ical")
    assert calendar.headers["Content-Type"].startswith("text/calendar")
    assert "DTSTART:20300701T180000Z" in calendar.html
    assert (await stranger.get("/post/1/ical")).status == 404


async def test_a_video_loads_nothing_before_it_is_played(founder: Visitor, stranger: Visitor) -> None:
    page = await stranger.get(
        await founder.publish("cats", "A film", kind="video", url="https://youtu.be/dQw4w9WgXcQ")
    )
    assert not [tag for tag, _ in page.tags if tag in {"iframe", "video", "embed"}]
    assert any("youtube-nocookie.com" in tag.get("data-player", "") for _, tag in page.tags)
    page = await stranger.get(
        await founder.publish("cats", "Another film", kind="video", url="https://x.example/a.mp4")
    )
    assert next(tag for name, tag in page.tags if name == "video")["preload"] == "none"


async def test_pinned_is_said_where_it_is_pinned(founder: Visitor, stranger: Visitor) -> None:
    await founder.send("/post/1/sticky")
    assert "Pinned" in (await stranger.get("/c/cats")).text
    for path in ("/", "/search?q=cat", "/u/ana"):
        assert "Pinned" not in (await stranger.get(path)).text, path


async def test_one_name_everywhere(founder: Visitor, stranger: Visitor) -> None:
    await founder.send("/user/settings/profile", title="Late Newt", about="")
    for path in ("/", "/post/1", "/u/ana"):
        assert "Late Newt" in (await stranger.get(path)).text, path
