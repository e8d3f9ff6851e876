"""Administration of federation: whom the site federates with, whole lists of servers, lists that it follows."""

from collections.abc import Sequence

from quart import Blueprint, Response

from service.forum.errors import ForumError, Invalid
from service.forum.instances import operations, queries
from service.forum.instances.choices import Change, Mode
from service.forum.instances.hosts import LENGTH as HOST_LENGTH
from service.forum.instances.pasted import FIELD, LENGTH, Entry, as_csv, entries_from
from service.http.context import resources
from service.http.web.admin.instances import authority, manager, own_host
from service.http.web.frame.fields import Area, Form, Line, Select
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.language import _

blueprint = Blueprint("admin_federation", __name__, url_prefix="/admin/federation")

FEDERATION = "/admin/federation"

MODE = Form(
    Select(
        "mode",
        _("Federate with"),
        _(
            "Nothing is sent to, fetched from or accepted from the servers you exclude. Existing content stays."
        ),
        offered=Mode,
    )
)
LIST = Form(
    Select(
        "change",
        _("Action"),
        offered=Change,
        missing=_("Choose what to do with these servers."),
    ),
    Area(
        FIELD,
        _("Servers"),
        _(
            "One per line, optionally followed by a comma and a reason. You can also paste a CSV export from"
            " Mastodon or FediBlock, or PieFed's JSON."
        ),
        required=True,
        most=LENGTH,
        placeholder="bad.example\nworse.example,spam",
    ),
)
SUBSCRIPTION = Form(Line("domain", _("Server"), required=True, most=HOST_LENGTH, placeholder="example.org"))
DRAWN = Form(*MODE, *LIST, *SUBSCRIPTION)
# What takes a change of a list back.
OPPOSITE: dict[Change, Change] = {
    Change.BLOCK: Change.UNBLOCK,
    Change.UNBLOCK: Change.BLOCK,
    Change.ALLOW: Change.DISALLOW,
    Change.DISALLOW: Change.ALLOW,
}


@blueprint.get("")
async def federation() -> Response:
    """Show whom the site federates with."""
    manager()
    return await _show({})


@blueprint.post("/mode")
async def set_mode() -> Response:
    """Federate with nobody, with all but the blocked, or with the allowed alone."""
    by = authority()
    form = await posted()
    try:
        mode = MODE.read(form)["mode"]
    except Invalid as refusal:
        return await _show(form, refusal)
    async with resources().database.read() as db:
        stored = await queries.mode(db)
    if mode is not stored:
        await resources().database.write(operations.set_mode, by, mode)
    return go(FEDERATION, "saved")


@blueprint.post("/list")
async def change_list() -> Response:
    """Block, unblock, allow or disallow all servers of a list that is pasted."""
    by = authority()
    form = await posted()
    try:
        said = LIST.read(form)
        change, pasted = said["change"], entries_from(said[FIELD])
        changed = await resources().database.write(
            operations.change, by, change, pasted.entries, own_host=own_host()
        )
    except SHOWN_IN_FORM as refusal:
        return await _show(form, refusal)
    return await _show({}, done=(change, changed, len(pasted.entries), pasted.milder))


@blueprint.get("/<listed>.csv")
async def export(listed: str) -> Response:
    """Give the list of the servers that are blocked, or allowed, here."""
    manager()
    async with resources().database.read() as db:
        entries = await queries.own_entries(db, allowed=listed == "allowed")
    name = f"{'allowed' if listed == 'allowed' else 'blocked'}-{own_host()}.csv"
    return Response(
        as_csv(entries),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@blueprint.post("/subscriptions")
async def follow() -> Response:
    """Follow the list of another site."""
    by = authority()
    form = await posted()
    try:
        said = SUBSCRIPTION.read(form)
        await resources().database.write(operations.follow, by, said["domain"], own_host=own_host())
    except SHOWN_IN_FORM as refusal:
        return await _show(form, refusal)
    return go(FEDERATION, "list-followed")


@blueprint.post("/subscriptions/<int:subscription_id>/remove")
async def unfollow(subscription_id: int) -> Response:
    """Follow a list no more."""
    by = authority()
    await resources().database.write(operations.unfollow, by, subscription_id)
    return go(FEDERATION, "list-unfollowed")


async def _show(
    form: dict[str, str],
    refusal: ForumError | None = None,
    done: tuple[Change, Sequence[Entry], int, int] | None = None,
) -> Response:
    async with resources().database.read() as db:
        found = await queries.federation(db)
    return show_form(
        "admin/federation.html",
        {"mode": found.mode, "change": "block"} | form,
        refusal,
        fields=DRAWN,
        found=found,
        done=_what_was_done(*done) if done else None,
        is_off=not resources().config.federation.enabled,
    )


def _what_was_done(change: Change, changed: Sequence[Entry], asked: int, milder: int) -> dict[str, object]:
    return {
        "words": operations.LISTED[change],
        "count": len(changed),
        "already": asked - len(changed),
        "milder": milder,
        "opposite": OPPOSITE[change],
        # Lines, with the reason where there is one, as a list can be pasted.
        "entries": as_csv(changed) if changed else "",
    }
