"""Confirming the address of an account that somebody made for themselves: no way in before, and only with the link."""

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.assembly import build_app
from service.config import Config
from service.forum import site
from service.forum.accounts import operations, queries
from service.forum.accounts.operations.profile import put_email
from service.forum.accounts.rules import APPLICATION_UNCONFIRMED, APPLICATION_WAITING
from service.forum.accounts.viewer import Viewer
from service.forum.events import AccountApplied
from service.http.application import Application
from service.storage.tables import EmailConfirmation, OutboxEvent, Registration, Site, User
from tests.forum.making import administrator, member
from tests.http.api.app_client import App, Refused
from tests.http.web.visitor import PASSWORD, Page, Visitor, ask_no_letters
from tests.private_registration.mailbox import Mailbox, mailbox, part
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.working import work_off

EMAIL = "zoe@mail.example"
AGAIN = "/auth/resend_email"
NEW = "another horse battery"


@pytest.fixture
async def post() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def app(config: Config, post: Mailbox) -> AsyncIterator[Application]:
    quiet = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, mail=post.config, limits=quiet))
    async with app.test_app():
        await ask_no_letters(app)
        yield app


@pytest.fixture
async def boss(app: Application) -> Viewer:
    return await administrator(held_by(app).database)


@pytest.fixture
async def visitor(app: Application, boss: Viewer) -> Visitor:
    return Visitor(app.test_client())


async def register(visitor: Visitor, **changes: str) -> Page:
    await visitor.get("/auth/register")
    fields: dict[str, Any] = {
        "name": "zoe",
        "email": EMAIL,
        "password": PASSWORD,
        "password2": PASSWORD,
    } | changes
    return await visitor.send("/auth/register", **fields)


async def sign_in(visitor: Visitor, password: str = PASSWORD) -> Page:
    await visitor.get("/auth/login")
    return await visitor.send("/auth/login", user_name="zoe", password=password)


async def link(app: Application, post: Mailbox) -> str:
    """The path of the newest letter's link."""
    await work_off(held_by(app))
    assert post.letters[-1]["To"] == EMAIL
    found = re.search(r"http://pie\.example(/auth/verify_email/\S+)", part(post.letters[-1], "plain"))
    assert found
    return found[1]


