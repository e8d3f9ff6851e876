"""Accounts that pyfedi left incomplete, and links of its letters: they go on here as they would have gone on there."""

from datetime import timedelta
from time import time
from typing import Any

import jwt
import pytest
from sqlalchemy import select, text

from service.forum.accounts import operations
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Registration, User
from tests.forum.making import administrator, member, viewer_of
from tests.http.web.visitor import Visitor
from tests.servers import DOMAIN, SECRET_KEY
from tests.serving import held_by
from tests.working import work_off

NEW = "another horse battery"
LINK = "abcDEF0123456789"


@pytest.fixture
async def ben(app: Application) -> int:
    """Somebody who registered with pyfedi, which has sent a letter, and gives keys and addresses only later."""
    database = held_by(app).database
    await administrator(database)
    made = (await member(database, "ben", email="ben@mail.example")).id

    async def as_there(session: Any) -> None:
        await session.execute(
            text(
                'UPDATE "user" SET verified = false, verification_token = :link, private_key = NULL, public_key = NULL,'
                " ap_profile_id = NULL, ap_public_url = NULL, ap_inbox_url = NULL, created = :then,"
                " password_updated_at = :then WHERE id = :id"
            ),
            {"id": made, "link": LINK, "then": utcnow() - timedelta(days=1)},
        )

    await database.write(as_there)
    return made


async def person(app: Application, account_id: int) -> Any:
    async with held_by(app).database.read() as db:
        return (await db.execute(select(User.__table__).where(User.id == account_id))).one()


async def check_complete(app: Application, account_id: int) -> None:
    """See that an account is there for everybody, at once, and has keys as soon as a worker comes to it."""
    row = await person(app, account_id)
    assert (row.verified, row.ap_profile_id) == (True, f"https://{DOMAIN}/u/ben")
    assert (row.ap_public_url, row.ap_inbox_url) == (row.ap_profile_id, f"{row.ap_profile_id}/inbox")
    await work_off(held_by(app))
    row = await person(app, account_id)
    assert "PRIVATE KEY" in (row.private_key or "")
    assert "PUBLIC KEY" in (row.public_key or "")
    assert (await app.test_client().get("/u/ben")).status_code == 200


async def test_who_waited_for_approval_is_completed_by_it(app: Application, ben: int) -> None:
    database = held_by(app).database

    async def apply(session: Any) -> None:
        session.add(Registration(user_id=ben, answer="Please", status=0, created_at=utcnow()))
        await session.execute(text('UPDATE "user" SET verified = true WHERE id = :id'), {"id": ben})

    await database.write(apply)
    async with database.read() as db:
        application = (await db.execute(select(Registration.id))).scalar_one()
        (boss,) = (await db.execute(text('SELECT id FROM "user" WHERE id <> :ben'), {"ben": ben})).one()

    await database.write(operations.approve, await viewer_of(database, boss), application, domain=DOMAIN)
    await check_complete(app, ben)


async def test_a_link_that_confirms_an_address(app: Application, ben: int) -> None:
    visitor = Visitor(app.test_client())
    await visitor.get(f"/auth/verify_email/{LINK}")
    assert (await visitor.send(f"/auth/verify_email/{LINK}")).location.startswith("/auth/login")
    await check_complete(app, ben)
    await visitor.get(f"/auth/verify_email/{LINK}")
    assert (await visitor.send(f"/auth/verify_email/{LINK}")).status == 404, "good once"


def reset_link(account_id: Any, *, ends: float, secret: str = SECRET_KEY) -> str:
    claims = {"reset_password": account_id, "exp": time() + ends}
    return f"/auth/reset_password/{jwt.encode(claims, secret, algorithm='HS256' if secret else 'none')}"


async def test_a_link_for_a_new_password(app: Application, ben: int) -> None:
    visitor = Visitor(app.test_client())
    path = reset_link(ben, ends=500)
    assert "ben" in (await visitor.get(path)).text
    done = await visitor.send(path, password=NEW, password2=NEW)
    assert (done.status, done.location) == (303, "/")
    await check_complete(app, ben)
    again = Visitor(app.test_client())
    assert "ben" not in (await again.get(path)).text, "good once"


async def test_links_for_a_new_password_that_are_not_good(app: Application, ben: int) -> None:
    visitor = Visitor(app.test_client())
    token_of_an_app = jwt.encode(
        {"sub": str(ben), "iss": DOMAIN, "iat": int(time())}, SECRET_KEY, algorithm="HS256"
    )
    for path in (
        reset_link(ben, ends=-1),
        reset_link(ben, ends=500, secret="another secret of thirty-two characters"),
        reset_link(ben, ends=500, secret=""),
        reset_link(ben, ends=10**12),
        reset_link(None, ends=500),
        reset_link(2**40, ends=500),
        reset_link("1 OR 1", ends=500),
        f"/auth/reset_password/{token_of_an_app}",
    ):
        assert "no longer valid" in (await visitor.get(path)).text, path
        assert (await person(app, ben)).password_hash == "scrypt:none"
