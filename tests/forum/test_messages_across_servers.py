"""Private messages between people of two servers, and who takes whose."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.author import Author
from service.forum.accounts.choices import MessageAcceptance
from service.forum.errors import Banned, Forbidden, Invalid, NotFound
from service.forum.events import MessageDeleted, MessageSent
from service.forum.messages import operations as messages
from service.forum.provenance import Provenance
from service.storage.clock import utcnow
from service.storage.tables import ChatMessage, Instance, InstanceBlock, User, UserBlock
from service.storage.transaction import Database
from tests.forum.elsewhere import HOST, change, row, rows, stranger, told_after
from tests.forum.making import DOMAIN, member


async def write(database: Database, by: Author, to: Author, body: str = "Hello", **said: Any) -> int:
    """A message from elsewhere."""
    given = {"ap_id": f"https://{HOST}/private_message/1"}
    provenance = Provenance(instance_id=by.instance_id, **(given | said))
    return await database.write(messages.send, by, to.id, body, domain=DOMAIN, provenance=provenance)


async def test_a_message_from_elsewhere_stands_once(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    first = await write(
        database, zoe, ana, "", html="<p>Hello <b>you</b></p>", published=datetime(2100, 1, 1)
    )
    assert await write(database, zoe, ana) == first
    assert await write(database, zoe, ana, ap_id=f"https://{HOST}/private_message/2") != first
    found = await row(database, ChatMessage, ChatMessage.id == first)
    assert (found.body, found.body_html) == ("Hello **you**", "<p>Hello <b>you</b></p>")
    assert found.ap_id == f"https://{HOST}/private_message/1"
    assert found.created_at is not None
    assert found.created_at <= utcnow()
    assert len(set(await rows(database, select(ChatMessage.conversation_id)))) == 1
    edit = {
        "domain": DOMAIN,
        "provenance": Provenance(ap_id="https://far.example/1", instance_id=2, html="<p>New</p>"),
    }
    assert await told_after(database, messages.edit, zoe, first, "", **edit) == []
    assert await told_after(database, messages.set_deleted, zoe, first, deleted=True) == []
    with pytest.raises(NotFound):
        await database.write(messages.set_deleted, await stranger(database, "max"), first, deleted=False)
    with pytest.raises(Invalid):
        await write(database, zoe, ana, "", ap_id=f"https://{HOST}/private_message/3", html="<p></p>")


async def test_who_takes_messages_from_elsewhere(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    wishes = {
        MessageAcceptance.NOBODY: (False, False),
        MessageAcceptance.THIS_SITE: (False, False),
        MessageAcceptance.TRUSTED_SITES: (False, True),
        MessageAcceptance.EVERYBODY: (True, True),
        None: (True, True),
    }
    for wish, answers in wishes.items():
        await change(database, User, User.id == ana.id, accept_private_messages=wish)
        for trusted, taken in zip((False, True), answers, strict=True):
            await change(database, Instance, Instance.id == zoe.instance_id, trusted=trusted)
            if taken:
                await write(database, zoe, ana)
                continue
            with pytest.raises(Forbidden):
                pytest.fail(f"{wish}, {trusted}: {await write(database, zoe, ana)}")


async def test_blocks_and_bans_hold_across_servers(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    with pytest.raises(Banned):
        await write(database, await stranger(database, "max", banned=True), ana)

    async def block_server(session: AsyncSession) -> None:
        session.add(InstanceBlock(user_id=ana.id, instance_id=zoe.instance_id))

    await database.write(block_server)
    with pytest.raises(Forbidden):
        await write(database, zoe, ana)
    liz = await stranger(database, "liz", host="other.example")
    await write(database, liz, ana)
    await database.write(accounts.block, liz, ana.id)
    assert await rows(database, select(UserBlock.blocker_id, UserBlock.blocked_id)) == [(liz.id, ana.id)]
    with pytest.raises(Forbidden):
        await database.write(messages.send, ana, liz.id, "Hello", domain=DOMAIN)
    await database.write(accounts.unblock, liz, ana.id)
    assert await rows(database, select(UserBlock.id)) == []


async def test_a_message_to_elsewhere_is_sent_on(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    (sent,) = await told_after(database, messages.send, ana, zoe.id, "Hello", domain=DOMAIN)
    assert isinstance(sent, MessageSent)
    assert await told_after(database, messages.set_deleted, ana, sent.message_id, deleted=True) == [
        MessageDeleted(message_id=sent.message_id, deleted=True)
    ]
    with pytest.raises(NotFound):
        await write(database, zoe, await stranger(database, "max"))
