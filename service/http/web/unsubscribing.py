"""Where letters lead by a link to get no more of them: to a question first, since programs open links."""

from quart import Blueprint, Response

from service.forum.accounts import operations
from service.forum.accounts.operations.unread_letters import SEALED_FOR
from service.forum.accounts.seals import is_sealed
from service.http.context import resources
from service.http.web.frame.forms import show_form
from service.http.web.frame.rendering import render

blueprint = Blueprint("unsubscribing", __name__)


@blueprint.get("/user/email_notifs/<int:account_id>/<token>/unsubscribe")
async def stop_page(account_id: int, token: str) -> Response:
    """Ask whether somebody wants no more letters about what is unread."""
    return show_form("auth/stop_letters.html", {}, path=_path(account_id, token))


@blueprint.post("/user/email_notifs/<int:account_id>/<token>/unsubscribe")
async def stop(account_id: int, token: str) -> str:
    """Send somebody no more letters about what is unread."""
    secret = resources().config.site.secret_key
    proven = is_sealed(token, SEALED_FOR, account_id, secret)
    await resources().database.write(operations.stop_unread_letters, account_id, None if proven else token)
    return render("auth/stopped_letters.html")


def _path(account_id: int, token: str) -> str:
    return f"/user/email_notifs/{account_id}/{token}/unsubscribe"
