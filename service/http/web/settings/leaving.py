"""The end of an account by its owner's wish, after a time in which it can be undone."""

from quart import Response

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.viewer import signed_in
from service.forum.errors import BadCredentials, Forbidden, ForumError
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.auth.credentials import own_password
from service.http.web.frame.fields import Form, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.settings.blueprint import blueprint
from service.language import _

PAGE = "/delete_account"

LEAVING = Form(
    Switch(
        "removes_content",
        _("Also delete all my posts and comments"),
        _("Otherwise, they'll stay on the site without your name."),
    ),
    own_password(label=_("Your password")),
)


@blueprint.get(PAGE)
async def leave_page() -> Response:
    """Say what goes, and ask for the password; or offer to stay."""
    return await _show()


@blueprint.post(PAGE)
async def leave() -> Response:
    """Let the account be deleted after the waiting time; every other browser is signed out."""
    viewer, form = signed_in(current_viewer()), await posted()
    database = resources().database
    try:
        await limit("sign_in")
        said = LEAVING.read(form)
        await authentication.check_own_password(database, viewer, said["password"])
        await database.write(operations.ask_to_leave, viewer, removes_content=said["removes_content"])
    except (*SHOWN_IN_FORM, BadCredentials, Forbidden) as refusal:
        return await _show(refusal, form)
    await database.write(operations.revoke_all_sessions, viewer.id, but=viewer.session)
    return go(PAGE, "leaving")


@blueprint.post(f"{PAGE}/keep")
async def keep() -> Response:
    """Let the account be."""
    await resources().database.write(operations.stay, signed_in(current_viewer()))
    return go("/user/settings/account", "staying")


async def _show(refusal: ForumError | None = None, form: dict[str, str] | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        waiting = await queries.waiting_of(db, viewer)
    return show_form("settings/leaving.html", form or {}, refusal, fields=LEAVING, here="me", waiting=waiting)
