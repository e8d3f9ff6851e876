"""Getting an account through the API, with letters to read."""

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageChops
from quart.typing import TestClientProtocol as Browser

from service.forum import site
from service.http.application import Application
from service.media import captcha
from tests.forum.making import administrator
from tests.http.api.app_client import App, Refused
from tests.servers import DOMAIN
from tests.serving import held_by

PASSWORD = "correct horse battery"


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> str:
    """The letters of every picture in this test."""
    monkeypatch.setattr(captcha, "new_letters", lambda: "RATXY")
    return "RATXY"


async def form(client: Browser, **changes: Any) -> dict[str, Any]:
    """What a person fills in, with a new picture's name."""
    (question,) = (await App(client).get("/user/get_captcha"))["ok"]
    return {
        "username": "ana",
        "password": PASSWORD,
        "password_verify": PASSWORD,
        "captcha_uuid": question["uuid"],
        "captcha_answer": "ratxy ",
    } | changes


async def wrong_field(client: Browser, path: str = "/user/register", **body: Any) -> str:
    """The name of what is refused."""
    with pytest.raises(Refused) as refusal:
        await App(client).post(path, **body)
    assert refusal.value.status == 400
    (field,) = refusal.value.body["errors"]["json"]
    return str(field)


@pytest.mark.parametrize("path", ["/user", "/api/alpha/user"])
async def test_who_reads_the_letters_gets_in(
    app: Application, client: Browser, letters: str, path: str
) -> None:
    (question,) = (await App(client).get(f"{path}/get_captcha"))["ok"]
    assert base64.b64decode(question["png"]).startswith(b"\x89PNG")
    made = await App(client).post(
        f"{path}/register",
        **await form(client, captcha_uuid=question["uuid"], captcha_answer=letters, show_nsfw=True),
    )
    assert (made["registration_created"], made["verify_email_sent"]) == (True, False)
    me = (await App(client, made["jwt"]).get("/user/me"))["local_user_view"]
    assert (me["person"]["user_name"], me["local_user"]["show_nsfw"]) == ("ana", True)


async def test_a_question_is_good_for_one_answer(client: Browser, letters: str) -> None:
    filled = await form(client)
    assert await wrong_field(client, **filled | {"captcha_answer": "AAAAA"}) == "captcha_answer"
    assert await wrong_field(client, **filled) == "captcha_answer", "its one answer was wrong"
    assert "jwt" in await App(client).post("/user/register", **await form(client))


async def test_an_old_question_and_a_forged_one_are_refused(
    client: Browser, letters: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("service.http.passing.captcha.GOOD_FOR", -1)
        old = await form(client)
    assert await wrong_field(client, **old) == "captcha_answer"
    until, nonce, seal = (await form(client))["captcha_uuid"].split(".")
    for name in (
        f"{int(until) + 9}.{nonce}.{seal}",
        f"{until}.{nonce}x.{seal}",
        "",
        "x",
        "..",
        "9" * 50,
        "٣.é.ü",
    ):
        assert await wrong_field(client, **await form(client, captcha_uuid=name)) == "captcha_answer"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "x"}, "username"),
        ({"username": 5}, "username"),
        ({"password": "short", "password_verify": "short"}, "password"),
        ({"password_verify": "something else"}, "password_verify"),
        ({"email": "no address"}, "email"),
        ({"honeypot": "I am a robot"}, "honeypot"),
    ],
)
async def test_what_is_wrong_is_named(
    client: Browser, letters: str, changes: dict[str, Any], field: str
) -> None:
    assert await wrong_field(client, **await form(client, **changes)) == field


async def test_an_application_brings_no_token(app: Application, client: Browser, letters: str) -> None:
    database = held_by(app).database
    admin = await administrator(database)
    await database.write(site.change, admin, {"registration_mode": "RequireApplication"}, domain=DOMAIN)
    made = await App(client).post("/user/register", **await form(client, answer="I like bread"))
    assert made == {"registration_created": True, "verify_email_sent": False}
    await database.write(site.change, admin, {"registration_mode": "Closed"}, domain=DOMAIN)
    with pytest.raises(Refused) as refusal:
        await App(client).post("/user/register", **await form(client, username="ben"))
    assert refusal.value.body["message"] == "Sign-ups are closed."


async def test_an_administrator_may_do_without_letters(app: Application, client: Browser) -> None:
    database = held_by(app).database
    admin = await administrator(database)
    await database.write(site.change_setting, admin, "captcha_enabled", False)
    made = await App(client).post(
        "/user/register", username="ana", password=PASSWORD, password_verify=PASSWORD
    )
    assert made["jwt"]


def test_letters_cannot_be_foreseen_and_no_picture_is_like_another() -> None:
    assert len({captcha.new_letters() for _ in range(20)}) == 20
    pictures = [Image.open(io.BytesIO(captcha.draw("RATXY"))) for _ in range(2)]
    for picture in pictures:
        picture.load()
        assert (picture.size, picture.mode) == ((captcha.WIDTH, captcha.HEIGHT), "L")
        dark = sum(picture.histogram()[:128])
        assert captcha.WIDTH * captcha.HEIGHT * 0.05 < dark < captcha.WIDTH * captcha.HEIGHT * 0.5
    assert ImageChops.difference(*pictures).getbbox() is not None
