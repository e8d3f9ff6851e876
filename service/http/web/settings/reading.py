"""What somebody reads and how it looks to them; the colours and the density stay in this browser."""

from typing import Any

from quart import Response, request

from service.forum import site
from service.forum.errors import ForumError, Invalid
from service.http.context import resources
from service.http.web.frame.choices import Density, Theme
from service.http.web.frame.forms import go, number_of, posted, show_form
from service.http.web.frame.rendering import DENSITY_COOKIE, THEME_COOKIE, chosen_density, chosen_theme
from service.http.web.frame.zones import with_stored, zones
from service.http.web.settings.blueprint import SETTINGS, blueprint, save, sent, shown, stored_settings
from service.language import _
from service.language.catalogues import languages

PAGE = f"{SETTINGS}/reading"
YEAR = 31_536_000  # seconds
WORDS = (
    "default_filter",
    "default_sort",
    "default_comment_sort",
    "timezone",
    "interface_language",
)
SWITCHES = (
    "hide_read_posts",
    "vote_privately",
    "email_unread",
    "newsletter",
    "feed_auto_follow",
    "feed_auto_leave",
)
READ = "read_language_ids"


@blueprint.get(PAGE)
async def reading_page() -> Response:
    """Show what is read, and how."""
    return await _show()


@blueprint.post(PAGE)
async def save_reading() -> Response:
    """Change what is read, and how."""
    form = await posted()
    try:
        stored = await stored_settings()
        wanted = sent(form, words=WORDS, switches=SWITCHES)
        if "has_languages" in form:
            wanted[READ] = await _languages(stored.read_language_ids)
        await save(wanted, stored)
    except Invalid as refusal:
        return await _show(refusal, form)
    response = go(PAGE, "saved")
    _keep(response, THEME_COOKIE, Theme.named(form.get("colours"), Theme.SYSTEM))
    _keep(response, DENSITY_COOKIE, Density.named(form.get("density"), Density.USUAL))
    return response


async def _languages(stored: tuple[int, ...]) -> tuple[int, ...]:
    """The languages that were ticked, and stored ones that are no longer offered; as they were, if none differs."""
    async with resources().database.read() as db:
        offered = {language.id for language in await site.languages(db)}
    ticked = {number_of(text, 0) for text in (await request.form).getlist("language")} & offered
    wanted = ticked | (set(stored) - offered)
    return stored if wanted == set(stored) else tuple(sorted(wanted))


def _keep(response: Response, cookie: str, chosen: Theme | Density) -> None:
    if chosen.value:
        response.set_cookie(cookie, chosen.value, max_age=YEAR, samesite="Lax", path="/")
    else:
        response.delete_cookie(cookie, path="/")


async def _show(refusal: ForumError | None = None, typed: dict[str, str] | None = None) -> Response:
    stored = await stored_settings()
    async with resources().database.read() as db:
        read = await site.languages(db)
    form: dict[str, Any] = shown(stored, *WORDS, *SWITCHES) | {
        "colours": chosen_theme(),
        "density": chosen_density(),
    }
    return show_form(
        "settings/reading.html",
        form | (typed or {}),
        refusal,
        here="me",
        zones=with_stored(zones(), stored.timezone),
        tongues=with_stored(
            (("", _("As my browser asks")), *((one.code, one.name) for one in languages().values())),
            stored.interface_language,
        ),
        read=read,
        reads=set(stored.read_language_ids),
    )
