"""People: letters, profiles, follows and good-byes between the sites."""

import pytest

from tests.federate.acting import becomes, community, fresh, joined, keeper, member, number, publish
from tests.federate.site import Person, Site


async def met(person: Person, somebody: Person) -> int:
    """Let somebody be known on another person's site; return the row there."""
    answer = await person.get("/resolve_object", q=f"@{somebody.name}@{somebody.site.name}")
    return int(answer["person"]["person"]["id"])


@pytest.mark.scenario(100, 101, 103)
async def test_letters_arrive_and_change_and_go(one: Site, other: Site) -> None:
    writer, reader = await member(one), await member(other)
    text = fresh("Dear reader")
    sent = await writer.post("/private_message", content=text, recipient_id=await met(writer, reader))
    mine = sent["private_message_view"]["private_message"]["id"]
    arrived = "SELECT count(*) FROM chat_message WHERE body = $1 AND deleted IS NOT TRUE"
    await becomes(other, arrived, (text,), 1)
    me = await number(other, reader.id)
    await becomes(other, "SELECT count(*) FROM notification WHERE user_id = $1", (me,), 1)
    await writer.put("/private_message", private_message_id=mine, content=text + " again")
    await becomes(other, arrived, (text + " again",), 1)
    await writer.post("/private_message/delete", private_message_id=mine, deleted=True)
    await becomes(other, arrived, (text + " again",), 0)


@pytest.mark.scenario(128)
async def test_a_changed_profile_arrives(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await number(one, await publish(person, there))
    await person.put("/user/save_user_settings", bio="I **moved**.")
    await becomes(one, 'SELECT about FROM "user" WHERE ap_profile_id = $1', (person.id,), "I **moved**.")


@pytest.mark.scenario(125, 127)
async def test_a_deleted_account_is_gone_everywhere(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await number(one, await publish(person, there))
    await other.administer("DELETE", f"/user/{await number(other, person.id)}")
    await becomes(one, 'SELECT deleted FROM "user" WHERE ap_profile_id = $1', (person.id,), True)
