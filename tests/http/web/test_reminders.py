"""The page on which a member asks to be reminded, by their own clock."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from service.http.application import Application
from service.storage.clock import utcnow
from tests.http.web.visitor import Visitor
from tests.serving import held_by

FAR = "Pacific/Auckland"


async def test_a_member_asks_by_their_own_clock_and_thinks_better_of_it(
    app: Application, founder: Visitor
) -> None:
    database = held_by(app).database
    await database.write(lambda s: s.execute(text('UPDATE "user" SET timezone = :zone'), {"zone": FAR}))
    page = await founder.get("/post/1/options")
    assert "/post/1/reminder" in page.links("/post/1/")
    assert FAR in (await founder.get("/post/1/reminder")).text

    when = utcnow().replace(second=0, microsecond=0) + timedelta(days=2)
    local = f"{when.replace(tzinfo=UTC).astimezone(ZoneInfo(FAR)):%Y-%m-%dT%H:%M}"
    past = await founder.send("/post/1/reminder", remind_at="2020-01-01T10:00")
    assert past.status == 422
    assert "2020-01-01T10:00" in past.html, "what was typed is there still"
    sent = await founder.send("/post/1/reminder", remind_at=local)
    assert (sent.status, sent.location.startswith("/c/cats")) == (303, True)
    async with database.read() as db:
        found = (await db.execute(text("SELECT id, remind_at, reminder_type FROM reminder"))).one()
    assert (found.remind_at, found.reminder_type) == (when, 1)

    shown = await founder.get("/post/1/reminder")
    assert f"/reminder/{found.id}/forget" in shown.html
    assert f"{when:%Y-%m-%dT%H:%M}Z" in shown.html, "for programs"
    assert f", {local[-5:]} " in shown.text, "by the clock of who reads"
    assert (await founder.send(f"/reminder/{found.id}/forget", next="//elsewhere.example")).location == "/"
    assert f"/reminder/{found.id}/forget" not in (await founder.get("/post/1/reminder")).html
