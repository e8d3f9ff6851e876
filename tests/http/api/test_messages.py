"""Private messages through the API: who may write to whom, who reads what, and what is told of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import Viewer
from service.http.application import Application
from service.storage.tables import ChatMessage, User
from service.storage.transaction import Database
from tests.forum.making import member
from tests.http.api.app_client import App, Refused
from tests.http.people import token_of
from tests.serving import held_by
from tests.statements import counted
from tests.working import work_off


class Two:
    """Ana and Ben, with an app each."""

    def __init__(self, database: Database, client: Browser, ana: Viewer, ben: Viewer) -> None:
        self.database, self.client = database, client
        self.ana_id, self.ben_id = ana.id, ben.id
        self.ana_herself, self.ben_himself = ana, ben
        self.ana, self.ben = App(client, token_of(ana)), App(client, token_of(ben))

    async def say(self, content: str) -> int:
        """Ana writes to Ben."""
        view = (await self.ana.post("/private_message", content=content, recipient_id=self.ben_id))[
            "private_message_view"
        ]
        message_id: int = view["private_message"]["id"]
        return message_id


@pytest.fixture
async def two(app: Application, client: Browser) -> Two:
    database = held_by(app).database
    return Two(database, client, await member(database, "ana"), await member(database, "ben"))


async def test_a_message_arrives_is_told_read_answered_and_edited(app: Application, two: Two) -> None:
    view = (await two.ana.post("/private_message", content=" Tea? **Now** ", recipient_id=two.ben_id))[
        "private_message_view"
    ]
    message = view["private_message"]
    assert (message["content"], message["read"], message["deleted"]) == ("Tea? **Now**", False, False)
    assert (message["creator_id"], message["recipient_id"]) == (two.ana_id, two.ben_id)
    assert (view["creator"]["user_name"], view["recipient"]["user_name"]) == ("ana", "ben")
    assert message["ap_id"].endswith(f"/private_message/{message['id']}")
    async with two.database.read() as db:
        html = await db.scalar(select(ChatMessage.body_html))
    assert html is not None
    assert "<strong>Now</strong>" in html

    await work_off(held_by(app))
    assert (await two.ben.get("/user/unread_count"))["private_messages"] == 1
    told = await two.ben.get("/user/notifications", status="Unread")
    assert (told["items"], told["counts"]["unread"]) == ([], 1), "counted, and found among the messages"
    assert (await two.ana.get("/user/unread_count"))["private_messages"] == 0

    (unread,) = (await two.ben.get("/private_message/list", unread_only="true"))["private_messages"]
    assert unread["private_message"]["id"] == message["id"]
    read = await two.ben.post("/private_message/mark_as_read", private_message_id=message["id"], read=True)
    assert read["private_message_view"]["private_message"]["read"]
    assert (await two.ben.get("/user/notifications_count"))["count"] == 0
    assert (await two.ben.get("/private_message/list", unread_only="true"))["private_messages"] == []
    await two.ben.post("/private_message/mark_as_read", private_message_id=message["id"], read=False)
    assert (await two.ben.get("/user/unread_count"))["private_messages"] == 1

    answered = (await two.ben.post("/private_message", content="Yes!", recipient_id=two.ana_id))[
        "private_message_view"
    ]
    assert answered["conversation_id"] == view["conversation_id"]
    edited = await two.ana.put("/private_message", private_message_id=message["id"], content="Coffee?")
    assert edited["private_message_view"]["private_message"]["content"] == "Coffee?"
    for query in ({"person_id": two.ben_id}, {"conversation_id": view["conversation_id"]}):
        said = (await two.ana.get("/private_message/conversation", **query))["private_messages"]
        assert [one["private_message"]["content"] for one in said] == ["Yes!", "Coffee?"]
    assert len((await two.ana.get("/private_message/list"))["private_messages"]) == 2


async def test_the_same_form_twice_is_one_message(two: Two) -> None:
    assert await two.say("Hello") == await two.say("Hello")
    assert await two.say("Hello again") != await two.say("Hello")


async def test_a_deleted_message_keeps_its_place_and_loses_its_text(app: Application, two: Two) -> None:
    message_id = await two.say("Never mind")
    await work_off(held_by(app))
    await two.ana.post("/private_message/delete", private_message_id=message_id, deleted=True)
    (seen,) = (await two.ben.get("/private_message/list"))["private_messages"]
    assert (seen["private_message"]["content"], seen["private_message"]["deleted"]) == ("", True)
    assert (await two.ben.get("/user/notifications_count"))["count"] == 0
    with pytest.raises(Refused) as refused:
        await two.ana.put("/private_message", private_message_id=message_id, content="Or do")
    assert refused.value.status == 400
    restored = await two.ana.post("/private_message/delete", private_message_id=message_id, deleted=False)
    assert restored["private_message_view"]["private_message"]["content"] == "Never mind"


async def test_nobody_else_reads_or_changes_a_message(two: Two) -> None:
    message_id = await two.say("A secret")
    conversation_id = (await two.ana.get("/private_message/list"))["private_messages"][0]["conversation_id"]
    cleo = App(two.client, token_of(await member(two.database, "cleo")))
    assert (await cleo.get("/private_message/list"))["private_messages"] == []
    said = await cleo.get("/private_message/conversation", person_id=two.ana_id)
    assert said["private_messages"] == []
    which = {"private_message_id": message_id}
    attempts: tuple[tuple[App, Callable[[App], Awaitable[Any]]], ...] = (
        (cleo, lambda app: app.get("/private_message/conversation", conversation_id=conversation_id)),
        (cleo, lambda app: app.post("/private_message/conversation/leave", conversation_id=conversation_id)),
        (cleo, lambda app: app.post("/private_message/mark_as_read", **which, read=True)),
        (cleo, lambda app: app.post("/private_message/delete", **which, deleted=True)),
        (cleo, lambda app: app.put("/private_message", **which, content="Mine")),
        (two.ana, lambda app: app.post("/private_message/mark_as_read", **which, read=True)),
        (two.ben, lambda app: app.post("/private_message/delete", **which, deleted=True)),
        (two.ben, lambda app: app.put("/private_message", **which, content="His")),
        (App(two.client), lambda app: app.get("/private_message/list")),
    )
    for stranger, act in attempts:
        with pytest.raises(Refused) as refused:
            await act(stranger)
        assert refused.value.status == 400
    (kept,) = (await two.ben.get("/private_message/list"))["private_messages"]
    assert (kept["private_message"]["content"], kept["private_message"]["read"]) == ("A secret", False)


async def test_who_does_not_want_messages_gets_none(two: Two) -> None:
    async def refused(recipient_id: int) -> str:
        with pytest.raises(Refused) as refused:
            await two.ana.post("/private_message", content="Hello", recipient_id=recipient_id)
        assert refused.value.status == 400
        message: str = refused.value.body["message"]
        return message

    async def set_ben(**values: object) -> None:
        async def change(session: AsyncSession) -> None:
            await session.execute(update(User).where(User.id == two.ben_id).values(**values))

        await two.database.write(change)

    assert "yourself" in await refused(two.ana_id)
    assert "doesn't exist" in await refused(2**31 - 1)
    await set_ben(accept_private_messages=0)
    assert "doesn't accept" in await refused(two.ben_id)
    await set_ben(accept_private_messages=1)
    await two.say("Fine")
    await two.database.write(accounts.block, two.ben_himself, two.ana_id)
    assert "doesn't accept" in await refused(two.ben_id)
    assert (await two.ben.get("/private_message/list"))["private_messages"] == []
    await two.database.write(accounts.unblock, two.ben_himself, two.ana_id)
    await two.database.write(accounts.block, two.ana_herself, two.ben_id)
    assert "blocked" in await refused(two.ben_id)
    await two.database.write(accounts.unblock, two.ana_herself, two.ben_id)
    await set_ben(deleted=True)
    assert "doesn't exist" in await refused(two.ben_id)


async def test_who_left_sees_nothing_of_it_and_is_written_to_anew(app: Application, two: Two) -> None:
    await two.say("First")
    await work_off(held_by(app))
    old = (await two.ben.get("/private_message/list"))["private_messages"][0]["conversation_id"]
    await two.ben.post("/private_message/conversation/leave", conversation_id=old)
    assert (await two.ben.get("/private_message/list"))["private_messages"] == []
    assert (await two.ben.get("/user/notifications_count"))["count"] == 0
    assert len((await two.ana.get("/private_message/list"))["private_messages"]) == 1
    await two.say("Second")
    (new,) = (await two.ben.get("/private_message/list"))["private_messages"]
    assert (new["private_message"]["content"], new["conversation_id"] != old) == ("Second", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x"}, "recipient_id"),
        ({"content": 1, "recipient_id": 1}, "content"),
        ({"content": " \x00 ", "recipient_id": 1}, "content"),
        ({"content": "x" * 10_001, "recipient_id": 1}, "content"),
        ({"content": "x", "recipient_id": "one"}, "recipient_id"),
        ({"content": "x", "recipient_id": 2**31}, "recipient_id"),
    ],
)
async def test_what_is_wrong_is_named(two: Two, body: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        await two.ana.post("/private_message", **body)
    assert refused.value.status == 400
    assert list(refused.value.body["errors"]["json"]) == [field]


async def test_lists_take_as_many_statements_for_many_as_for_few(two: Two) -> None:
    counts = []
    for first, total in ((0, 5), (5, 30)):
        for number in range(first, total):
            await two.say(f"Message number {number}")
        with counted(two.database) as sent:
            shown = await two.ben.get("/private_message/list", limit=100)
        assert len(shown["private_messages"]) == total
        counts.append(len(sent))
    assert counts[0] == counts[1]
