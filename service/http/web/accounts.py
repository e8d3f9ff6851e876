"""People: a profile, the viewer's bookmarks, and the viewer's settings, password and sessions."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.comments import queries as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection
from service.forum.communities import queries as communities
from service.forum.errors import BadCredentials, ForumError, Invalid, TooMany
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import Sort
from service.forum.feeds.rules import PostSelection
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.identity import remember
from service.http.passing.limits import limit
from service.http.web.bodies import prepare_bodies, prepare_html
from service.http.web.choices import Theme
from service.http.web.forms import (
    SHOWN_IN_FORM,
    changed,
    go,
    number_of,
    posted,
    show_form,
    take_image,
    text_in,
)
from service.http.web.listing import PAGE, next_page, tabs
from service.http.web.rendering import THEME_COOKIE, chosen_theme, person_path, render, with_query
from service.http.web.signin import browser

blueprint = Blueprint("accounts", __name__)

SHOWS = {"posts": "Posts", "comments": "Comments"}
SETTINGS = "/user/settings"
YEAR = 31_536_000  # seconds
READING_WORDS = ("default_filter", "default_sort", "default_comment_sort")


@blueprint.get("/u/<name>")
async def profile(name: str) -> str:
    """Show a person: who they are, and what they post or say."""
    viewer = current_viewer()
    domain = resources().config.site.domain
    show = _wanted_show()
    async with resources().database.read() as db:
        found = await queries.profile_by_name(db, viewer, name, domain=domain)
        moderated = await communities.moderated_by(db, viewer, found.person.id)
        written = await _written(db, viewer, PostSelection(person_id=found.person.id), show)
    await prepare_html(found.about_html)
    await prepare_bodies(written["comments"].comments if written["comments"] else [])
    path = person_path(found.person)
    return render(
        "profile.html",
        here="me" if viewer and viewer.id == found.person.id else "",
        profile=found,
        address=f"{found.person.name}@{found.person.domain or domain}",
        moderates=moderated,
        show_links=tabs(path, "show", show, SHOWS),
        **written,
        next_url=_next(path, show, written),
    )


@blueprint.get("/bookmarks")
async def bookmarks() -> str:
    """Show what the viewer saved."""
    viewer = signed_in(current_viewer())
    show = _wanted_show()
    async with resources().database.read() as db:
        written = await _written(db, viewer, PostSelection(saved=True), show)
    await prepare_bodies(written["comments"].comments if written["comments"] else [])
    return render(
        "bookmarks.html",
        here="me",
        show_links=tabs("/bookmarks", "show", show, SHOWS),
        **written,
        next_url=_next("/bookmarks", show, written),
    )


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
    return show_form("settings.html", form, refusal, here="me", sessions=sessions)


def _fields(stored: Settings) -> dict[str, Any]:
    names = ("title", "about", *READING_WORDS, "hide_read_posts")
    return {name: getattr(stored, name) for name in names} | {"colours": chosen_theme()}


def _keep_theme(response: Response, theme: str) -> None:
    chosen = Theme.named(theme, Theme.SYSTEM)
    if chosen is Theme.SYSTEM:
        response.delete_cookie(THEME_COOKIE, path="/")
    else:
        response.set_cookie(THEME_COOKIE, chosen.value, max_age=YEAR, samesite="Lax", path="/")


def _wanted_show() -> str:
    show = request.args.get("show", "posts")
    return show if show in SHOWS else "posts"


async def _written(db: Any, viewer: Viewer | None, feed: PostSelection, show: str) -> dict[str, Any]:
    """Posts or comments of a person, or those that the viewer saved."""
    if show == "posts":
        page = await feeds.page_of_posts(
            db, viewer, feed, Sort.NEW, limit=PAGE, cursor=request.args.get("after")
        )
        return {"posts": page, "comments": None}
    wanted = CommentSelection(person_id=feed.person_id, saved=feed.saved)
    number = number_of(request.args.get("page"))
    found = await comments.page_of_comments(db, viewer, wanted, CommentSort.NEW, limit=PAGE, page=number)
    return {"posts": None, "comments": found}


def _next(path: str, show: str, written: dict[str, Any]) -> str | None:
    if written["comments"] is None:
        return next_page(path, written["posts"].next_cursor)
    if not written["comments"].has_more:
        return None
    return with_query(path, show=show, page=str(number_of(request.args.get("page")) + 1))
