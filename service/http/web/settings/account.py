"""What an account sets about itself: the profile, the picture, reading, the password, and where it is signed in."""

from typing import Any

from quart import Blueprint, Response

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.forum.errors import BadCredentials, ForumError, Invalid, TooMany
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.identity import remember
from service.http.passing.limits import limit
from service.http.web.auth.signin import browser
from service.http.web.frame.choices import Theme
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    changed,
    go,
    posted,
    show_form,
    take_image,
    text_in,
)
from service.http.web.frame.rendering import THEME_COOKIE, chosen_theme

blueprint = Blueprint("accounts", __name__)

SETTINGS = "/user/settings"
YEAR = 31_536_000  # seconds
READING_WORDS = ("default_filter", "default_sort", "default_comment_sort")


@blueprint.get("/user/settings")
async def settings_page() -> Response:
    """Show all that an account can set about itself here."""
    return await _show_settings()


@blueprint.post("/user/settings/profile")
async def save_profile() -> Response:
    """Change the display name and the text about oneself."""
    form = await posted()
    return await _save({name: text_in(form, name) for name in ("title", "about")}, form)


@blueprint.post("/user/settings/picture")
@takes(a_form_with_files())
async def save_picture() -> Response:
    """Show another avatar; a form without a file changes nothing."""
    viewer = signed_in(current_viewer())
    try:
        file_id = await take_image(viewer, "image")
        if file_id is None:
            raise Invalid({"image": "Choose a picture."})
        await resources().database.write(operations.set_picture, viewer, "avatar", file_id)
    except SHOWN_IN_FORM as refusal:
        return await _show_settings(refusal)
    return go(SETTINGS, "saved")


@blueprint.post("/user/settings/picture/remove")
async def remove_picture() -> Response:
    """Show no avatar any more."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_picture, viewer, "avatar", None)
    return go(SETTINGS, "saved")


@blueprint.post("/user/settings/reading")
async def save_reading() -> Response:
    """Change how lists look; the colours stay in this browser."""
    form = await posted()
    sent: dict[str, Any] = {name: form[name] for name in READING_WORDS if name in form}
    response = await _save(sent | {"hide_read_posts": "hide_read_posts" in form}, form)
    _keep_theme(response, form.get("colours", ""))
    return response


@blueprint.post("/user/settings/password")
async def change_password() -> Response:
    """Change the password; every other browser is signed out."""
    viewer = signed_in(current_viewer())
    form = await posted()
    await limit("sign_in")
    try:
        signed_in_again = await authentication.change_password(
            resources().database, viewer, form.get("old_password", ""), form.get("password", ""), **browser()
        )
    except (Invalid, BadCredentials, TooMany) as refusal:
        return await _show_settings(refusal)
    response = go(SETTINGS, "password")
    remember(response, signed_in_again.token)
    return response


@blueprint.post("/user/settings/sessions/<key>/revoke")
async def revoke_session(key: str) -> Response:
    """Sign another browser out."""
    await resources().database.write(operations.revoke_session, signed_in(current_viewer()), key)
    return go(SETTINGS, "revoked")


@blueprint.post("/user/settings/sessions/revoke_others")
async def revoke_others() -> Response:
    """Sign every other browser out."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.revoke_all_sessions, viewer.id, but=viewer.session)
    return go(SETTINGS, "revoked-all")


async def _save(sent: dict[str, Any], form: dict[str, str]) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
    try:
        if changes := changed(sent, _fields(stored)):
            domain = resources().config.site.domain
            await resources().database.write(operations.edit, viewer, changes, domain=domain)
    except Invalid as refusal:
        return await _show_settings(refusal, form)
    return go(SETTINGS, "saved")


async def _show_settings(refusal: ForumError | None = None, typed: dict[str, str] | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
        sessions = await queries.sessions_of(db, viewer)
    form = _fields(stored) | (typed or {})
    return show_form("settings/settings.html", form, refusal, here="me", sessions=sessions)


def _fields(stored: Settings) -> dict[str, Any]:
    names = ("title", "about", *READING_WORDS, "hide_read_posts")
    return {name: getattr(stored, name) for name in names} | {"colours": chosen_theme()}


def _keep_theme(response: Response, theme: str) -> None:
    chosen = Theme.named(theme, Theme.SYSTEM)
    if chosen is Theme.SYSTEM:
        response.delete_cookie(THEME_COOKIE, path="/")
    else:
        response.set_cookie(THEME_COOKIE, chosen.value, max_age=YEAR, samesite="Lax", path="/")