async def test_the_way_from_the_form_through_the_letter(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    assert (await register(visitor, email="")).links("#f-") == ["#f-email"], "a letter needs an address"
    made = await register(visitor, next="/post/1#comments")
    assert (made.status, made.location) == (303, "/auth/check_email")
    sent = await visitor.follow(made)
    assert "three days" in sent.text
    assert sent.links("/post/1") == ["/post/1#comments"]
    assert (await visitor.get("/notifications")).status == 303, "nobody is signed in"
    refused = await sign_in(visitor)
    assert refused.status == 403
    assert "Confirm your email address first." in refused.text
    assert refused.links(AGAIN) == [AGAIN]
    assert (await sign_in(visitor, "wrong")).links(AGAIN) == [], "only its owner learns that it is there"
    path = await link(app, post)
    assert (await visitor.get(path)).status == 200
    assert (await sign_in(visitor)).status == 403, "mail scanners open links, too"
    done = await visitor.send(path)
    assert done.location == "/auth/login"
    assert (await visitor.send(path)).status == 404, "a link is good once"
    back = (await visitor.get("/auth/login")).named("next")["value"]
    assert back == "/post/1#comments", "the place where somebody wanted an account is remembered meanwhile"
    assert (await visitor.send("/auth/login", user_name="zoe", password=PASSWORD, next=back)).location == back
    await visitor.get("/")
    assert (await visitor.send("/auth/logout")).status == 303
    assert (await visitor.get("/auth/login")).named("next")["value"] == "/", (
        "who has arrived wants to go nowhere else"
    )
    assert (await Visitor(app.test_client()).get("/auth/login")).named("next")["value"] == "/"


async def test_an_app_is_told_of_the_letter(app: Application, boss: Viewer, post: Mailbox) -> None:
    client = App(app.test_client())
    fields: dict[str, Any] = {"username": "zoe", "password": PASSWORD, "password_verify": PASSWORD}
    with pytest.raises(Refused) as refusal:
        await client.post("/user/register", **fields)
    assert list(refusal.value.body["errors"]["json"]) == ["email"]
    made = await client.post("/user/register", **fields, email=EMAIL)
    assert made == {"registration_created": True, "verify_email_sent": True}
    with pytest.raises(Refused):
        await client.post("/user/login", username="zoe", password=PASSWORD)
    await Visitor(app.test_client()).get(path := await link(app, post))
    visitor = Visitor(app.test_client())
    await visitor.get(path)
    await visitor.send(path)
    assert (await client.post("/user/login", username="zoe", password=PASSWORD))["jwt"]


async def test_an_application_waits_for_both(
    app: Application, boss: Viewer, visitor: Visitor, post: Mailbox
) -> None:
    database = held_by(app).database
    await database.write(site.change, boss, {"registration_mode": "RequireApplication"}, domain="pie.example")
    assert (await register(visitor, answer="Bees")).location == "/auth/check_email"

    async def state_of_application() -> tuple[int, int, int]:
        async with database.read() as db:
            status = await db.scalar(select(Registration.status))
            assert status is not None
            kinds = list(await db.scalars(select(OutboxEvent.kind)))
            return (
                status,
                len((await queries.applications(db, size=9)).items),
                kinds.count(AccountApplied.__name__),
            )

    assert await state_of_application() == (APPLICATION_UNCONFIRMED, 0, 0), "nobody is bothered with it yet"
    await database.write(operations.want_new_password, EMAIL)
    path = await link(app, post)
    assert len(post.letters) == 1, "and a new password is no way around it"
    await visitor.get(path)
    assert (await visitor.send(path)).location == "/auth/please_wait"
    status, waiting, told = await state_of_application()
    assert (status, waiting, told) == (APPLICATION_WAITING, 1, 1)
    assert "approv" in (await sign_in(visitor)).text
    assert (await visitor.send(path)).status == 404
    async with database.read() as db:
        application_id = (await db.execute(select(Registration.id))).scalar_one()
    await database.write(operations.approve, boss, application_id, domain=DOMAIN)
    assert (await sign_in(visitor)).status == 303


async def test_the_letter_again_for_who_needs_it_and_not_without_end(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    await member(held_by(app).database, "ana", email="ana@mail.example")
    await register(visitor)
    first = await link(app, post)
    for email in ("ana@mail.example", "nobody@mail.example", *[f" {EMAIL.upper()}"] * 4):
        await visitor.get(AGAIN)
        answer = await visitor.send(AGAIN, email=email)
        assert (answer.status, answer.location) == (303, "/auth/check_email"), "the same whoever has it"
    assert (await visitor.send(AGAIN, email="no address")).links("#f-") == ["#f-email"]
    last = await link(app, post)
    assert [letter["To"] for letter in post.letters] == [EMAIL] * 3, "an hour's worth"
    async with held_by(app).database.read() as db:
        kept = (await db.scalars(select(EmailConfirmation.token_hash))).all()
        word = (await db.scalars(select(User.verification_token).where(User.user_name == "zoe"))).one()
    assert word == ""
    assert {path.rpartition("/")[2].encode() for path in (first, last)}.isdisjoint(kept)
    await visitor.get(last)
    assert (await visitor.send(last)).status == 303
    assert (await visitor.send(first)).status == 404, "the others end with it"
    async with held_by(app).database.read() as db:
        assert not await db.scalar(select(func.count()).select_from(EmailConfirmation))


ENDS = (
    "UPDATE pieloop.email_confirmation SET expires_at = timezone('utc', now()) - interval '1 second'",
    "UPDATE pieloop.email_confirmation SET expires_at = timezone('utc', now()) + interval '30 days'",
    "UPDATE \"user\" SET banned = true WHERE user_name = 'zoe'",
    "UPDATE \"user\" SET deleted = true WHERE user_name = 'zoe'",
)


async def test_what_ends_a_link(app: Application, visitor: Visitor, post: Mailbox) -> None:
    for number, change in enumerate(ENDS):
        await register(visitor, name="zoe", email=EMAIL)
        path = await link(app, post)
        async with held_by(app).database.engine.begin() as db:
            await db.execute(text(change))
        await visitor.get(path)
        assert (await visitor.send(path)).status == 404, change
        name = f"gone{number}"
        await held_by(app).database.write(
            AsyncSession.execute,
            update(User)
            .where(User.user_name == "zoe")
            .values(user_name=name, email="", verified=True, ap_profile_id=f"https://pie.example/u/{name}"),
        )


async def test_another_address_takes_another_letter(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    await register(visitor)
    path = await link(app, post)
    database = held_by(app).database
    async with database.read() as db:
        account_id = await db.scalar(select(User.id).where(User.user_name == "zoe"))
    assert account_id
    await database.write(put_email, account_id, "other@mail.example")
    await visitor.get(path)
    assert (await visitor.send(path)).status == 404


async def test_a_letter_of_piefed_s_confirms(app: Application, visitor: Visitor, post: Mailbox) -> None:
    await register(visitor)
    await held_by(app).database.write(
        lambda session: session.execute(
            update(User).where(User.user_name == "zoe").values(verification_token="abcdefgh12345678")
        )
    )
    await visitor.get("/auth/verify_email/abcdefgh12345678")
    assert (await visitor.send("/auth/verify_email/abcdefgh12345678")).location == "/auth/login"
    assert (await sign_in(visitor)).status == 303


async def test_where_the_site_does_not_ask(
    app: Application, boss: Viewer, visitor: Visitor, post: Mailbox
) -> None:
    await held_by(app).database.write(site.change_setting, boss, "email_verification", False)
    assert (await register(visitor, email="")).location == "/welcome"
    await work_off(held_by(app))
    assert not post.letters


async def test_where_no_letters_are_sent(config: Config) -> None:
    app = build_app(config)
    async with app.test_app():
        await ask_no_letters(app)
        await held_by(app).database.write(
            lambda session: session.execute(update(Site).values(registration_mode="Open"))
        )
        assert (await register(Visitor(app.test_client()))).location == "/welcome"
