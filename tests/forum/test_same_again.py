"""What counts as the same again: a message sent twice, a conversation of just these two, a report that is open."""

from sqlalchemy import select, text

from service.forum.messages import operations as messages
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.storage.tables import ChatMessage, Report
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import change, rows
from tests.forum.making import DOMAIN


async def test_a_message_goes_where_these_two_talk_and_nobody_else_does(database: Database) -> None:
    ana, ben, cleo = [await making.member(database, name) for name in ("ana", "ben", "cleo")]

    async def send(words: str) -> tuple[int, int]:
        message = await database.write(messages.send, ana, ben.id, words, domain=DOMAIN)
        talk = select(ChatMessage.conversation_id).where(ChatMessage.id == message)
        return message, (await rows(database, talk))[0]

    first, talk = await send("Hello")
    assert await send("Hello") == (first, talk), "a double click"
    await database.write(messages.set_deleted, ana, first, deleted=True)
    again, same_talk = await send("Hello")
    assert (again != first, same_talk) == (True, talk), "what was taken back is said anew"
    async with database.engine.begin() as db:
        joins = (
            "INSERT INTO conversation_member (user_id, conversation_id, joined) VALUES (:who, :talk, true)"
        )
        await db.execute(text(joins), {"who": cleo.id, "talk": talk})
    _, other_talk = await send("Between us")
    assert other_talk != talk, "a third one would hear of it"


async def test_what_was_dealt_with_is_reported_anew(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    (post,) = await making.posts(database, ana, await making.community(database, ana), 1)

    async def report() -> int:
        await database.write(reports.report_post, ben, post, Complaint(reason="Spam"))
        return len(await rows(database, select(Report.id)))

    assert [await report(), await report()] == [1, 1]
    await change(database, Report, Report.id > 0, status=3)
    assert await report() == 2
