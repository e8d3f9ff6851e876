"""What protects browsers: the token of forms, cookies and when they die, and the headers of every answer."""

import io
import itertools
import re
from collections.abc import AsyncIterator

import msgspec
import pytest
from PIL import Image
from quart import Response
from quart.datastructures import FileStorage

from service.assembly import build_app
from service.config import Config
from service.forum.accounts import operations
from service.forum.accounts.passwords import hash_password
from service.http.application import Application
from service.http.passing.devices import COOKIE as DEVICE_COOKIE
from service.http.passing.identity import COOKIE
from service.http.passing.security import CSRF_COOKIE, CSRF_FIELD, CSRF_HEADER
from tests.forum import making
from tests.http.people import Place, bearer, place
from tests.http.web_browser import HOST, Person, signed_in
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.statements import counted

PASSWORD = "correct horse battery"


@pytest.fixture
async def here(app: Application) -> Place:
    return await place(held_by(app).database)


# Forms


FORMS = (
    "/auth/login",
    "/auth/logout",
    "/post/1/vote/up",
    "/community/add_local",
    "/user/settings/password",
)


async def test_a_form_without_its_token_is_refused(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    token = await person.token()
    for path, (form, headers) in itertools.product(
        FORMS,
        (
            ({}, {}),
            ({CSRF_FIELD: ""}, {}),
            ({CSRF_FIELD: "0" * 64}, {}),
            ({CSRF_FIELD: token[:-1]}, {}),
            ({CSRF_FIELD: "é" * 64}, {}),
            ({}, {CSRF_HEADER: "0" * 64}),
        ),
    ):
        answer = await person.client.post(path, form=form, headers=headers)
        assert answer.status_code == 403, (path, form, headers)
        assert "This form has expired" in await answer.get_data(as_text=True)
    assert await is_in(person), "nobody was signed out"


async def test_the_token_may_come_in_a_header(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    answer = await person.client.post("/auth/logout", headers={CSRF_HEADER: await person.token()})
    assert answer.status_code == 303


async def test_a_token_is_good_for_its_own_session_only(app: Application, here: Place) -> None:
    mine, yours = await signed_in(app, here.member), await signed_in(app, here.member)
    stolen = await mine.token()
    await yours.token()
    assert (await yours.client.post("/auth/logout", form={CSRF_FIELD: stolen})).status_code == 403
    # Even together with its cookie: the token dies with the session that it was made for.
    seed = next(cookie for cookie in mine.client.cookie_jar or [] if cookie.name == CSRF_COOKIE)
    yours.client.set_cookie(HOST, CSRF_COOKIE, seed.value or "")
    assert (await yours.client.post("/auth/logout", form={CSRF_FIELD: stolen})).status_code == 403


async def test_a_token_cannot_be_made_without_the_cookie(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    token = await person.token()
    person.client.delete_cookie(HOST, CSRF_COOKIE)
    assert (await person.client.post("/auth/logout", form={CSRF_FIELD: token})).status_code == 403


async def test_cookies_are_nobody_to_the_api(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    assert "my_user" not in await (await person.get("/api/alpha/site")).get_json()
    answer = await person.client.post(
        "/api/alpha/post", json={"title": "Not by cookie", "community_id": here.community_id}
    )
    assert (answer.status_code, (await answer.get_json())["message"]) == (400, "incorrect_login")


async def test_tokens_are_nobody_to_pages(app: Application, here: Place) -> None:
    answer = await app.test_client().get("/user/settings", headers=bearer(here.token))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/login?next=%2Fuser%2Fsettings")


# Cookies and sessions


async def _sign_in(app: Application, name: str, password: str = PASSWORD) -> tuple[Person, Response]:
    person = Person(app.test_client())
    return person, await person.post("/auth/login", user_name=name, password=password)


@pytest.fixture
async def ana(app: Application) -> Person:
    """A member who has signed in through the form."""
    await making.member(
        held_by(app).database, "ana", email="ana@pie.example", password_hash=await hash_password(PASSWORD)
    )
    person, answer = await _sign_in(app, "ana")
    assert answer.status_code == 303, await answer.get_data(as_text=True)
    return person


async def is_in(person: Person) -> bool:
    return (await person.get("/user/settings")).status_code == 200


@pytest.fixture
async def secure_app(config: Config) -> AsyncIterator[Application]:
    site = msgspec.structs.replace(config.site, scheme="https")
    limits = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, site=site, limits=limits))
    async with app.test_app():
        yield app


async def test_the_cookies_are_out_of_reach_for_scripts_and_other_sites(
    app: Application, ana: Person, secure_app: Application
) -> None:
    assert await is_in(ana)
    for one, secure in ((app, False), (secure_app, True)):
        form = await one.test_client().get("/auth/login")
        token = re.search(rf'name="{CSRF_FIELD}" value="([0-9a-f]+)"', await form.get_data(as_text=True))
        assert token
        seed = form.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        answer = await one.test_client().post(
            "/auth/login",
            form={CSRF_FIELD: token[1], "user_name": "ana", "password": PASSWORD},
            headers={"Cookie": f"{CSRF_COOKIE}={seed}"},
        )
        cookies = [*answer.headers.getlist("Set-Cookie"), *form.headers.getlist("Set-Cookie")]
        assert {cookie.partition("=")[0] for cookie in cookies} == {COOKIE, CSRF_COOKIE, DEVICE_COOKIE}
        for cookie in cookies:
            flags = {flag.strip() for flag in cookie.split(";")[1:]}
            assert flags >= {"HttpOnly", "SameSite=Lax"}
            assert any(flag.startswith("Path=/") for flag in flags)
            assert ("Secure" in flags) is secure
            assert not any(flag.startswith("Domain") for flag in flags)


async def test_a_session_ends_with_signing_out(app: Application, ana: Person) -> None:
    kept = next(cookie.value for cookie in ana.client.cookie_jar or [] if cookie.name == COOKIE)
    assert (await ana.post("/auth/logout")).status_code == 303
    assert not await is_in(ana)
    ana.client.set_cookie(HOST, COOKIE, kept or "")
    assert not await is_in(ana), "the cookie itself is worthless now"


async def test_a_session_ends_with_the_password(app: Application, ana: Person) -> None:
    other, _ = await _sign_in(app, "ana")
    answer = await ana.post(
        "/user/settings/password", old_password=PASSWORD, password="another horse", password2="another horse"
    )
    assert answer.status_code == 303, await answer.get_data(as_text=True)
    assert await is_in(ana), "the browser that changed it stays"
    assert not await is_in(other)
    assert (await _sign_in(app, "ana"))[1].status_code == 401


async def test_a_session_and_a_token_end_with_a_ban(app: Application, ana: Person) -> None:
    database = held_by(app).database
    administrator = await making.administrator(database)
    answer = await app.test_client().post(
        "/api/alpha/user/login", json={"username": "ana", "password": PASSWORD}
    )
    token = (await answer.get_json())["jwt"]
    me = (await _me(app, token))["local_user_view"]["person"]["id"]
    await database.write(operations.ban, administrator, me, reason="spam")
    assert not await is_in(ana)
    answer = await app.test_client().get("/api/alpha/site", headers=bearer(token))
    assert (answer.status_code, (await answer.get_json())["message"]) == (400, "incorrect_login")
    assert (await _sign_in(app, "ana"))[1].status_code == 403


async def _me(app: Application, token: str) -> dict[str, dict[str, dict[str, int]]]:
    answer = await app.test_client().get("/api/alpha/user/me", headers=bearer(token))
    found: dict[str, dict[str, dict[str, int]]] = await answer.get_json()
    return found


async def test_a_made_up_session_is_nobody(app: Application) -> None:
    for token in ("", "x", "x" * 5000, "\x80", "a;b"):
        answer = await app.test_client().get("/", headers={"Cookie": f"{COOKIE}={token}"})
        assert answer.status_code == 200, token


async def test_a_made_up_token_is_refused(app: Application) -> None:
    for token in ("", "x", "a.b.c", "x" * 5000, "é"):
        answer = await app.test_client().get("/api/alpha/site", headers=bearer(token))
        assert (answer.status_code, (await answer.get_json())["message"]) == (400, "incorrect_login"), token


# Headers


async def test_pages_may_load_nothing_from_elsewhere_and_run_nothing_inline(app: Application) -> None:
    for path in ("/", "/auth/login", "/nothing/here"):
        headers = (await app.test_client().get(path)).headers
        policy = dict(
            part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


async def test_over_https_it_stays_https(secure_app: Application) -> None:
    for path in ("/", "/api/alpha/site", "/livez"):
        headers = (await secure_app.test_client().get(path)).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_pages_of_members_are_kept_by_nobody(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    assert (await person.get("/")).headers["Cache-Control"] == "no-store"


async def test_what_is_alike_for_everybody_is_kept_and_asks_nothing_about_who_comes(
    app: Application, here: Place
) -> None:
    person = await signed_in(app, here.member)
    with counted(held_by(app).database) as statements:
        for path in ("/static/atkinson-400.woff2", "/static/site.css", "/.well-known/nodeinfo"):
            answer = await person.get(path)
            assert answer.headers.get("Cache-Control") != "no-store", path
    assert not [one for one in statements if "session" in one], "nobody looks up who it is"


async def test_the_api_is_open_to_other_origins_but_takes_no_cookies(app: Application) -> None:
    headers = (
        await app.test_client().get("/api/alpha/site", headers={"Origin": "https://app.example"})
    ).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/json"
    page = (await app.test_client().get("/", headers={"Origin": "https://app.example"})).headers
    assert "Access-Control-Allow-Origin" not in page


async def test_an_image_is_inert(app: Application, here: Place) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(picture, "PNG")
    picture.seek(0)
    answer = await app.test_client().post(
        "/api/alpha/upload/image",
        headers=bearer(here.token),
        files={"file": FileStorage(picture, filename="x.svg", content_type="image/svg+xml")},
    )
    url = (await answer.get_json())["url"].removeprefix(f"http://{DOMAIN}")
    headers = (await app.test_client().get(url)).headers
    assert headers["Content-Type"] == "image/webp"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    for wrong in (
        "/media/../secret.key",
        "/media/%2e%2e/secret.key",
        "/media//etc/passwd",
        "/media/x",
        url + "x",
    ):
        assert (await app.test_client().get(wrong)).status_code in {308, 400, 404}, wrong
