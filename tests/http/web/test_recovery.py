"""A forgotten password: a letter with a link that is good once, for an hour, and for nobody else to learn from."""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy import func, select, text, update

from service.assembly import build_app
from service.config import Config
from service.forum.accounts import authentication, operations
from service.http.application import Application
from service.storage.tables import LoginSession, OutboxEvent, PasswordReset, Site, User
from tests.forum.making import administrator, member
from tests.http.web.visitor import PASSWORD, Page, Visitor
from tests.private_registration.mailbox import Mailbox, mailbox, part
from tests.serving import held_by
from tests.working import work_off

ASK = "/auth/reset_password_request"
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
        yield app


@pytest.fixture
async def visitor(app: Application) -> Visitor:
    """Somebody who owns the account `ana` and is not signed in; an administrator is there as well."""
    await administrator(held_by(app).database)
    await member(held_by(app).database, "ana", email="Ana@mail.example")
    return Visitor(app.test_client())


async def ask(visitor: Visitor, email: str = "ana@Mail.example") -> Page:
    await visitor.get(ASK)
    return await visitor.send(ASK, email=email)


async def link(app: Application, visitor: Visitor, post: Mailbox) -> str:
    """Ask for a letter and return the path of its link."""
    await ask(visitor)
    await work_off(held_by(app))
    found = re.search(r"http://pie\.example(/auth/reset_password/\S+)", part(post.letters[-1], "plain"))
    assert found
    return found[1]


async def test_the_way_from_the_sign_in_page_to_a_new_password(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    database = held_by(app).database
    assert (await visitor.get("/auth/login")).links(ASK) == [ASK]
    old = await authentication.sign_in_new_app(database, await _registered(app), address="203.0.113.9")
    assert old is not None
    path = await link(app, visitor, post)
    assert post.letters[-1]["To"] == "Ana@mail.example"
    page = await visitor.get(path)
    assert (page.status, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "ana" in page.text
    assert (await visitor.get(path)).status == 200, "opening the link changes nothing"
    for first, second, field in ((NEW, "other", "password2"), ("short", "short", "password")):
        assert (await visitor.send(path, password=first, password2=second)).links("#f-") == [f"#f-{field}"]
    done = await visitor.send(path, password=NEW, password2=NEW)
    assert (done.status, done.location) == (303, "/")
    assert (await visitor.get("/user/settings")).status == 200, "and signed in"
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(LoginSession)) == 1, "others are signed out"
    other = Visitor(app.test_client())
    await other.get("/auth/login")
    assert (await other.send("/auth/login", user_name="ana", password=PASSWORD)).status == 401
    assert (await other.send("/auth/login", user_name="ana", password=NEW)).status == 303
    again = await other.get(path)
    assert again.status == 404
    assert again.links(ASK) == [ASK]
    assert (await other.send(path, password=PASSWORD, password2=PASSWORD)).status == 404


async def _registered(app: Application) -> operations.Registered:
    async with held_by(app).database.read() as db:
        account_id = await db.scalar(select(User.id).where(User.user_name == "ana"))
    assert account_id
    return operations.Registered(account_id, "ana", waiting=False)


async def test_only_the_hash_of_a_link_is_kept_and_links_are_few(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    token = (await link(app, visitor, post)).rpartition("/")[2]
    for _ in range(5):
        await ask(visitor)
    await work_off(held_by(app))
    assert len(post.letters) == 3, "an hour's worth"
    async with held_by(app).database.read() as db:
        rows = (await db.execute(select(PasswordReset.token_hash))).scalars().all()
        assert not await db.scalar(select(func.count()).select_from(OutboxEvent))
    assert token.encode() not in rows


@pytest.mark.parametrize(
    "changes",
    [
        "expires_at = timezone('utc', now()) - interval '1 second'",
        "expires_at = timezone('utc', now()) + interval '30 days'",
    ],
)
async def test_a_link_ends_after_its_hour(
    app: Application, visitor: Visitor, post: Mailbox, changes: str
) -> None:
    path = await link(app, visitor, post)
    async with held_by(app).database.engine.begin() as db:
        await db.execute(text(f"UPDATE pieloop.password_reset SET {changes}"))
    assert (await visitor.get(path)).status == 404
    assert (await visitor.send(path, password=NEW, password2=NEW)).status == 404


async def test_nobody_learns_who_has_an_account(app: Application, visitor: Visitor, post: Mailbox) -> None:
    answers = [await ask(visitor, email) for email in ("ana@mail.example", "nobody@mail.example")]
    assert {(answer.status, answer.location) for answer in answers} == {(303, f"{ASK}/sent")}
    async with held_by(app).database.read() as db:
        kinds = (await db.scalars(select(OutboxEvent.kind))).all()
    assert kinds == ["PasswordForgotten"] * 2, "the same work for both"
    await work_off(held_by(app))
    assert len(post.letters) == 1
    assert "sent it an email with a link" in (await visitor.get(f"{ASK}/sent")).text
    assert (await ask(visitor, "no address")).links("#f-") == ["#f-email"]


@pytest.mark.parametrize(
    "state",
    [{"banned": True}, {"deleted": True}, {"ap_id": "https://elsewhere.example/u/ana"}, {"email": ""}],
)
async def test_who_may_not_come_in_gets_no_link(
    app: Application, visitor: Visitor, post: Mailbox, state: dict[str, object]
) -> None:
    await held_by(app).database.write(
        lambda session: session.execute(update(User).where(User.user_name == "ana").values(**state))
    )
    await ask(visitor)
    await work_off(held_by(app))
    assert not post.letters


async def test_a_link_of_somebody_banned_meanwhile_is_not_good(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    path = await link(app, visitor, post)
    await held_by(app).database.write(
        lambda session: session.execute(update(User).where(User.user_name == "ana").values(banned=True))
    )
    assert (await visitor.send(path, password=NEW, password2=NEW)).status == 404


async def test_an_address_is_confirmed_by_following_the_link(
    app: Application, visitor: Visitor, post: Mailbox
) -> None:
    await held_by(app).database.write(
        lambda session: session.execute(update(User).where(User.user_name == "ana").values(verified=False))
    )
    path = await link(app, visitor, post)
    assert (await visitor.send(path, password=NEW, password2=NEW)).status == 303
    assert (await visitor.get("/user/settings")).status == 200


async def test_whom_to_ask_where_no_letters_are_sent(config: Config) -> None:
    app = build_app(config)
    async with app.test_app():
        await held_by(app).database.write(
            lambda session: session.execute(update(Site).values(contact_email="boss@pie.example"))
        )
        page = await Visitor(app.test_client()).get(ASK)
        assert page.status == 200
        assert page.links("mailto:boss@pie.example")
        assert not [found for tag, found in page.tags if found.get("name") == "email"]
