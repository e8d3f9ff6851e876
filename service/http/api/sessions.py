"""/api/alpha: signing in and out."""

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts import entrance, operations
from service.forum.accounts.tokens import issue_api_token
from service.forum.accounts.viewer import signed_in
from service.http.api.answer import answer, body_as
from service.http.context import resources, viewer
from service.http.limits import client_address, limit
from service.storage.clock import utcnow

blueprint = Blueprint("api_sessions", __name__, url_prefix="/api/alpha/user")

USER_AGENT_LENGTH = 250


class Login(msgspec.Struct):
    """Name (or e-mail address) and password."""

    username: str
    password: str


@blueprint.post("/login")
async def log_in() -> Response:
    """Return a token for name and password."""
    await limit("sign_in")
    sent = await body_as(Login)
    let_in = await entrance.sign_in_app(
        resources().database, sent.username, sent.password, **app_of_request()
    )
    return answer({"jwt": token_of(let_in)})


@blueprint.post("/verify_credentials")
async def verify_credentials() -> Response:
    """Say whether name and password belong together."""
    await limit("sign_in")
    sent = await body_as(Login)
    await entrance.authenticate(resources().database, sent.username, sent.password)
    return answer({})


@blueprint.post("/logout")
async def log_out() -> Response:
    """Make the token that was sent void; one without a session of its own cannot be taken back, and it is said so."""
    known = signed_in(viewer())
    if known.session is None:
        return answer({"success": False})
    await resources().database.write(operations.end_session, known.session)
    return answer({"success": True})


def token_of(let_in: entrance.SignedIn) -> str:
    """Return the token of an app that was let in."""
    site = resources().config.site
    return issue_api_token(
        let_in.account_id, secret=site.secret_key, domain=site.domain, now=utcnow(), key=let_in.token
    )


def app_of_request() -> dict[str, str]:
    """Return what a session remembers of where it was opened."""
    agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return {"user_agent": agent, "address": client_address(request)}
