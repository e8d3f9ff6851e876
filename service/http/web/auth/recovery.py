"""A forgotten password: asking for a letter, and following its link. Opening the link changes nothing."""

from quart import Blueprint, Response

from service.forum.accounts import authentication, operations, queries
from service.forum.accounts.operations.recovery import BAD_LINK
from service.forum.errors import ForumError, Invalid, NotFound
from service.http.context import resources
from service.http.passing.bodies.policy import MOST_OF_SIGN_IN, a_form, takes
from service.http.passing.limits import limit
from service.http.web.auth.credentials import new_password, own_email
from service.http.web.auth.signin import browser, let_in
from service.http.web.frame.fields import Form
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.language import _

blueprint = Blueprint("recovery", __name__)

ASK = "/auth/reset_password_request"

REQUEST = Form(own_email())
PASSWORD = Form(
    new_password(_("New password"), _("Use at least 8 characters.")),
    new_password(_("Confirm new password"), name="password2"),
)


@blueprint.get(ASK)
async def ask_page() -> Response:
    """Show the form, or whom to ask where the site sends no letters."""
    return _show_ask({})


@blueprint.post(ASK)
@takes(a_form(MOST_OF_SIGN_IN))
async def ask() -> Response:
    """Let a letter be sent; the answer is the same whoever has the address."""
    form = await posted()
    try:
        await limit("recovery")
        said = REQUEST.read(form)
        if resources().mail.is_configured:
            await resources().database.write(operations.want_new_password, said["email"])
    except SHOWN_IN_FORM as refusal:
        return _show_ask(form, refusal)
    return go(f"{ASK}/sent")


@blueprint.get(f"{ASK}/sent")
async def sent() -> Response:
    """Say what happens now."""
    return _show_ask({}, sent=True)


@blueprint.get("/auth/reset_password/<token>")
async def choose_page(token: str) -> Response:
    """Show the form for the new password, unless the link is not good."""
    name = await _name_of(token)
    return _show_choose(token, name, None if name else NotFound(BAD_LINK))


@blueprint.post("/auth/reset_password/<token>")
@takes(a_form(MOST_OF_SIGN_IN))
async def choose(token: str) -> Response:
    """Change the password, and let this browser in."""
    form = await posted()
    name = await _name_of(token)
    try:
        await limit("recovery")
        said = PASSWORD.read(form)
        if said["password"] != said["password2"]:
            raise Invalid({"password2": _("The passwords don't match.")})
        signed_in = await authentication.use_link(
            resources().database,
            token,
            said["password"],
            secret=resources().config.site.secret_key,
            domain=resources().config.site.domain,
            **browser(),
        )
    except (NotFound, *SHOWN_IN_FORM) as refusal:
        return _show_choose(token, name, refusal)
    return let_in(signed_in, "/", "password")


async def _name_of(token: str) -> str | None:
    async with resources().database.read() as db:
        return await queries.name_of_link(db, token, secret=resources().config.site.secret_key)


def _show_ask(form: dict[str, str], refusal: ForumError | None = None, *, sent: bool = False) -> Response:
    letters = resources().mail.is_configured
    response = show_form(
        "auth/recovery.html", form, refusal, fields=REQUEST, here="signin", letters=letters, sent=sent
    )
    return _unindexed(response)


def _show_choose(token: str, name: str | None, refusal: ForumError | None) -> Response:
    good = name is not None and not isinstance(refusal, NotFound)
    page = show_form(
        "auth/new_password.html",
        {},
        refusal,
        fields=PASSWORD,
        here="signin",
        token=token,
        account=name,
        good=good,
    )
    # The link is a secret: no site that this page leads to learns of it.
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["Cache-Control"] = "no-store"
    return _unindexed(page)


def _unindexed(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    return response
