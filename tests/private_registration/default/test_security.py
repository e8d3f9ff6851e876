"""Nobody passes without the secret, and nothing that is sent does anything but be stored or refused."""

import hmac
import itertools
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from service.config import Config, PrivateRegistrationConfig
from service.http.api.admin import guard
from service.http.application import Application
from service.storage.tables import AuditEntry, User
from tests.private_registration.caller import HEADER, OPERATIONS, PASSWORD, SECRET, Caller, serving
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

PREVIOUS = "fedcba9876543210fedcba9876543210"
WRONG = (
    None,
    "",
    " ",
    "wrong",
    SECRET[:-1],
    SECRET + "0",
    SECRET.upper(),
    "ö" * 32,
    PREVIOUS,
    f"Bearer {SECRET}",
)


# The secret


async def test_every_operation_wants_the_secret(app: Application, ana: int) -> None:
    # What reads the log comes first: it is in the log itself from then on.
    for name in sorted(OPERATIONS, key=lambda name: name != "monitoring_audit"):
        for secret in WRONG:
            answer = await Caller(app.test_client(), secret).operate(name, ana)
            assert answer.status_code == 401, (name, secret)
            assert (await answer.get_json())["error"] == "invalid_secret", (name, secret)
        entries = await Caller(app.test_client()).audit(operation=name)
        assert [entry["result"] for entry in entries] == ["invalid_secret"] * len(WRONG), name


async def test_two_secrets_are_good_while_callers_change(config: Config) -> None:
    async with serving(config, previous_secret=PREVIOUS) as app:
        for secret in (SECRET, PREVIOUS):
            found = await Caller(app.test_client(), secret).call("GET", "/health")
            assert found["private_registration"]["secret_rotation"] is True
        assert (await Caller(app.test_client(), "wrong").operate("health")).status_code == 401


@pytest.mark.parametrize("sent", ["", "wrong", SECRET, PREVIOUS])
@pytest.mark.parametrize("previous", ["", PREVIOUS])
def test_the_comparison_takes_the_same_steps_whatever_is_sent(
    monkeypatch: pytest.MonkeyPatch, sent: str, previous: str
) -> None:
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr("service.http.api.admin.guard.hmac.compare_digest", watched)
    config = PrivateRegistrationConfig(enabled=True, secret=SECRET, previous_secret=previous)
    assert guard.is_known(sent, config) is (sent != "" and sent in {SECRET, previous})
    assert compared == [(32, 32)] * 2, "hashes of equal length, both of them, always"


async def test_neither_cookie_nor_token_is_a_secret(app: Application) -> None:
    for headers in ({"Authorization": f"Bearer {SECRET}"}, {"Cookie": f"{HEADER}={SECRET}"}):
        answer = await Caller(app.test_client(), None, headers=headers).operate("users")
        assert answer.status_code == 401


async def test_nothing_secret_is_written_down(app: Application, caller: Caller) -> None:
    await caller.register("carol", password="a secret passphrase")
    await caller.register("carol", password="another passphrase", status=400)
    await Caller(app.test_client(), "a wrong secret").operate("users")
    made = await caller.call(
        "POST", "/private_register", {"username": "dora", "email": "dora@mail.example"}, status=201
    )
    async with held_by(app).database.read() as db:
        rows = (await db.execute(select(AuditEntry.__table__))).all()
    written = repr(rows)
    assert len(rows) == 4
    for secret in (SECRET, "passphrase", "a wrong secret", made["generated_password"]):
        assert secret not in written


# What is sent

NASTY = (
    '\'; DROP TABLE "user"; --',
    "' OR '1'='1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%00",
    "a\x00b",
    "line\r\nX-Injected: yes",
    "../../etc/passwd",
    "\u202egnp.exe",
    "🦀" * 50,
    "x" * 100_000,
)
FIELDS = ("username", "email", "display_name", "password", "bio", "timezone")


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
async def test_injections_are_stored_or_refused(app: Application, caller: Caller, nasty: str) -> None:
    for number, field in enumerate(FIELDS):
        body = {"username": f"carol{number}", "email": f"carol{number}@mail.example", "password": PASSWORD}
        answer = await caller.send("POST", "/private_register", body | {field: nasty})
        assert answer.status_code in {201, 400, 413}, (field, await answer.get_data())
        assert "X-Injected" not in answer.headers
    for path in (
        "/users?search={}",
        "/user/lookup?username={}",
        "/user/lookup?email={}",
        "/monitoring/audit?target={}",
        "/users?sort={}",
        "/stats/registrations?days={}",
    ):
        from urllib.parse import quote

        answer = await caller.send("GET", path.format(quote(nasty[:5000])))
        assert answer.status_code in {200, 400}, path
    async with held_by(app).database.read() as db:
        assert await db.scalar(text('SELECT count(*) >= 0 FROM "user"')) is True


async def test_wrong_types_are_named(caller: Caller, ana: int) -> None:
    for (name, (method, path, body)), value in itertools.product(
        OPERATIONS.items(), (None, 5, "x", [], {}, 1e308, True)
    ):
        if not body or name == "users_export":
            continue
        for field in body:
            answer = await caller.send(method, path.format(ana=ana), body | {field: value})
            assert answer.status_code < 500, (name, field, value)
            if answer.status_code == 400:
                assert (await answer.get_json())["message"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"a":' * 100_000, b"\xff\xfe", b'"x"'])
async def test_a_body_that_is_none(app: Application, caller: Caller, data: bytes) -> None:
    answer = await app.test_client().post(
        "/api/alpha/admin/private_register", data=data, headers={HEADER: SECRET}
    )
    assert answer.status_code == 400
    assert (await answer.get_json())["error"] == "validation_failed"


async def test_texts_are_stored_as_written_and_escaped_where_they_are_shown(
    app: Application, caller: Caller
) -> None:
    made = await caller.register("carol", display_name="<b>Ca & Rol</b>", bio="1 < 2 & <i>3</i>")
    assert made["display_name"] == "<b>Ca & Rol</b>"
    async with held_by(app).database.read() as db:
        row = (await db.execute(select(User.title, User.about))).one()
    assert tuple(row) == ("<b>Ca & Rol</b>", "1 < 2 & <i>3</i>")
    page = await (await app.test_client().get("/u/carol")).get_data(as_text=True)
    assert "&lt;b&gt;Ca &amp; Rol&lt;/b&gt;" in page
    assert "<b>Ca" not in page


async def test_an_error_of_ours_says_nothing_about_itself(
    app: Application, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("service.http.api.admin.users.directory", broken)
    answer = await caller.operate("users")
    assert answer.status_code == 500
    assert msgspec.json.decode(await answer.get_data(as_text=True)) == {
        "success": False,
        "error": "internal_error",
        "message": "Something went wrong on our side. The error has been logged.",
        "details": {},
    }


async def test_an_unknown_method_or_path_is_told_so(caller: Caller) -> None:
    wrong = await caller.send("DELETE", "/users")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (await caller.send("GET", "/nothing")).status_code == 404
