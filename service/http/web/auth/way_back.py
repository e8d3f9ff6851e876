"""Where somebody was who wanted an account, with what they wrote there: also for whoever has to wait for an email."""

from urllib.parse import urlsplit

from quart import Response, request

from service.http.context import resources
from service.http.web.frame.begun import with_begun_comment
from service.http.web.frame.forms import on_this_site

COOKIE = "pieloop_back"
KEPT = 14 * 86_400  # seconds
LONGEST = 3500  # characters: of a cookie, browsers keep 4,096


def page_wanted(otherwise: str) -> str:
    """Return the page that is to follow a form, with the comment that somebody without scripts began there."""
    return with_begun_comment(on_this_site(request.args.get("next"), otherwise))


def keep_way_back(response: Response, path: str) -> Response:
    """Let the browser remember a page of this site, without what is too long to be remembered; the same response."""
    if len(path) > LONGEST:
        path = urlsplit(path).path
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
