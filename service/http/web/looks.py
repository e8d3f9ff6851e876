"""How pages look: one page for everybody, and the switch at the head of lists.

Members' choices are kept with the account, strangers' in their browser.
"""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts import operations
from service.forum.accounts.looks import Accent, Images, Letters, Lists, Look, Theme
from service.forum.errors import Invalid, NotFound
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import Form, Select, Sent
from service.http.web.frame.forms import came_from, go, on_this_site, posted, show_form
from service.http.web.frame.looks import keep_in_browser, look_of_page
from service.language import _

blueprint = Blueprint("looks", __name__)

PAGE = "/appearance"
LOOK = Form(
    Select("theme", _("Theme"), offered=Theme, usual=Theme.SYSTEM),
    Select("accent", _("Colour of links and buttons"), offered=Accent, usual=Accent.SITE),
    Select("lists", _("Show posts as"), offered=Lists, usual=Lists.CARDS),
    Select("letters", _("Font"), offered=Letters, usual=Letters.USUAL),
    Select(
        "images",
        _("Load images"),
        _("If your browser is set to save data, images always wait until you ask for them."),
        offered=Images,
        usual=Images.SHOWN,
    ),
)


@blueprint.get(PAGE)
async def appearance() -> Response:
    """Show how pages look, to be changed."""
    return _show(_shown())


@blueprint.post(PAGE)
async def save_appearance() -> Response:
    """Let pages look otherwise."""
    form = await posted()
    try:
        changes = LOOK.changes(form, _shown())
    except Invalid as refusal:
        return _show(form, refusal)
    look = msgspec.structs.replace(look_of_page(), **changes)
    return await _keep(look, go(PAGE, "saved"))


@blueprint.post(f"{PAGE}/lists/<word>")
async def show_posts_as(word: str) -> Response:
    """Let lists look otherwise to a member, and go on with the list."""
    return await _keep(_with_lists(word), go(await came_from()))


@blueprint.get(f"{PAGE}/lists/<word>")
async def show_posts_to_stranger_as(word: str) -> Response:
    """Let lists look otherwise in a stranger's browser, whose pages have no forms; nothing else is changed by it."""
    response = go(on_this_site(request.args.get("next")))
    if current_viewer() is None:
        keep_in_browser(response, _with_lists(word))
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_lists(word: str) -> Look:
    lists = next((one for one in Lists if one.name.lower() == word), None)
    if lists is None:
        raise NotFound
    return msgspec.structs.replace(look_of_page(), lists=lists)


async def _keep(look: Look, response: Response) -> Response:
    """Keep a look with the account, and in this browser: it stays when they sign out."""
    viewer = current_viewer()
    if viewer is not None:
        await resources().database.write(operations.choose_look, viewer, look)
    keep_in_browser(response, look)
    return response


def _shown() -> dict[str, Any]:
    look = look_of_page()
    return {name: getattr(look, name) for name in look.__struct_fields__}


def _show(form: dict[str, Any] | Sent, refusal: Invalid | None = None) -> Response:
    here = "me" if current_viewer() else ""
    return show_form("settings/appearance.html", form, refusal, fields=LOOK, here=here)
