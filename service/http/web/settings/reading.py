"""What somebody reads, in which language and order."""

from typing import Any

from quart import Response

from service.forum import site
from service.forum.accounts.rules import TIMEZONE_LENGTH
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.forum.comments.choices import COMMENT_SORT_MENU
from service.forum.errors import ForumError, Invalid
from service.forum.feeds.choices import DEFAULT_SORTS, FRONT_PAGES
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import Form, Ids, Pick, Select, Sent, Switch
from service.http.web.frame.forms import go, posted, show_form
from service.http.web.frame.zones import with_stored, zones
from service.http.web.rss import address_of_subscriptions
from service.http.web.settings.blueprint import (
    SETTINGS,
    blueprint,
    shown,
    stored_settings,
    write_settings,
)
from service.language import _
from service.language.catalogues import languages

PAGE = f"{SETTINGS}/reading"
LANGUAGES = Ids(
    "language",
    _("Languages I read"),
    _("Posts in other languages are hidden. If you don't choose any, you'll see all languages."),
)
READING = Form(
    Pick("interface_language", _("Site language")),
    Pick("timezone", _("Time zone"), most=TIMEZONE_LENGTH),
    Select("default_filter", _("Show on the front page"), offered=FRONT_PAGES),
    Select("default_sort", _("Sort posts by"), offered=DEFAULT_SORTS),
    Select("default_comment_sort", _("Sort comments by"), offered=COMMENT_SORT_MENU),
    Switch("hide_read_posts", _("Hide posts I've read")),
    Switch(
        "vote_privately", _("Vote privately"), _("Other servers can see the vote, but not who it's from.")
    ),
    Switch("feed_auto_follow", _("Join a feed's communities when I follow it")),
    Switch("feed_auto_leave", _("Leave a feed's communities when I unfollow it")),
    Switch("email_unread", _("Email me about unread notifications")),
    Switch("newsletter", _("Send me the newsletter")),
)
DRAWN = Form(LANGUAGES, *READING)


@blueprint.get(PAGE)
async def reading_page() -> Response:
    """Show what is read, and how."""
    return await _show()


@blueprint.post(PAGE)
async def save_reading() -> Response:
    """Change what is read, and how."""
    form, stored = await posted(), await stored_settings()
    try:
        changes = DRAWN.changes(form, _shown(stored))
        if LANGUAGES.name in changes:
            changes |= await _languages(changes.pop(LANGUAGES.name), stored)
        if changes:
            await write_settings(changes)
    except Invalid as refusal:
        return await _show(refusal, form)
    return go(PAGE, "saved")


async def _languages(ticked: tuple[int, ...], stored: Settings) -> dict[str, tuple[int, ...]]:
    """The languages that were ticked, and stored ones that are no longer offered; nothing if they are the same."""
    async with resources().database.read() as db:
        offered = {language.id for language in await site.languages(db)}
    before = set(stored.read_language_ids)
    wanted = (set(ticked) & offered) | (before - offered)
    return {} if wanted == before else {"read_language_ids": tuple(sorted(wanted))}


def _shown(stored: Settings) -> dict[str, Any]:
    """What stands on the form."""
    return shown(stored, READING) | {LANGUAGES.name: stored.read_language_ids}


async def _show(refusal: ForumError | None = None, typed: Sent | None = None) -> Response:
    stored = await stored_settings()
    async with resources().database.read() as db:
        read = await site.languages(db)
        feed = await address_of_subscriptions(db, signed_in(current_viewer()).id)
    return show_form(
        "settings/reading.html",
        _shown(stored) if typed is None else typed,
        refusal,
        fields=DRAWN,
        here="me",
        zones=with_stored(zones(), stored.timezone),
        tongues=with_stored(
            (("", _("Same as my browser")), *((one.code, one.name) for one in languages().values())),
            stored.interface_language,
        ),
        read=[(language.id, language.name) for language in read],
        feed=feed,
    )
