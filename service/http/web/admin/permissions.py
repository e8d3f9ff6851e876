"""Administration: what the roles may do."""

from quart import Blueprint, Response

from service.forum.accounts import operations, queries
from service.forum.accounts.choices import Permission, Role
from service.forum.accounts.viewer import administrator
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Form, Switch
from service.http.web.frame.forms import go, posted, show_form

blueprint = Blueprint("admin_permissions", __name__, url_prefix="/admin")

PATH = "/admin/permissions"

PERMISSIONS = Form(*(Switch(one.value, one.label) for one in Permission))


@blueprint.get("/permissions")
async def permissions() -> Response:
    """Show what staff may do."""
    administrator(current_viewer())
    async with resources().database.read() as db:
        held = await queries.permissions_of(db, Role.STAFF)
    return show_form(
        "admin/permissions.html", {one.value: one in held for one in Permission}, fields=PERMISSIONS
    )


@blueprint.post("/permissions")
async def save() -> Response:
    """Change what staff may do."""
    by = authority()
    form = await posted()
    said = PERMISSIONS.read(form)
    chosen = {one for one in Permission if said[one.value]}
    async with resources().database.read() as db:
        held = await queries.permissions_of(db, Role.STAFF)
    if chosen != held:
        await resources().database.write(operations.set_permissions, by, Role.STAFF, chosen)
    return go(PATH, "saved")
