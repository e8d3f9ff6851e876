"""A word to strangers before they see anything, where the site's administrators want one: for adults, say."""

from quart import Blueprint, Response, request

from service.http.context import current_viewer, resources
from service.http.site import site_shown, the_site
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.forms import go, is_navigation, on_this_site, posted, show_form
from service.http.web.frame.helpers import with_query

blueprint = Blueprint("warning", __name__)

PATH = "/content_warning"
COOKIE, LIFETIME = "pieloop_warned", 180 * 86_400  # seconds
# What one may see all the same: the way in, and what the site says of itself.
OPEN = (PATH, "/auth/", "/about", "/privacy", "/terms", "/user/newsletter/", "/user/email_notifs/", "/posts/")


@blueprint.before_app_request
async def warn() -> Response | None:
    """Lead a stranger's browser to the warning first; programs that fetch pages are not asked their age."""
    is_browsing = request.method == "GET" and is_navigation()
    if not is_browsing or current_viewer() is not None or request.cookies.get(COOKIE):
        return None
    if request.path.startswith(OPEN) or not (await the_site()).content_warning:
        return None
    return go(with_query(PATH, next=request.full_path.rstrip("?")))


@blueprint.after_app_request
async def keep_for_nobody(response: Response) -> Response:
    """Let no page be kept for other strangers where each is to be warned: a program may have asked for it first."""
    if current_viewer() is None and response.mimetype == "text/html" and site_shown().content_warning:
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(PATH)
async def warning() -> Response:
    """Show the warning, if there is one."""
    site, back = await the_site(), on_this_site(request.args.get("next"))
    if not site.content_warning:
        return go(back)
    await prepare_html(site.content_warning)
    return show_form("home/warning.html", {}, warning=site.content_warning, back=back)


@blueprint.post(PATH)
async def enter() -> Response:
    """Let somebody in who has read the warning, and ask this browser no more for half a year."""
    response = go(on_this_site((await posted()).get("next")))
    secure = resources().config.site.over_tls
    response.set_cookie(COOKIE, "1", max_age=LIFETIME, secure=secure, httponly=True, samesite="Lax", path="/")
    return response
