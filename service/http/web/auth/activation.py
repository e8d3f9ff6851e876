"""The link of an activation letter, and asking for another letter.

Opening the link changes nothing, for mail scanners open it too; its button does.
"""

from quart import Blueprint, Response

from service.forum.accounts import operations
from service.forum.errors import ForumError
from service.http.context import resources
from service.http.passing.bodies.policy import MOST_OF_SIGN_IN, a_form, takes
from service.http.passing.limits import limit
from service.http.passing.security import csrf_token
from service.http.web.auth.credentials import own_email
from service.http.web.auth.way_back import way_back
from service.http.web.frame.fields import Form
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render

blueprint = Blueprint("activation", __name__)

CONFIRMATION = Form(own_email())


@blueprint.get("/auth/verify_email/<token>")
async def verify_page(token: str) -> str:
    """Show the button."""
    return render("auth/activation.html", token=token, csrf=csrf_token())


@blueprint.post("/auth/verify_email/<token>")
async def verify(token: str) -> Response:
    """Confirm the e-mail address of the account that the link was sent to."""
    may_sign_in = await resources().database.write(
        operations.activate, token, domain=resources().config.site.domain
    )
    return go("/auth/login", "activated") if may_sign_in else go("/auth/please_wait")


@blueprint.get("/auth/check_email")
async def check_email() -> Response:
    """Say that a letter is on its way."""
    return _show({}, sent=True)


@blueprint.get("/auth/resend_email")
async def resend_page() -> Response:
    """Show the form."""
    return _show({})


@blueprint.post("/auth/resend_email")
@takes(a_form(MOST_OF_SIGN_IN))
async def resend() -> Response:
    """Let the letter be sent again; the answer is the same whoever has the address."""
    form = await posted()
    try:
        await limit("recovery")
        said = CONFIRMATION.read(form)
        if resources().mail.is_configured:
            await resources().database.write(operations.want_confirmation, said["email"])
    except SHOWN_IN_FORM as refusal:
        return _show(form, refusal)
    return go("/auth/check_email")


def _show(form: dict[str, str], refusal: ForumError | None = None, *, sent: bool = False) -> Response:
    page = show_form(
        "auth/resend_email.html",
        form,
        refusal,
        fields=CONFIRMATION,
        here="signin",
        sent=sent,
        back=way_back(),
    )
    page.headers["X-Robots-Tag"] = "noindex"
    return page
