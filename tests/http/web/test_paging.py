"""Lists by pages: everything is on one of them once, and the last full page leads to no empty one."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.http.web.admin import blocked_images, users
from service.http.web.frame.listing import PAGE
from service.storage.tables import (
    Base,
    BlockedImage,
    ChatMessage,
    Conversation,
    ConversationMember,
    Post,
    Registration,
    User,
)
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.serving import held_by


def _application(number: int, boss: int, _: int) -> Base:
    return Registration(user_id=boss, answer=f"Thing {number:03}.", status=0)


def _blocked(number: int, _: int, __: int) -> Base:
    return BlockedImage(note=f"Thing {number:03}.")


def _message(number: int, boss: int, talk: int) -> Base:
    said = f"Thing {number:03}."
    return ChatMessage(sender_id=boss, recipient_id=boss, conversation_id=talk, body=said, body_html=said)


Made = Callable[[int, int, int], Base]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(
    ("path", "made", "size"),
    [
        ("/admin/approve_registrations", _application, PAGE),
        ("/admin/blocked_images", _blocked, blocked_images.PAGE),
        ("/chat/1", _message, PAGE),
    ],
)
async def test_two_pages_are_two_pages(
    app: Application, administrator: Visitor, path: str, made: Made, size: int, full: bool
) -> None:
    count = 2 * size if full else size + 1

    async def fill(session: AsyncSession) -> None:
        boss = await session.scalar(select(func.min(User.id)).where(User.user_name == "boss")) or 0
        session.add(Conversation(id=1, user_id=boss))
        await session.flush()
        session.add(ConversationMember(conversation_id=1, user_id=boss))
        session.add_all(made(number, boss, 1) for number in range(count))

    await held_by(app).database.write(fill)
    first = await administrator.get(path)
    second = await administrator.get(f"{path}?page=2")
    found = [list(dict.fromkeys(re.findall(r"Thing (\d{3})\.", page.text))) for page in (first, second)]
    assert sorted(found[0] + found[1]) == [f"{number:03}" for number in range(count)]
    assert len(found[0]) == size
    assert first.links(f"{path}?page=2")
    assert not second.links(f"{path}?page=3")


async def test_a_list_of_posts_goes_on_in_its_place(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await held_by(app).database.write(repeat_the_first_post)
    page = await stranger.get("/c/cats?sort=new")
    (more,) = [found for tag, found in page.tags if tag == "a" and found.get("rel") == "next"]
    assert more["hx-get"] == more["href"]
    following = await stranger.get(more["hx-get"], **{"HX-Request": "true"})
    assert [found["class"] for tag, found in following.tags if tag == "article"] == ["card"]
    assert following.html.count('<div class="feed">') == 1
    assert 'rel="next"' not in following.html


async def repeat_the_first_post(session: AsyncSession) -> None:
    columns = [column.name for column in Post.__table__.columns if column.name not in {"id", "ap_id", "slug"}]
    copied = ", ".join(f'"{name}"' for name in columns)
    await session.execute(
        text(
            f"INSERT INTO post ({copied}) SELECT {copied} FROM post, generate_series(1, {PAGE}) WHERE id = 1"
        )
    )


async def test_accounts_that_fill_a_page_have_no_next(
    app: Application, administrator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await making.member(held_by(app).database, "ana")
    for size, more in ((1, True), (2, False), (3, False)):
        monkeypatch.setattr(users, "PAGE", size)
        page = await administrator.get("/admin/users/")
        assert ("page=2" in page.html) is more, size
