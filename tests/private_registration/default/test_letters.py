"""Letters leave through the worker, by a real SMTP server, in the owner's hands only."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from service.config import Config
from service.forum.accounts.private_registration import MadeAccount
from service.forum.letters.kinds import LETTER_KINDS
from service.forum.letters.queries import letter_to
from service.http.application import Application
from service.outbound.errors import OutboundError
from service.outbound.mail import LetterRefused, Mailer, ServerFailed
from service.storage import outbox
from service.storage.clock import utcnow
from service.storage.tables import OutboxEvent, Site
from tests.private_registration.caller import PASSWORD, Caller, serving
from tests.private_registration.mailbox import SENDER, Mailbox, mailbox, part
from tests.serving import held_by
from tests.working import work_off

pytestmark = pytest.mark.private_registration


@pytest.fixture
async def post() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def app(config: Config, post: Mailbox) -> AsyncIterator[Application]:
    async with serving(msgspec.structs.replace(config, mail=post.config)) as app:
        yield app


async def test_a_welcome_letter_arrives(app: Application, caller: Caller, post: Mailbox) -> None:
    made = await caller.register("carol", display_name="Ca\nrol", send_welcome_email=True)
    assert "Its owner will receive an email" in made["message"]
    assert not post.letters, "the worker sends it, not the request"
    await work_off(held_by(app))
    [letter] = post.letters
    assert (letter["From"], letter["To"]) == (SENDER, "carol@mail.example")
    assert letter["Subject"] == "Welcome to Pieloop"
    assert letter["Message-ID"].endswith("@pie.example>")
    for kind in ("plain", "html"):
        assert "carol" in part(letter, kind)
        assert "http://pie.example/auth/login" in part(letter, kind)
        assert PASSWORD not in part(letter, kind)


async def test_the_link_of_an_activation_letter_activates(
    app: Application, caller: Caller, post: Mailbox
) -> None:
    await caller.register("carol", auto_activate=False)
    await work_off(held_by(app))
    [letter] = post.letters
    [link] = re.findall(r"http://pie\.example(/auth/verify_email/\S+)", part(letter, "plain"))
    page = await app.test_client().get(link)
    assert page.status_code == 200
    assert "Confirm my account" in await page.get_data(as_text=True)


async def test_owners_are_told_what_was_done(app: Application, caller: Caller, post: Mailbox) -> None:
    made = await caller.register("carol")
    for action in ("disable", "enable", "ban", "unban"):
        body = {"reason": "a <b>reason</b>", "notify_user": True}
        await caller.call("POST", f"/user/{made['user_id']}/{action}", body)
    await caller.call("DELETE", f"/user/{made['user_id']}", {"notify_user": True})
    await work_off(held_by(app))
    assert [letter["To"] for letter in post.letters] == ["carol@mail.example"] * 5
    assert "a <b>reason</b>" in part(post.letters[0], "plain")
    assert "a &lt;b&gt;reason&lt;/b&gt;" in part(post.letters[0], "html")
    assert "deleted" in part(post.letters[4], "plain")


async def test_nobody_is_told_who_was_not_to_be(app: Application, caller: Caller, post: Mailbox) -> None:
    made = await caller.register("carol")
    await caller.call("POST", f"/user/{made['user_id']}/ban", {"reason": "spam"})
    await work_off(held_by(app))
    assert not post.letters


async def test_a_server_that_is_busy_is_asked_again(app: Application, caller: Caller, post: Mailbox) -> None:
    await caller.register("carol", send_welcome_email=True)
    post.answer = lambda _: "451 Try again later"
    await work_off(held_by(app))
    async with held_by(app).database.read() as db:
        row = (await db.execute(select(OutboxEvent.attempts, OutboxEvent.last_error))).one()
    assert (row.attempts, row.last_error) == (
        1,
        "ServerFailed: The SMTP server refuses the letter: 451.",
    )
    post.answer = lambda _: "250 OK"
    await held_by(app).database.write(
        lambda session: session.execute(
            update(OutboxEvent).values(available_at=utcnow() - timedelta(seconds=1))
        )
    )
    assert await work_off(held_by(app)) == 1
    assert len(post.letters) == 1


async def test_a_letter_that_is_refused_is_given_up(app: Application, caller: Caller, post: Mailbox) -> None:
    await caller.register("carol", send_welcome_email=True)
    post.answer = lambda _: "550 No such mailbox"
    await work_off(held_by(app))
    async with held_by(app).database.read() as db:
        state = await outbox.backlog(db)
    assert (state.pending, state.parked) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "error"), [("550 no", LetterRefused), ("451 later", ServerFailed), ("421 bye", ServerFailed)]
)
async def test_errors_are_told_apart(post: Mailbox, answer: str, error: type[OutboundError]) -> None:
    post.answer = lambda _: answer
    with pytest.raises(error):
        await Mailer(post.config).send("carol@mail.example", "Hello", "text", "<p>text</p>")


async def test_a_server_that_is_not_there(post: Mailbox) -> None:
    nowhere = msgspec.structs.replace(post.config, port=1)
    with pytest.raises(ServerFailed):
        await Mailer(nowhere).send("carol@mail.example", "Hello", "text", "<p>text</p>")


@pytest.mark.parametrize("to", ["carol@mail.example\r\nBcc: x@y.example", "nobody", "a b@c", ""])
async def test_an_address_that_is_none_goes_nowhere(post: Mailbox, to: str) -> None:
    with pytest.raises(LetterRefused):
        await Mailer(post.config).send(to, "Hello", "text", "<p>text</p>")
    assert not post.letters


async def test_a_site_with_any_name_writes_letters(app: Application, caller: Caller, post: Mailbox) -> None:
    nasty = "Pie\r\nBcc: everybody@mail.example <script>"
    await held_by(app).database.write(lambda session: session.execute(update(Site).values(name=nasty)))
    made = await caller.register("carol", send_welcome_email=True)
    await work_off(held_by(app))
    [letter] = post.letters
    assert letter["Bcc"] is None
    assert "<script>" not in part(letter, "html")
    async with held_by(app).database.read() as db:
        for kind in LETTER_KINDS:
            found = await letter_to(db, kind, made["user_id"], base_url="http://pie.example")
            assert found is not None
            assert "\n" not in found.letter.subject


def test_what_is_made_does_not_print_its_password() -> None:
    made = MadeAccount(
        account_id=1, name="x", email="", title="", active=True, letter=None, generated_password="hush"
    )
    assert "hush" not in repr(made)
