"""Administrators give letters their own words, readers get the usual ones in their language; letters invite people."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service.forum.accounts.operations import want_unread_letters
from service.forum.letters import rules
from service.forum.letters.kinds import FORMS, LETTER_KINDS
from service.forum.letters.queries import letter_to
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import ChatMessage, CommunityInvitation, Instance, Notification, OutboxEvent, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.language.writing import catalogues_in
from tests.serving import held_by

GERMAN = b"""
msgid "Welcome to %(site)s"
msgstr "Willkommen bei %(site)s"
msgid "Hello %(name)s,"
msgstr "Hallo %(name)s,"
msgid "Sign in"
msgstr "Anmelden"
"""


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    """Let there be a German catalogue."""
    (tmp_path / "de.po").write_bytes(GERMAN)
    with catalogues_in(tmp_path):
        yield


async def id_of(database: Database, name: str) -> int:
    async with database.read() as db:
        return int(await db.scalar(select(User.id).where(User.user_name == name)) or 0)


async def test_administrators_give_a_letter_words_and_take_them_back(
    app: Application, administrator: Visitor, founder: Visitor
) -> None:
    database, ana = held_by(app).database, await id_of(held_by(app).database, "ana")
    for kind in LETTER_KINDS:
        assert str(FORMS[kind].occasion) in (await administrator.get(f"/admin/letters/{kind}")).text
    assert (await founder.get("/admin/letters")).status == 403
    assert (await administrator.get("/admin/letters/none")).status == 404

    looked = await administrator.send(
        "/admin/letters/banned", subject="Bye {name}", body="{site} says:\n\n{reason}", look="1"
    )
    assert "Bye boss" in looked.text
    assert "Advertising" in looked.text
    wrong = await administrator.send("/admin/letters/banned", subject="x", body="{token} {nothing}")
    assert (wrong.status, "{token}" in wrong.text) == (422, True)

    async def text(kind: str, reason: str = "") -> str:
        async with database.read() as db:
            found = await letter_to(db, kind, ana, base_url="https://x", reason=reason)  # type: ignore[arg-type]
        assert found
        return f"{found.letter.subject}: {found.letter.text}"

    for kind in ("banned", "approved"):
        usual = await text(kind)
        body = "Read {site} <b>, {name}.\n\n{reason}" if kind == "banned" else "Read {site} <b>, {name}."
        saved = await administrator.send(f"/admin/letters/{kind}", subject="Bye {name}", body=body)
        assert saved.status == 303, saved.text
        assert (await text(kind)).startswith("Bye ana: Read ")
        assert kind != "banned" or "because {name}" in await text(kind, "because {name}")
        assert "Customised" in (await administrator.get("/admin/letters")).text
        await administrator.send(f"/admin/letters/{kind}/reset")
        assert await text(kind) == usual
        assert "Customised" not in (await administrator.get(f"/admin/letters/{kind}")).text


async def test_letters_come_in_the_reader_s_language(
    app: Application, founder: Visitor, german: None
) -> None:
    database, ana = held_by(app).database, await id_of(held_by(app).database, "ana")
    for language, subject, greeting in (
        ("de", "Willkommen bei", "Hallo ana,"),
        (None, "Welcome to", "Hello ana,"),
    ):
        await database.write(
            lambda session, spoken=language: session.execute(update(User).values(interface_language=spoken))  # type: ignore[misc]
        )
        async with database.read() as db:
            found = await letter_to(db, "welcome", ana, base_url="https://x")
        assert found
        assert found.letter.subject.startswith(subject)
        assert found.letter.text.startswith(greeting)
        assert f'<html lang="{language or "en"}" dir="ltr">' in found.letter.html


def test_places_are_filled_once_and_empty_ones_leave_no_sentence() -> None:
    facts = {"name": "{site}", "site": "Pie", "reason": ""}
    assert rules.paragraphs_of("A {name}\n \n{reason} b\n\n{other} {site}", facts) == (
        "A {site}",
        "{other} Pie",
    )


async def test_who_was_away_is_written_to_once_until_they_are_back(
    app: Application, founder: Visitor
) -> None:
    database, ana = held_by(app).database, await id_of(held_by(app).database, "ana")
    await making.add(
        database,
        Notification(user_id=ana, title="News", url="/", read=False, notif_type=0, created_at=utcnow()),
    )

    async def wanted(**columns: object) -> int:
        if columns:
            changed = update(User).where(User.id == ana).values(**columns)
            await database.write(lambda session: session.execute(changed))
        return await database.write(want_unread_letters)

    away = utcnow() - timedelta(days=3)
    assert await wanted(email_unread=True, email_unread_sent=False, last_seen=utcnow()) == 0
    assert await wanted(email_unread=False, last_seen=away) == 0
    assert await wanted(email_unread=True) == 1
    assert await wanted() == 0
    assert await wanted(email_unread_sent=False) == 1


async def test_people_are_invited_by_letter_and_from_other_servers(
    app: Application, founder: Visitor, reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = held_by(app)
    database = resources.database
    page = await founder.get("/community/cats/invite")
    assert not [tag for _, tag in page.tags if tag.get("name") == "email"], "a site without letters"
    monkeypatch.setattr(type(resources.mail), "is_configured", True)
    assert (await founder.send("/community/cats/invite", email="nobody")).status == 422
    assert (await founder.send("/community/cats/invite", email="Una@Mail.example")).status == 303
    async with database.read() as db:
        (payload,) = await db.scalars(
            select(OutboxEvent.payload).where(OutboxEvent.kind == "InvitationWanted")
        )
        token = await db.scalar(select(CommunityInvitation.token))
    assert payload["email"] == "una@mail.example"
    assert "By email" in (await founder.get("/community/cats/invite")).text
    path = f"/community/cats/accept_invite/{token}"
    assert "invites you" in (await reader.get(path)).text
    assert (await reader.send(path)).location == "/c/cats"
    assert (await reader.get(path)).status == 404

    await making.add(database, Instance(id=3, domain="far.example", software="piefed"))
    await making.add(
        database,
        User(id=77, user_name="una", ap_id="una@far.example", ap_domain="far.example", instance_id=3),
    )
    sent = await founder.send("/community/cats/invite", person="@una@far.example")
    assert sent.status == 303, sent.text
    async with database.read() as db:
        body = await db.scalar(select(ChatMessage.body).where(ChatMessage.recipient_id == 77))
    assert "!cats@" in (body or "")
