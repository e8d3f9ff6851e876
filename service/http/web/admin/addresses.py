"""Administration: network addresses from which nobody may come in."""

from quart import Blueprint, Response, request

from service.forum.accounts import operations, queries
from service.forum.accounts.operations.addresses import ADDRESS_LENGTH, NOTES_LENGTH
from service.forum.accounts.viewer import administrator
from service.forum.errors import Forbidden, ForumError
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.listing import page_after
from service.language import _

blueprint = Blueprint("admin_addresses", __name__, url_prefix="/admin/addresses")

LIST = "/admin/addresses/"
PAGE = 50

BAN = Form(
    Line(
        "address",
        _("IP address"),
        _("For IPv6, the whole /64 network is banned."),
        required=True,
        most=ADDRESS_LENGTH,
        placeholder="192.0.2.1",
    ),
    Line("notes", _("Note"), most=NOTES_LENGTH),
)


@blueprint.get("/")
async def addresses() -> Response:
    """Show the addresses, the latest first."""
    administrator(current_viewer())
    return await _show({})


@blueprint.post("/")
async def ban() -> Response:
    """Ban an address."""
    by = authority()
    form = await posted()
    try:
        said = BAN.read(form)
        await resources().database.write(operations.ban_address, by, said["address"], said["notes"])
    except (*SHOWN_IN_FORM, Forbidden) as refusal:
        return await _show(form, refusal)
    return go(LIST, "address-banned")


@blueprint.post("/<int:ban_id>/allow")
async def allow(ban_id: int) -> Response:
    """Let people in again from an address."""
    await resources().database.write(operations.allow_address, authority(), ban_id)
    return go(LIST, "address-allowed")


async def _show(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.banned_addresses(db, page=number, size=PAGE)
    following = page_after(LIST, number, page.has_more)
    return show_form("admin/addresses.html", form, refusal, fields=BAN, page=page, next_url=following)
