"""What went wrong, as a page; who has to sign in is led there, and back to where they were."""

from functools import lru_cache
from http import HTTPStatus

from quart import Response, request

from service.forum.errors import NotSignedIn
from service.forum.site import SiteRow
from service.http.passing.security import csrf_token, typed_fields
from service.http.refusals import CrossSite, Problem
from service.http.site import site_shown
from service.http.web.frame.forms import go, is_htmx
from service.http.web.frame.helpers import with_query
from service.http.web.frame.language import language_of_page
from service.http.web.frame.rendering import render

PAGES_REMEMBERED = 128
# Fields that somebody thinks about before they send them.
WRITTEN = frozenset(
    [
        "about",
        "actor_bio_blocked_words",
        "actor_blocked_words",
        "admin_note",
        "announcement",
        "answer",
        "application_question",
        "blocked_phrases",
        "body",
        "choices",
        "communities",
        "content",
        "content_warning",
        "css",
        "description",
        "entries",
        "keywords",
        "legal_information",
        "note",
        "post_warning",
        "reason",
        "rules",
        "sidebar",
        "title",
    ]
)


def answer_browser(error: Exception, problem: Problem) -> Response:
    """Return the answer to a browser."""
    if isinstance(error, NotSignedIn | CrossSite) and (written := _texts()):
        return _show_again(written)
    return _lead_to_sign_in() if isinstance(error, NotSignedIn) else _show(problem)


def _texts() -> list[tuple[str, str]]:
    """What was sent by a page of ours and is worth to be kept: somebody wrote a text."""
    typed = [] if is_htmx() else typed_fields()
    return typed if any(name in WRITTEN and text.strip() for name, text in typed) else []


def _show_again(typed: list[tuple[str, str]]) -> Response:
    """Give a text back whose author is signed out meanwhile, with the form to send it once more."""
    page = render(
        "auth/again.html",
        typed=typed,
        written=WRITTEN,
        action=request.full_path.rstrip("?"),
        token=csrf_token(),
        multipart=request.mimetype == "multipart/form-data",
    )
    return Response(page, HTTPStatus.UNAUTHORIZED, content_type="text/html; charset=utf-8")


def _lead_to_sign_in() -> Response:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    path = with_query("/auth/login", next=wanted)
    if is_htmx():
        return Response("", 204, headers={"HX-Redirect": path})
    return go(path)


def _show(problem: Problem) -> Response:
    tells_all_the_same = not (request.cookies or problem.fields or problem.status == HTTPStatus.UNAUTHORIZED)
    page = (
        _page_for_strangers(
            problem.status, problem.message, problem.retry_after, site_shown(), language_of_page().code
        )
        if tells_all_the_same
        else render("error.html", problem=problem)
    )
    return Response(page, problem.status, content_type="text/html; charset=utf-8")


@lru_cache(PAGES_REMEMBERED)
def _page_for_strangers(
    status: int, message: str, retry_after: int | None, _site: SiteRow, _language: str
) -> bytes:
    """Return the page for browsers that bring no cookie, made once: it costs more than the refusal itself."""
    problem = Problem(status, "", message, retry_after=retry_after)
    return render("error.html", problem=problem, next="").encode()
