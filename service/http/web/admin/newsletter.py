"""Administration: newsletters; and the page where somebody wants no more of them."""

from typing import Any

from quart import Blueprint, Response

from service.forum.accounts.seals import is_sealed
from service.forum.accounts.viewer import administrator
from service.forum.errors import ForumError, NotFound
from service.forum.newsletters import operations, queries
from service.forum.newsletters.rules import BODY_LENGTH, SEALED_FOR
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Area, Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render
from service.language import _
from service.text.letter import SUBJECT_LENGTH

blueprint = Blueprint("admin_newsletter", __name__)

PATH = "/admin/newsletter"

NEWSLETTER = Form(
    Line("subject", _("Subject"), required=True, most=SUBJECT_LENGTH),
    Area(
        "body",
        _("Message"),
        _("Plain text. Leave a blank line between paragraphs. An unsubscribe link is added at the end."),
        required=True,
        most=BODY_LENGTH,
        large=True,
    ),
)


@blueprint.get(PATH)
async def newsletter() -> Response:
    """Show the form of a newsletter, and what was sent."""
    administrator(current_viewer())
    return await _show({})


@blueprint.post(PATH)
async def send() -> Response:
    """Send a newsletter: to oneself first, to everybody with the other button."""
    by = authority()
    form = await posted()
    to_all = form.get("to") == "all"
    try:
        sent = NEWSLETTER.read(form)
        await resources().database.write(
            operations.send, by, sent["subject"], sent["body"], only_to_oneself=not to_all
        )
    except SHOWN_IN_FORM as refusal:
        return await _show(form, refusal)
    return go(PATH, "newsletter-sent") if to_all else await _show(form, tried=True)


@blueprint.get("/user/newsletter/<int:account_id>/<seal>/unsubscribe")
async def stop_page(account_id: int, seal: str) -> Response:
    """Ask whether somebody wants no more newsletters: links in letters are opened by programs, too."""
    _check(account_id, seal)
    return show_form("admin/stop_newsletter.html", {}, path=_path(account_id, seal))


@blueprint.post("/user/newsletter/<int:account_id>/<seal>/unsubscribe")
async def stop(account_id: int, seal: str) -> str:
    """Send somebody no more newsletters."""
    _check(account_id, seal)
    await resources().database.write(operations.stop, account_id)
    return render("admin/stopped_newsletter.html")


def _check(account_id: int, seal: str) -> None:
    if not is_sealed(seal, SEALED_FOR, account_id, resources().config.site.secret_key):
        raise NotFound


def _path(account_id: int, seal: str) -> str:
    return f"/user/newsletter/{account_id}/{seal}/unsubscribe"


async def _show(form: dict[str, Any], refusal: ForumError | None = None, *, tried: bool = False) -> Response:
    async with resources().database.read() as db:
        sent = await queries.newsletters(db)
        readers = await queries.readers(db)
    return show_form(
        "admin/newsletter.html",
        form,
        refusal,
        fields=NEWSLETTER,
        sent=sent,
        readers=readers,
        tried=tried,
        letters=resources().mail.is_configured,
    )
