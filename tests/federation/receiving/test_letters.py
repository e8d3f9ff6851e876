"""Private messages from elsewhere that nobody wants, or that answer something public (scenarios 99, 102 and 104)."""

from typing import Any

import pytest

from tests.federation.hearing import HERE, PUBLIC, Hearing
from tests.federation.receiving.test_votes import a_post
from tests.federation.signing import actor
from tests.forum import making

TO = f"{HERE}/u/reader"
COUNT = "SELECT count(*) FROM chat_message"


def letter(author: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A private message as Lemmy 0.19 writes it."""
    origin = "/".join(author.split("/")[:3])
    return {
        "id": f"{origin}/private_message/{number}",
        "type": "ChatMessage",
        "attributedTo": author,
        "to": [TO],
        "content": "<p>Hello</p>",
    } | fields


READER = "(SELECT id FROM \"user\" WHERE user_name = 'reader')"
ANA = "(SELECT id FROM \"user\" WHERE user_name = 'ana')"
NOTHING = "SELECT 1"
# What the recipient has chosen, what takes the choice back, and whether the letter arrives.
WISHES = {
    "everybody": (NOTHING, NOTHING, True),
    "not from who is blocked": (
        f"INSERT INTO user_block (blocker_id, blocked_id) VALUES ({READER}, {ANA})",
        "DELETE FROM user_block",
        False,
    ),
    "nobody": (f'UPDATE "user" SET accept_private_messages = 0 WHERE id = {READER}', NOTHING, False),
    "this site": (f'UPDATE "user" SET accept_private_messages = 1 WHERE id = {READER}', NOTHING, False),
    "trusted": (f'UPDATE "user" SET accept_private_messages = 2 WHERE id = {READER}', NOTHING, False),
    "of a trusted server": ("UPDATE instance SET trusted = true", NOTHING, True),
    "not by who is banned here": (f'UPDATE "user" SET banned = true WHERE id = {ANA}', NOTHING, False),
}


@pytest.mark.scenario(104)
async def test_unwanted_letters_are_dropped_silently(site: Hearing) -> None:
    await making.member(site.database, "reader")
    ana = actor(await site.server())
    await site.fetch_actor(ana)
    expected = 0
    for number, (name, (chosen, undone, arrives)) in enumerate(WISHES.items()):
        await site.do(chosen)
        words = f"<p>Letter {number}</p>"
        create = site.activity("Create", ana, letter(ana, number, content=words), to=[TO])
        await site.hear(create, by=ana)
        expected += arrives
        assert await site.value(COUNT) == expected, name
        await site.do(undone)
    assert await site.sent() == []


@pytest.mark.scenario(102)
async def test_a_direct_note_below_something_public_is_a_letter(site: Hearing) -> None:
    _, post = await a_post(site)
    reader = await making.member(site.database, "reader")
    server = await site.server()
    ana, ben = actor(server), actor(server, "/u/ben")
    # To the reader alone, and to somebody elsewhere as well; the third is for everybody.
    for number, (to, letters, answers) in enumerate((([TO], 1, 0), ([TO, ben], 2, 0), ([TO, PUBLIC], 2, 1))):
        said = {
            "id": f"{ana}/notes/{number}",
            "type": "Note",
            "attributedTo": ana,
            "content": f"<p>Between the two of us, {number}</p>",
            "inReplyTo": post,
            "tag": [{"type": "Mention", "href": TO}],
            "to": to,
        }
        await site.hear(site.activity("Create", ana, said, to=to), by=ana)
        assert (await site.value(COUNT), await site.value("SELECT count(*) FROM post_reply")) == (
            letters,
            answers,
        )
    assert await site.rows("SELECT DISTINCT recipient_id FROM chat_message") == [(reader.id,)]
    assert [one["object"]["object"]["id"] for one in await site.sent()] == [f"{ana}/notes/2"]
