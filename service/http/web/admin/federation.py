"""Administration of federation: whom the site federates with, whole lists of servers, lists that it follows."""

from collections.abc import Sequence

from quart import Blueprint, Response

from service.forum.errors import ForumError, Invalid
from service.forum.instances import operations, queries
from service.forum.instances.choices import Change, Mode
from service.forum.instances.pasted import FIELD, Entry, as_csv, entries_from
from service.http.context import resources
from service.http.web.admin.instances import authority, manager, own_host
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.language import _

blueprint = Blueprint("admin_federation", __name__, url_prefix="/admin/federation")

FEDERATION = "/admin/federation"
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
    mode = Mode.stored((await posted()).get("mode"), None)
    if mode is None:
        return await _show({}, Invalid({"mode": _("Choose one of these.")}))
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
        change = _change(form.get("change", ""))
        pasted = entries_from(form.get(FIELD, ""))
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
        await resources().database.write(operations.follow, by, form.get("domain", ""), own_host=own_host())
    except SHOWN_IN_FORM as refusal:
        return await _show(form, refusal)
    return go(FEDERATION, "list-followed")


@blueprint.post("/subscriptions/<int:subscription_id>/remove")
async def unfollow(subscription_id: int) -> Response:
    """Follow a list no more."""
    by = authority()
    await resources().database.write(operations.unfollow, by, subscription_id)
    return go(FEDERATION, "list-unfollowed")


def _change(word: str) -> Change:
    change = Change.stored(word, None)
    if change is None:
        raise Invalid({"change": _("Choose what is to be done with these servers.")})
    return change


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
