"""To whom a letter about what is unread is due: to who was told something while they were away, and wants one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from service.forum.accounts.operations import want_unread_letters
from service.storage.clock import utcnow
from service.storage.tables import Notification, User
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum.elsewhere import change, rows
from tests.forum.making import add, member

DAY = timedelta(days=1)
# Each differs in one thing from whom a letter is due to; told so many days ago.
PEOPLE: dict[str, tuple[dict[str, Any], float]] = {
    "due": ({}, 1),
    "away_for_long": ({"last_seen": 89}, 1),
    "here_yesterday": ({"last_seen": 1}, 0.5),
    "gone": ({"last_seen": 91}, 1),
    "told_before": ({}, 4),
    "deleted": ({"deleted": True}, 1),
    "unverified": ({"verified": False}, 1),
    "banned": ({"banned": True}, 1),
    "banned_for_long": ({"banned": True, "banned_until": -9}, 1),
    "let_in_again": ({"banned": True, "banned_until": 1}, 1),
    "without_address": ({"email": ""}, 1),
    "wants_none": ({"email_unread": False}, 1),
    "has_one": ({"email_unread_sent": True}, 1),
    "read_it": ({}, 1),
    "elsewhere": ({"ap_id": "elsewhere@far.example"}, 1),
}
DUE = ["due", "away_for_long", "let_in_again"]


async def test_to_whom_a_letter_is_due(database: Database) -> None:
    now = utcnow()
    ids = {name: (await member(database, name, email=f"{name}@x.example")).id for name in PEOPLE}
    for name, (columns, told) in PEOPLE.items():
        values = {
            "last_seen": 3,
            "email_unread": True,
            "email_unread_sent": False,
            "verified": True,
        } | columns
        for column in {"last_seen", "banned_until"} & values.keys():
            values[column] = now - values[column] * DAY
        await change(database, User, User.id == ids[name], **values)
        notification = Notification(
            user_id=ids[name], title="News", read=name == "read_it", notif_type=0, created_at=now - told * DAY
        )
        await add(database, notification)
    await database.write(want_unread_letters)
    wanted = select(OutboxEvent.payload).where(OutboxEvent.kind == "EmailRequested").order_by(OutboxEvent.id)
    letters = await rows(database, wanted)
    names = {account_id: name for name, account_id in ids.items()}
    assert [names[one["account_id"]] for one in letters] == DUE
    assert {one["reason"] for one in letters} == {"1"}, "how much is unread"
    assert await database.write(want_unread_letters) == 0, "once until they are here again"
