"""What is asked of whoever comes, at every door alike.

Who reads a private site is signed in; who writes does not do so from a banned address.
"""

from quart import Quart, request

from service.forum.accounts.operations import refuse_address, refuse_if_banned
from service.forum.errors import NotSignedIn
from service.http.context import current_viewer, resources
from service.http.doors import READS, REMOTE_PICTURES, Door, door_of
from service.http.passing.identity import is_from_server
from service.http.passing.visitors import client_address
from service.http.site import the_site

# What a stranger may ask of a private site: to come in, what the way in is made of, and how the machine does. Pictures
# have names that nobody guesses, and apps fetch them without saying for whom; remote ones are asked for by number.
WAY_IN = (
    "/auth/",
    "/about",
    "/appearance/",
    "/privacy",
    "/terms",
    "/static/",
    "/media/",
    "/favicon.ico",
    "/manifest.json",
    "/subscriptions/",
    "/service_worker.js",
    "/robots.txt",
    "/.well-known/",
    "/nodeinfo",
)
HEALTH = ("/livez", "/readyz", "/metrics")
# The same for apps; the stream asks by itself, since it takes a browser's cookie as well.
API = "/api/alpha"
WAY_IN_OF_APPS = frozenset(
    {
        f"{API}/site",
        f"{API}/site/version",
        f"{API}/user/login",
        f"{API}/user/verify_credentials",
        f"{API}/user/stream",
        *(f"{API}{doubled}/user/{path}" for doubled in ("", API) for path in ("get_captcha", "register")),
    }
)
# Whether an address is banned is asked there once it is known who comes: administrators are let in from anywhere.
SIGNING_IN_AND_OUT = frozenset(
    {
        "/auth/login",
        "/auth/logout",
        f"{API}/user/login",
        f"{API}/user/logout",
    }
)


def register_access(app: Quart) -> None:
    """Ask before each request, after it was found out who asks."""
    app.before_request(refuse_strangers)
    app.before_request(refuse_banned_addresses)


async def refuse_strangers() -> None:
    """Raise NotSignedIn if the site is private and somebody who is not signed in wants more than to come in."""
    if current_viewer() is not None or _is_open(request.path):
        return
    if door_of(request.path) is Door.ADMIN_API or is_from_server():
        return
    if (await the_site()).private_instance:
        raise NotSignedIn


async def refuse_banned_addresses() -> None:
    """Raise Banned if something is to be changed from a banned address; the site's staff may from anywhere."""
    path, viewer = request.path, current_viewer()
    if request.method in READS or path in SIGNING_IN_AND_OUT:
        return
    if door_of(path) is Door.ADMIN_API or is_from_server():
        return
    if viewer is None:
        async with resources().database.read() as db:
            await refuse_address(db, client_address(request))
    elif not viewer.runs_the_site:
        refuse_if_banned(is_banned=viewer.address_is_banned)


def _is_open(path: str) -> bool:
    if path.startswith(REMOTE_PICTURES):
        return False
    return path.startswith(WAY_IN) or path in HEALTH or path in WAY_IN_OF_APPS
