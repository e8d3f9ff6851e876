"""What protects browsers: the headers of every answer, and the token of every form.

The token is an HMAC over a random cookie and the session, so that no other site can make one and a token dies with
the session that it was made for.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import cast

from quart import Quart, Response, g, request

from service.http.context import resources
from service.http.doors import READS
from service.http.passing.identity import COOKIE as SESSION_COOKIE
from service.http.passing.identity import is_from_server
from service.http.passing.strangers import mark_as_shared
from service.http.refusals import CrossSite

CSRF_COOKIE = "pieloop_csrf"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
YEAR = 31_536_000  # seconds

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; media-src 'self' https:; "
    "font-src 'self'; frame-src https:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
FOR_HTTPS = {"Strict-Transport-Security": f"max-age={YEAR}"}


def register_security(app: Quart) -> None:
    """Check forms before they are handled, and set the headers of every answer."""
    app.before_request(refuse_foreign_forms)
    app.after_request(set_headers)


async def refuse_foreign_forms() -> None:
    """Raise CrossSite unless a changing request of a page carries its token; the API has no cookies to abuse."""
    if not _must_carry_token():
        return
    refuse_unknown_browsers()
    sent = request.headers.get(CSRF_HEADER)
    if not sent:
        form = await request.form
        sent = form.get(CSRF_FIELD, "")
        if request.headers.get("Sec-Fetch-Site") == "same-origin":
            g.typed = [pair for pair in form.items(multi=True) if pair[0] != CSRF_FIELD]
    if not hmac.compare_digest(sent.encode(), _token(request.cookies[CSRF_COOKIE]).encode()):
        raise CrossSite


def refuse_unknown_browsers() -> None:
    """Raise CrossSite for a form of a browser that was shown none: it has no cookie of ours, whatever the form says."""
    if _must_carry_token() and not request.cookies.get(CSRF_COOKIE):
        raise CrossSite


def _must_carry_token() -> bool:
    # Where there is no such page nothing is done, and nothing was read.
    is_done = request.routing_exception is None
    is_for_programs = request.path.startswith("/api/") or is_from_server()
    return is_done and request.method not in READS and not is_for_programs


def typed_fields() -> list[tuple[str, str]]:
    """Return what stood in a form that a page of this site sent: to be shown again, not to be done."""
    return cast("list[tuple[str, str]]", g.get("typed", []))


def csrf_token() -> str:
    """Return the token for the forms of this page; the first one on a page also sets the cookie."""
    seed = request.cookies.get(CSRF_COOKIE) or g.get("csrf_seed")
    if not seed:
        seed = g.csrf_seed = secrets.token_urlsafe(24)
    return _token(seed)


async def set_headers(response: Response) -> Response:
    """Set what every answer has in common; an answer that has set its own policy keeps it."""
    secure = resources().config.site.over_tls
    set_missing(response, HEADERS | FOR_HTTPS if secure else HEADERS)
    if g.get("csrf_seed"):
        response.set_cookie(CSRF_COOKIE, g.csrf_seed, secure=secure, httponly=True, samesite="Lax", path="/")
    if response.mimetype == "text/html":
        response.vary.update(("Cookie", "HX-Request"))
    if g.get("viewer") is not None or g.get("csrf_seed"):
        response.headers.setdefault("Cache-Control", "no-store")
    else:
        mark_as_shared(response, resources().config.http.kept_for_strangers)
    return response


def set_missing(response: Response, headers: Mapping[str, str]) -> None:
    """Set those of the headers that an answer has not set itself, looking through its own once."""
    own = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - without it, the pairs
    for name, value in headers.items():
        if name.lower() not in own:
            response.headers.add(name, value)


def _token(seed: str) -> str:
    key = resources().config.site.secret_key.encode()
    message = f"csrf:{seed}:{request.cookies.get(SESSION_COOKIE, '')}"
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
