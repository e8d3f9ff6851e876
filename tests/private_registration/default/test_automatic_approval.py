"""An account made by the API is in at once, whatever the site asks of others, or once its address is confirmed."""

import msgspec
import pytest
from sqlalchemy import func, select, update

from service.config import Config, MailConfig
from service.forum.accounts import authentication, operations
from service.forum.accounts.authentication import RegistrationForm
from service.forum.errors import RegistrationClosed, Unverified
from service.http.application import Application
from service.storage.tables import Registration, Site
from service.storage.transaction import Database
from tests.http.web.visitor import Visitor
from tests.private_registration.caller import PASSWORD, Caller, serving
from tests.servers import DOMAIN
from tests.serving import held_by

pytestmark = pytest.mark.private_registration


async def set_mode(database: Database, mode: str) -> None:
    await database.write(lambda session: session.execute(update(Site).values(registration_mode=mode)))


@pytest.mark.parametrize("mode", ["Open", "RequireApplication", "Closed"])
async def test_it_may_sign_in_at_once_in_every_mode(app: Application, caller: Caller, mode: str) -> None:
    database = held_by(app).database
    await set_mode(database, mode)
    made = await caller.register("carol")
    assert made["activation_required"] is False
    found = await authentication.authenticate(database, "carol", PASSWORD)
    assert found.account_id == made["user_id"]
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Registration)) == 0


async def test_others_still_knock(app: Application, caller: Caller) -> None:
    database = held_by(app).database
    await set_mode(database, "Closed")
    await caller.register("carol")
    with pytest.raises(RegistrationClosed):
        await authentication.register(
            database, RegistrationForm(name="dora", password=PASSWORD), domain=DOMAIN
        )


async def test_a_generated_password_lets_in(app: Application, caller: Caller) -> None:
    made = await caller.call(
        "POST", "/private_register", {"username": "carol", "email": "carol@mail.example"}, status=201
    )
    assert len(made["generated_password"]) >= 20
    await authentication.authenticate(held_by(app).database, "carol@mail.example", made["generated_password"])


async def test_without_activation_the_address_comes_first(config: Config) -> None:
    mail = MailConfig(host="127.0.0.1", port=1, sender="noreply@pie.example")
    async with serving(msgspec.structs.replace(config, mail=mail)) as app:
        caller, database = Caller(app.test_client()), held_by(app).database
        made = await caller.register("carol", auto_activate=False)
        assert made["activation_required"] is True
        with pytest.raises(Unverified):
            await authentication.authenticate(database, "carol", PASSWORD)
        token = await database.write(operations.make_confirmation, made["user_id"])
        owner = Visitor(app.test_client())
        path = f"/auth/verify_email/{token}"
        assert (await owner.get(path)).status == 200
        with pytest.raises(Unverified):  # opening the link is not enough: mail scanners do that
            await authentication.authenticate(database, "carol", PASSWORD)
        page = await owner.follow(await owner.send(path))
        assert "Your account is confirmed" in page.text
        await authentication.authenticate(database, "carol", PASSWORD)
        assert (await owner.send(path)).status == 404, "a link is good once"


async def test_without_a_mail_server_it_says_so(app: Application, caller: Caller) -> None:
    made = await caller.register("carol", auto_activate=False)
    assert "no mail server" in made["message"]
    assert made["activation_required"] is True
    await caller.call("PUT", f"/user/{made['user_id']}", {"verified": True})
    await authentication.authenticate(held_by(app).database, "carol", PASSWORD)
    welcomed = await caller.register("dora", send_welcome_email=True)
    assert "no mail server" in welcomed["message"]


@pytest.mark.parametrize("token", ["nothing", "%00", "x" * 500, "'"])
async def test_a_link_that_is_none(app: Application, token: str) -> None:
    owner = Visitor(app.test_client())
    await owner.get(f"/auth/verify_email/{token}")
    assert (await owner.send(f"/auth/verify_email/{token}")).status == 404


async def test_a_disabled_account_does_not_come_back_by_its_link(app: Application, caller: Caller) -> None:
    made = await caller.register("carol", auto_activate=False)
    token = await held_by(app).database.write(operations.make_confirmation, made["user_id"])
    await caller.call("POST", f"/user/{made['user_id']}/disable", {})
    owner = Visitor(app.test_client())
    await owner.get(f"/auth/verify_email/{token}")
    assert (await owner.send(f"/auth/verify_email/{token}")).status == 404
