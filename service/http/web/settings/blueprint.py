"""Where the views of the settings are registered, and what they have in common: a form saves what differs."""

from typing import Any

from quart import Blueprint

from service.forum.accounts import operations, queries
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import Form, Sent

blueprint = Blueprint("settings", __name__)

SETTINGS = "/user/settings"


async def stored_settings() -> Settings:
    """Return what the viewer has set."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        return await queries.settings_of(db, viewer)


def shown(stored: Settings, form: Form) -> dict[str, Any]:
    """Return settings as a form shows them."""
    return {field.name: getattr(stored, field.name) for field in form}


async def save(form: Form, sent: Sent) -> None:
    """Save what somebody changed on a form of settings; raise Invalid for what cannot be."""
    if changes := form.changes(sent, shown(await stored_settings(), form)):
        await write_settings(changes)


async def write_settings(changes: dict[str, Any]) -> None:
    """Save changes of the viewer's settings, by the names of their columns; raise Invalid for what cannot be."""
    domain = resources().config.site.domain
    await resources().database.write(operations.edit, signed_in(current_viewer()), changes, domain=domain)
