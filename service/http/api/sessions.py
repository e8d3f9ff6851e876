"""/api/alpha: signing in and out."""

from typing import TypedDict

import msgspec
from quart import Blueprint, request

from service.forum.accounts import authentication, operations
from service.forum.accounts.tokens import issue_api_token
from service.forum.accounts.viewer import Viewer
from service.http.api.contract import API, Done
from service.http.context import resources
from service.http.passing.bodies.policy import MOST_OF_SIGN_IN
from service.http.passing.idempotency_key import effect
from service.http.passing.visitors import client_address
from service.storage.clock import utcnow

blueprint = Blueprint("api_sessions", __name__, url_prefix="/api/alpha/user")

USER_AGENT_LENGTH = 250


class UserLoginRequest(msgspec.Struct):
    """Name (or e-mail address) and password."""

    username: str
    password: str


class UserLoginResponse(TypedDict):
    """A token to send with every call."""

    jwt: str


class LogoutResponse(TypedDict):
    """Whether the token is void now."""

    success: bool


@blueprint.post("/login")
@API.endpoint(limited="sign_in", largest=MOST_OF_SIGN_IN)
async def log_in(body: UserLoginRequest) -> UserLoginResponse:
    """Return a token for name and password."""
    let_in = await authentication.sign_in_app(
        resources().database, body.username, body.password, **app_of_request()
    )
    return {"jwt": token_of(let_in)}


@blueprint.post("/verify_credentials")
@API.endpoint(limited="sign_in", largest=MOST_OF_SIGN_IN)
async def verify_credentials(body: UserLoginRequest) -> Done:
    """Say whether name and password belong together."""
    address = client_address(request)
    await authentication.authenticate(resources().database, body.username, body.password, address=address)
    return {}


@blueprint.post("/logout")
@API.endpoint()
async def log_out(viewer: Viewer) -> LogoutResponse:
    """Make the token that was sent void; one without a session of its own cannot be taken back, and it is said so."""
    if viewer.session is None:
        return {"success": False}
    await effect(operations.end_session, viewer.session)
    return {"success": True}


def token_of(let_in: authentication.SignedIn) -> str:
    """Return the token of an app that was let in."""
    site = resources().config.site
    return issue_api_token(
        let_in.account_id, secret=site.secret_key, domain=site.domain, now=utcnow(), key=let_in.token
    )


def app_of_request() -> dict[str, str]:
    """Return what a session remembers of where it was opened."""
    agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return {"user_agent": agent, "address": client_address(request)}
