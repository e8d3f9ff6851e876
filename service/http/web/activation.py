"""The link of an activation letter. Opening it changes nothing, for mail scanners open it too; its button does."""

from quart import Blueprint, Response

from service.forum.accounts import operations
from service.http.context import resources
from service.http.security import csrf_token
from service.http.web.forms import go
from service.http.web.rendering import render

blueprint = Blueprint("activation", __name__)


@blueprint.get("/auth/verify_email/<token>")
async def verify_page(token: str) -> str:
    """Show the button."""
    return render("activation.html", token=token, csrf=csrf_token())


@blueprint.post("/auth/verify_email/<token>")
async def verify(token: str) -> Response:
    """Confirm the e-mail address of the account that the link was sent to."""
    await resources().database.write(operations.activate, token)
    return go("/auth/login", "activated")
