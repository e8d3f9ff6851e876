"""What every handler of a form does: read it, go on somewhere, or show it again with what is wrong with it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from quart import Response, request

from service.forum.accounts.viewer import Viewer
from service.forum.errors import Conflict, ForumError, Invalid, TooMany
from service.http.errors import describe
from service.http.passing.security import csrf_token
from service.http.pictures.uploads import keep_image, uploaded_bytes
from service.http.web.frame import notices
from service.http.web.frame.fields import Sent
from service.http.web.frame.rendering import render


async def posted() -> Sent:
    """Return the form's fields, without the character that no text of the database has."""
    lists = (await request.form).lists()
    return Sent({name: [text.replace("\0", "") for text in texts] for name, texts in lists})


def go(path: str, notice: str = "", number: int = 0) -> Response:
    """Send the browser on after something was done, to be told `notice` there.

    Parameters:
        path: where to, on this site.
        notice: a word of `notices.NOTICES`; '' for none.
        number: the id that the notice's way back needs.
    """
    response = Response(status=303, headers={"Location": path})
    if notice:
        notices.leave(response, notice, number)
    return response


def on_this_site(path: str | None, otherwise: str = "/") -> str:
    """Return `path` if it is one of this site's, else `otherwise`: nobody is sent elsewhere by a link they trusted."""
    if (
        not path
        or not path.startswith("/")
        or path.startswith(("//", "/\\"))
        or any(char < " " for char in path)
    ):
        return otherwise
    return path


async def came_from(anchor: str = "") -> str:
    """Return the page that a one-click action was clicked on, at `anchor`."""
    path = on_this_site((await request.form).get("next"))
    return path.partition("#")[0] + (f"#{anchor}" if anchor else "")


async def take_image(viewer: Viewer, field: str) -> int | None:
    """Keep the picture that was sent in a field; return its id, None when none was chosen.

    Parameters:
        viewer: whose it is.
        field: the name of the input.

    Raises:
        Invalid: it is no picture that the site takes.
    """
    data = await uploaded_bytes(field)
    return (await keep_image(viewer, data, field=field)).file_id if data else None


def page_shown(otherwise: str = "/") -> str:
    """Return the page from which htmx asks, or on which a link was followed, without its anchor."""
    asked_from = request.headers.get("HX-Current-URL")
    shown = urlsplit(asked_from or request.headers.get("Referer", ""))
    if not asked_from and shown.netloc != request.host:
        return otherwise
    return on_this_site(shown.path + (f"?{shown.query}" if shown.query else ""), otherwise)


def is_htmx() -> bool:
    """Whether htmx asks and takes a part of a page."""
    return request.headers.get("HX-Request") == "true"


def is_navigation() -> bool:
    """Whether a browser asks for a page to show it: itself, or through its service worker, which says less of why."""
    wanted = request.headers.get("Sec-Fetch-Dest")
    return wanted == "document" or (wanted == "empty" and "text/html" in request.headers.get("Accept", ""))


def show_form(
    template: str, form: Mapping[str, Any], refusal: ForumError | None = None, **context: Any
) -> Response:
    """Return the page of a form with what was typed, and what is wrong with it beside the fields.

    Parameters:
        template: the page.
        form: what stands in the fields.
        refusal: why it was not taken; None shows it for the first time.
        context: what the template needs besides; `csrf` where not everybody who sees the page gets a form.
    """
    fields, message, status = {}, None, 200
    if "csrf" not in context:
        context["csrf"] = csrf_token()
    if refusal is not None:
        status = describe(refusal).status
        fields = problems(refusal)
        message = None if fields else refusal.message
    page = render(template, form=form, errors=fields, message=message, **context)
    response = Response(page, status, content_type="text/html; charset=utf-8")
    if isinstance(refusal, TooMany) and refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


# Refusals that are shown with the form, so that nothing typed is lost; any other one gets a page of its own.
SHOWN_IN_FORM = (Invalid, Conflict, TooMany)


def problems(refusal: ForumError) -> dict[str, str]:
    """Return a sentence for each field at fault."""
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {refusal.field: refusal.message} if refusal.field else {}


def number_of(text: str | None, otherwise: int = 1, most: int = 10_000) -> int:
    """Return the number that a query parameter says, within 1 and `most`."""
    return (
        min(max(int(text), 1), most)
        if text and text.isascii() and text.isdecimal() and len(text) < 9
        else otherwise
    )
