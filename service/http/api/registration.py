"""/api/alpha: getting an account, under the contract's doubled path and where one expects it."""

import base64
from typing import NotRequired, TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts import authentication
from service.forum.accounts.authentication import RegistrationForm
from service.forum.errors import Invalid
from service.http import registration
from service.http.api.contract import API
from service.http.api.sessions import app_of_request, token_of
from service.http.context import resources
from service.http.passing import captcha
from service.http.registration import Applicant

blueprint = Blueprint("api_registration", __name__)

PREFIX, DOUBLED = "/api/alpha/user", "/api/alpha/api/alpha/user"


class UserRegistrationRequest(msgspec.Struct):
    """What somebody fills in to get an account; a person leaves the `honeypot` empty."""

    username: str
    password: str
    password_verify: str
    email: str = ""
    answer: str = ""
    show_nsfw: bool = False
    captcha_uuid: str = ""
    captcha_answer: str = ""
    honeypot: str = ""


class CaptchaFields(TypedDict):
    """A picture with letters, as Base64, and its name."""

    png: str
    uuid: str


class FetchCaptchaResponse(TypedDict):
    """One question."""

    ok: list[CaptchaFields]


class UserRegistrationResponse(TypedDict):
    """What came of it; a token for who was let in at once."""

    registration_created: bool
    verify_email_sent: bool
    jwt: NotRequired[str]


@blueprint.get(f"{PREFIX}/get_captcha")
@blueprint.get(f"{DOUBLED}/get_captcha", endpoint="get_captcha_doubled")
@API.endpoint(limited="captcha")
async def get_captcha() -> FetchCaptchaResponse:
    """Return a picture with letters. There is no spoken one."""
    question = await captcha.ask()
    return {"ok": [{"png": base64.b64encode(question.picture).decode(), "uuid": question.name}]}


@blueprint.post(f"{PREFIX}/register")
@blueprint.post(f"{DOUBLED}/register", endpoint="register_doubled")
@API.endpoint(limited="register")
async def register(body: UserRegistrationRequest) -> UserRegistrationResponse:
    """Make an account and sign in, unless its address has to be confirmed; or hand in an application for one."""
    here = app_of_request()
    form = RegistrationForm(
        name=body.username,
        password=body.password,
        email=body.email,
        answer=body.answer,
        address=here["address"],
        show_nsfw=body.show_nsfw,
    )
    applicant = Applicant(
        form=form,
        password_again=body.password_verify,
        question=body.captcha_uuid,
        answer=body.captcha_answer,
        trap=body.honeypot,
    )
    try:
        registered = await registration.register(applicant)
    except Invalid as refusal:
        raise Invalid(_in_words_of_the_contract(refusal.fields), code=refusal.code) from refusal
    let_in = await authentication.sign_in_new_app(resources().database, registered, **here)
    made: UserRegistrationResponse = {
        "registration_created": True,
        "verify_email_sent": registered.unconfirmed,
    }
    if let_in is not None:
        made["jwt"] = token_of(let_in)
    return made


# Our names of fields -> the contract's.
_WORDS = {"name": "username", "password2": "password_verify"}


def _in_words_of_the_contract(fields: dict[str, str]) -> dict[str, str]:
    return {_WORDS.get(name, name): problem for name, problem in fields.items()}
