"""In which language a page is written: as the reader set it, else as the browser asks, else as the site speaks."""

from functools import lru_cache

from quart import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from service.http.context import current_viewer
from service.http.site import site_shown
from service.language.catalogues import language_of, languages
from service.language.sentences import Language

HEADERS_REMEMBERED = 256


def language_of_page() -> Language:
    """Return the language of who asks."""
    viewer = current_viewer()
    chosen = language_of(viewer.interface_language) if viewer else None
    return chosen or asked_for(request.headers.get("Accept-Language", ""), site_shown().language)


@lru_cache(HEADERS_REMEMBERED)
def asked_for(header: str, otherwise: str) -> Language:
    """Return the language that `Accept-Language` asks for, else the one of that code, else English."""
    wanted = parse_accept_header(header, LanguageAccept).values()
    return next(filter(None, map(language_of, (*wanted, otherwise))), languages()["en"])
