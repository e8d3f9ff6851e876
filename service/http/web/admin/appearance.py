"""Administration: how the site looks; and the style sheet that is made of it."""

from typing import Any

from quart import Blueprint, Response

from service.forum.accounts.viewer import administrator
from service.forum.appearance import operations, queries
from service.forum.appearance.queries import Look
from service.forum.appearance.rules import CSS_LENGTH, shades_of
from service.forum.errors import ForumError
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.site import forget_site
from service.http.web.admin.authority import authority
from service.http.web.frame.assets import FOREVER
from service.http.web.frame.fields import Area, Color, Form, Picture, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form, take_image
from service.language import _

blueprint = Blueprint("admin_appearance", __name__)

PATH = "/admin/appearance"
USUAL = "#0d6e66"

LOOK = Form(
    Picture(
        "icon",
        _("Icon"),
        _("A square image, shown in the corner of every page and in browser tabs."),
    ),
    Switch(
        "own_color",
        _("Use a custom colour"),
        _("It's made darker or lighter wherever it would be hard to read."),
    ),
    Color("accent", _("Colour")),
    Area(
        "css",
        _("Custom CSS"),
        _("CSS that's added after the site's own. Style sheets and fonts from other websites aren't loaded."),
        most=CSS_LENGTH,
        large=True,
    ),
)


@blueprint.get(PATH)
async def appearance() -> Response:
    """Show how the site looks."""
    administrator(current_viewer())
    return _show(_written(await _look()))


@blueprint.post(PATH)
@takes(a_form_with_files(administrator))
async def save() -> Response:
    """Give the site another icon, colour or style sheet."""
    viewer, by = administrator(current_viewer()), authority()
    form = await posted()
    shown = _written(await _look())
    try:
        changes = LOOK.changes(form, shown)
        icon_id = await take_image(viewer, "icon")
        if icon_id is not None:
            await resources().database.write(operations.set_icon, by, icon_id)
        if changes:
            wanted = shown | changes
            accent = wanted["accent"] if wanted["own_color"] else ""
            await resources().database.write(operations.change, by, accent=accent, css=wanted["css"])
    except SHOWN_IN_FORM as refusal:
        return _show(form, refusal)
    forget_site()
    return go(PATH, "saved")


@blueprint.post(f"{PATH}/icon/remove")
async def remove_icon() -> Response:
    """Show the usual icon again."""
    await resources().database.write(operations.set_icon, authority(), None)
    forget_site()
    return go(PATH, "picture-deleted")


@blueprint.get("/appearance/<look>.css")
async def style_sheet(look: str) -> Response:
    """Give the style sheet of the site's own; its address changes with it, so browsers keep it."""
    css = _style_sheet(await _look())
    headers = {"Cache-Control": FOREVER}
    return Response(css, content_type="text/css; charset=utf-8", headers=headers)


async def _look() -> Look:
    async with resources().database.read() as db:
        return await queries.look(db)


def _style_sheet(look: Look) -> str:
    if not look.accent:
        return look.css
    light, dark = shades_of(look.accent, dark=False), shades_of(look.accent, dark=True)
    tokens = (
        f"--accent: light-dark({light.accent}, {dark.accent});"
        f"--accent-ink: light-dark({light.ink}, {dark.ink});"
        f"--accent-wash: light-dark({light.wash}, {dark.wash});"
    )
    return f":root {{ {tokens} }}\n{look.css}"


def _written(look: Look) -> dict[str, Any]:
    """What stands on the form."""
    return {"own_color": bool(look.accent), "accent": look.accent or USUAL, "css": look.css}


def _show(form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("admin/appearance.html", form, refusal, fields=LOOK)
