"""Where the views of the settings are registered, and what they have in common: a form saves what differs."""

from typing import Any

from quart import Blueprint

from service.forum.accounts import operations, queries
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import changed, text_in

blueprint = Blueprint("settings", __name__)

SETTINGS = "/user/settings"


async def stored_settings() -> Settings:
    """Return what the viewer has set."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        return await queries.settings_of(db, viewer)


def shown(stored: Settings, *names: str) -> dict[str, Any]:
    """Return settings as a form shows them."""
    return {name: getattr(stored, name) for name in names}


def sent(
    form: dict[str, str],
    *,
    texts: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
    switches: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what a form says; a list of choices that is not on it is left out.

    Parameters:
        texts, words, switches: the names of its fields, by their kinds.
    """
    return (
        {name: text_in(form, name) for name in texts}
        | {name: form[name] for name in words if name in form}
        | {name: name in form for name in switches}
    )


async def save(sent: dict[str, Any], stored: Settings) -> None:
    """Save what somebody changed on a form; raise Invalid for what cannot be."""
    if changes := changed(sent, shown(stored, *sent)):
        domain = resources().config.site.domain
        await resources().database.write(operations.edit, signed_in(current_viewer()), changes, domain=domain)
