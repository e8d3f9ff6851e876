"""Names: case, look-alikes, reserved words; two at once; and what is suggested is free."""

import asyncio

import pytest
from sqlalchemy import func, select

from service.http.application import Application
from service.storage.tables import Setting, User
from tests.private_registration.caller import PASSWORD, Caller
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

TAKEN = ("carol10", "CAROL10", "CaroI10", "carollO", "carolI0", " carol10 ", "ｃarol10")
REFUSED = (
    ("сarol", "letters a to z"),  # the first letter is Cyrillic
    ("car ol", "letters a to z"),
    ("carol\u200b", "letters a to z"),
    ("admin", "can't be used"),
    ("Adm1n", "can't be used"),
    ("adrnin", "can't be used"),
    ("R00t", "can't be used"),
    ("ro", None),
    ("x" * 51, None),
)


async def test_a_name_that_looks_like_one_is_taken(caller: Caller) -> None:
    await caller.register("carol10")
    for number, name in enumerate(TAKEN):
        body = await caller.register(name, email=f"other{number}@mail.example", status=400)
        assert body["error"] == "user_exists", name
        assert body["details"]["field_errors"] == {"username": "This name is taken."}
        assert len(body["details"]["username_suggestions"]) == 5


@pytest.mark.parametrize(("name", "why"), REFUSED)
async def test_a_name_that_cannot_be(caller: Caller, name: str, why: str | None) -> None:
    body = await caller.register(name, email="carol@mail.example", status=400)
    assert body["error"] == "validation_failed"
    assert (why or "") in body["details"]["field_errors"]["username"]


async def test_suggestions_are_free(app: Application, caller: Caller) -> None:
    for name in ("carol", "carol2", "Carol3", "carol_here"):
        await caller.register(name)
    found = await caller.call("POST", "/user/validate", {"username": "carol", "email": "carol@mail.example"})
    assert (found["username_available"], found["email_available"]) == (False, False)
    assert not {"carol2", "carol3", "carol_here"} & set(found["username_suggestions"])
    for number, name in enumerate(found["username_suggestions"]):
        await caller.register(name, email=f"new{number}@mail.example")
    free = await caller.call("POST", "/user/validate", {"username": "dora", "email": "d@mail.example"})
    assert free == {
        "username_available": True,
        "email_available": True,
        "username_suggestions": [],
        "validation_errors": {},
    }


@pytest.mark.parametrize("name", ["a b", "admin", "", "🦀", "x" * 255, "-._"])
async def test_a_name_that_cannot_be_gets_suggestions_as_well(caller: Caller, name: str) -> None:
    found = await caller.call("POST", "/user/validate", {"username": name, "email": "nowhere"})
    assert (found["username_available"], found["email_available"]) == (False, False)
    assert found["validation_errors"].keys() == {"username", "email"}
    for number, suggested in enumerate(found["username_suggestions"]):
        await caller.register(suggested, email=f"new{number}@mail.example")


async def test_two_at_the_same_instant_give_one_account_and_one_refusal(
    app: Application, caller: Caller
) -> None:
    names = ("carol1", "Carol1", "CAROL1", "caroll")
    answers = await asyncio.gather(
        *(
            caller.send(
                "POST",
                "/private_register",
                {"username": name, "email": f"c{number}@mail.example", "password": PASSWORD},
            )
            for number, name in enumerate(names)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    for answer in answers:
        if answer.status_code == 400:
            assert (await answer.get_json())["error"] == "user_exists"
    async with held_by(app).database.read() as db:
        assert await db.scalar(select(func.count()).select_from(User)) == 1


async def test_one_email_is_one_account(caller: Caller) -> None:
    await caller.register("carol")
    body = await caller.register("dora", email="CAROL@mail.example", status=400)
    assert (body["error"], body["details"]["field_errors"].keys()) == ("user_exists", {"email"})


async def test_words_of_the_site_are_refused(app: Application, caller: Caller) -> None:
    await held_by(app).database.write(
        lambda session: session.merge(Setting(name="actor_blocked_words", value='"casino\\nviagra"'))
    )
    body = await caller.register("MyCasino7", status=400)
    assert body["details"]["field_errors"] == {"username": "This name can't be used."}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nowhere"),
        ("email", "abuse@mail.example"),
        ("password", "short"),
        ("password", "12345678"),
        ("password", "carol"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("display_name", ""),
        ("bio", "x" * 5001),
    ],
)
async def test_what_breaks_a_rule_is_named(caller: Caller, field: str, value: str) -> None:
    body = await caller.register("carol", **{field: value}, status=400)
    assert body["error"] == "validation_failed"
    assert body["details"]["field_errors"].keys() == {field}
