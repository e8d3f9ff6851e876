"""Where somebody was who wanted an account: the way back for whoever has to wait for an email or an approval first."""

from quart import Response, request

from service.http.context import resources
from service.http.web.frame.forms import on_this_site

COOKIE = "pieloop_back"
KEPT = 14 * 86_400  # seconds
LONGEST = 500  # characters


def keep_way_back(response: Response, path: str) -> Response:
    """Let the browser remember a page of this site; the same response."""
    if path and len(path) <= LONGEST:
        secure = resources().config.site.over_tls
        response.set_cookie(
            COOKIE, path, max_age=KEPT, secure=secure, httponly=True, samesite="Lax", path="/auth"
        )
    return response


def way_back() -> str:
    """Return the page that the browser remembers; '' if there is none."""
    return on_this_site(request.cookies.get(COOKIE), "")


def forget_way_back(response: Response) -> None:
    """Let the browser forget it: somebody has arrived."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/auth")
