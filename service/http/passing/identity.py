"""Who asks: a browser by its session cookie, an app by its token. Each door believes only its own kind.

Cookies do not work for the API, so no other site can act there in somebody's name; tokens do not work for pages.
"""

import asyncio
from contextlib import suppress
from typing import Any

from quart import Quart, Response, g, request

from service.forum.accounts import operations, queries
from service.forum.accounts.tokens import read_api_token
from service.forum.accounts.viewer import Viewer
from service.forum.errors import BadCredentials
from service.http.context import resources
from service.http.doors import READS, REMOTE_PICTURES, Door, door_of
from service.http.passing.visitors import client_address
from service.storage.transaction import StorageError

COOKIE = "pieloop_session"
LIFETIME = (
    30 * 86_400
)  # seconds; the session in the database decides, this only lets the browser forget in time
BEARER = "bearer "
TOUCH_WITHIN = 1.0  # seconds

# Served alike to everybody; looking up who asks would cost a statement for nothing.
SAME_FOR_EVERYBODY = ("/static/", "/media/", "/livez", "/readyz", "/metrics", "/nodeinfo", "/.well-known/")
# Blueprints that no browser uses: other servers sign what they send or ask, and have no cookies.
FOR_SERVERS = frozenset({"actors", "content", "activities"})


def register_identity(app: Quart) -> None:
    """Find out who asks before each request."""
    app.before_request(identify)


async def identify() -> None:
    """Put the viewer of this request into `g.viewer`.

    Raises:
        BadCredentials: an app sent a token that is not good, or not any more.
    """
    g.viewer = None
    if is_for_everybody(request.path) or door_of(request.path) is Door.ADMIN_API or is_from_server():
        return
    if not is_claimed():
        return
    # A session that has just begun must be known, and one that has just ended must not.
    async with resources().database.read(newest=True) as db:
        find = _by_token if request.path.startswith("/api/") else _by_cookie
        g.viewer = await find(db)
    if g.viewer is not None and g.viewer.seen_long_ago:
        # Nobody is turned away because this cannot be written down just now.
        with suppress(StorageError, TimeoutError):
            async with asyncio.timeout(TOUCH_WITHIN):
                await resources().database.write(operations.touch, g.viewer)


def is_for_everybody(path: str) -> bool:
    """Whether all get the same answer there. Pictures that are asked for by number are not: see `remote_images`."""
    return path.startswith(SAME_FOR_EVERYBODY) and not path.startswith(REMOTE_PICTURES)


def is_from_server() -> bool:
    """Whether the address is one that only other servers use."""
    return request.blueprint in FOR_SERVERS


def is_claimed() -> bool:
    """Whether whoever asks says who they are; whether it is true costs a statement."""
    if request.path.startswith("/api/"):
        return request.headers.get("Authorization", "").lower().startswith(BEARER)
    return bool(request.cookies.get(COOKIE))


async def viewer_of_browser() -> Viewer | None:
    """Return whose browser it is, by its cookie; None if nobody is signed in there."""
    if not is_claimed():
        return None
    async with resources().database.read(newest=True) as db:
        return await _by_cookie(db)


async def _by_cookie(db: Any) -> Viewer | None:
    return await queries.viewer_of_session(db, request.cookies[COOKIE], _address())


async def _by_token(db: Any) -> Viewer:
    token = request.headers["Authorization"][len(BEARER) :]
    claims = read_api_token(token, secret=resources().config.site.secret_key)
    if claims is None:
        raise BadCredentials
    viewer = await queries.viewer_of_token(db, claims, _address())
    if viewer is None:
        raise BadCredentials
    return viewer


def _address() -> str:
    """Where a write comes from, for `access`, since the same statement can say whether it may; reads may anyway."""
    return "" if request.method in READS else client_address(request)


def remember(response: Response, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFETIME,
        secure=resources().config.site.over_tls,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/")
