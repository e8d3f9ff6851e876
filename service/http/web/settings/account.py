"""The way into an account: its e-mail address, its password, and where it is signed in."""

from typing import Any

import msgspec
from quart import Response

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.shapes import SessionRow
from service.forum.accounts.viewer import signed_in
from service.forum.errors import BadCredentials, ForumError, Invalid, TooMany
from service.http.context import current_viewer, resources
from service.http.passing.identity import remember
from service.http.passing.limits import limit
from service.http.passing.security import csrf_token
from service.http.web.auth.credentials import new_password, own_email, own_password
from service.http.web.auth.signin import browser
from service.http.web.frame.fields import Form
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render
from service.http.web.settings.blueprint import SETTINGS, blueprint
from service.language import _
from service.text.browsers import program_of, system_of

PAGE = f"{SETTINGS}/account"
CHANGE_EMAIL = "/auth/change_email"

PASSWORD = Form(
    own_password("old_password", _("Current password")),
    new_password(
        _("New password"), _("Use at least 8 characters. You'll be signed out of all other browsers.")
    ),
)
EMAIL = Form(
    own_email(_("New email address")),
    own_password("password_for_email", _("Your password")),
)
DRAWN = Form(*PASSWORD, *EMAIL)


@blueprint.get(PAGE)
async def account_page() -> Response:
    """Show the way in."""
    return await _show()


@blueprint.post(f"{SETTINGS}/password")
async def change_password() -> Response:
    """Change the password; every other browser is signed out."""
    viewer = signed_in(current_viewer())
    form = await posted()
    try:
        await limit("sign_in")
        said = PASSWORD.read(form)
        signed_in_again = await authentication.change_password(
            resources().database, viewer, said["old_password"], said["password"], **browser()
        )
    except (Invalid, BadCredentials, TooMany) as refusal:
        return await _show(refusal)
    response = go(PAGE, "password")
    remember(response, signed_in_again.token)
    return response


# The e-mail address


@blueprint.post(f"{SETTINGS}/email")
async def change_email() -> Response:
    """Ask both addresses for their consent; a site that sends no letters takes the new one by the password alone."""
    viewer, form = signed_in(current_viewer()), await posted()
    database = resources().database
    try:
        await limit("recovery")
        said = EMAIL.read(form)
        await _check_password(said["password_for_email"], "password_for_email")
        if resources().mail.is_configured:
            await database.write(operations.want_email, viewer, said["email"])
            return go(PAGE, "email-asked")
        await database.write(operations.change_email, viewer, said["email"])
    except (*SHOWN_IN_FORM, BadCredentials) as refusal:
        return await _show(refusal, {"email": form.get("email", "")})
    return go(PAGE, "saved")


@blueprint.post(f"{SETTINGS}/email/keep")
async def keep_email() -> Response:
    """Let the address be as it is."""
    await resources().database.write(operations.keep_email, signed_in(current_viewer()))
    return go(PAGE, "saved")


@blueprint.get(f"{CHANGE_EMAIL}/<token>")
async def agree_page(token: str) -> Response:
    """Show the button by which an address agrees: mail scanners open links too."""
    page = render("settings/agree.html", token=token, csrf=csrf_token())
    return Response(page, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


@blueprint.post(f"{CHANGE_EMAIL}/<token>")
async def agree(token: str) -> Response:
    """Let an address agree."""
    await limit("recovery")
    done = await resources().database.write(operations.agree_to_email, token)
    path = PAGE if current_viewer() else "/"
    return go(path, "email-changed" if done else "email-agreed")


async def _check_password(password: str, field: str) -> None:
    try:
        await authentication.check_own_password(resources().database, signed_in(current_viewer()), password)
    except BadCredentials:
        raise BadCredentials(_("The password is incorrect."), field=field) from None


# Where one is signed in


class Place(msgspec.Struct, frozen=True):
    """A session in plain words.

    Attributes:
        words: "Firefox on Linux".
    """

    session: SessionRow
    words: str


@blueprint.post(f"{SETTINGS}/sessions/<key>/revoke")
async def revoke_session(key: str) -> Response:
    """Sign another browser out."""
    await resources().database.write(operations.revoke_session, signed_in(current_viewer()), key)
    return go(PAGE, "revoked")


@blueprint.post(f"{SETTINGS}/sessions/revoke_others")
async def revoke_others() -> Response:
    """Sign every other browser out."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.revoke_all_sessions, viewer.id, but=viewer.session)
    return go(PAGE, "revoked-all")


def _place(session: SessionRow) -> Place:
    program, system = program_of(session.user_agent), system_of(session.user_agent)
    if program and system:
        return Place(session, _("%(program)s on %(system)s", program=program, system=system))
    return Place(session, program or system or _("Unknown browser or app"))


async def _show(refusal: ForumError | None = None, typed: dict[str, Any] | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
        sessions = await queries.sessions_of(db, viewer)
        waiting = await queries.waiting_of(db, viewer)
    return show_form(
        "settings/account.html",
        typed or {},
        refusal,
        fields=DRAWN,
        here="me",
        places=[_place(session) for session in sessions],
        email=stored.email,
        waiting=waiting,
        letters=resources().mail.is_configured,
    )
