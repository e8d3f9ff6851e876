"""Administration of other servers: the list, and what can be done about one."""

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Response, request

from service.forum import audit
from service.forum.accounts.authority import Authority, of_viewer
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.forum.audit import AuditFilter
from service.forum.errors import ForumError, NotFound
from service.forum.instances import operations, queries
from service.forum.instances.choices import Change, Decided, InstanceSort, State
from service.forum.instances.hosts import host_from
from service.forum.instances.operations.standing import NOTE_LENGTH, WARNING_LENGTH
from service.forum.instances.pasted import REASON_LENGTH, Entry
from service.forum.instances.queries import MOST_COUNTED, Filter
from service.forum.instances.shapes import Details
from service.http.context import current_viewer, resources
from service.http.passing.visitors import client_address
from service.http.web.frame.fields import Area, Form, Line, Sent, Switch
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    go,
    number_of,
    posted,
    show_form,
)
from service.http.web.frame.listing import page_after, search_words
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("admin_instances", __name__, url_prefix="/admin")

INSTANCES = "/admin/instances"
PAGE = 50
SHOWN_ENTRIES = 10


def manager() -> Viewer:
    """Return the viewer if they may decide about other servers, else raise NotSignedIn or Forbidden."""
    return signed_in_who(current_viewer(), lambda viewer: viewer.may("change instance settings"))


def authority() -> Authority:
    """Return the authority of the viewer; raises as `manager`."""
    return of_viewer(manager(), client_address(request))


def own_host() -> str:
    """Return this site's host."""
    return resources().config.site.domain.partition(":")[0]


@blueprint.get("/instances")
async def instances() -> str:
    """Show a page of servers, by filter and order."""
    manager()
    search = search_words()
    state = State.stored(request.args.get("state"), None)
    decided = Decided.stored(request.args.get("decided"), None)
    sort = InstanceSort.stored(request.args.get("sort"), InstanceSort.DOMAIN)
    number = number_of(request.args.get("page"))
    wanted = Filter(search=search, state=state, decided=decided)
    async with resources().database.read() as db:
        page = await queries.directory(db, wanted, sort=sort, page=number, size=PAGE)
    query = {"q": search, "state": state or "", "decided": decided or "", "sort": sort}
    more = page.total > number * PAGE
    return render(
        "admin/instances.html",
        page=page,
        most=MOST_COUNTED,
        filters=query,
        states=State,
        decisions=Decided,
        sorts=InstanceSort,
        next_url=page_after(INSTANCES, number, more, **query),
    )


@blueprint.get("/instances/<domain>")
async def instance(domain: str) -> Response:
    """Show a server, and what can be done about it."""
    manager()
    return await _show(domain, None)


@blueprint.get("/instance/<int:instance_id>/edit")
async def edit(instance_id: int) -> Response:
    """Lead on from PieFed's address."""
    manager()
    async with resources().database.read() as db:
        return go(f"{INSTANCES}/{await queries.domain_of(db, instance_id)}")


@blueprint.post("/instances/<domain>/<action>")
async def act(domain: str, action: str) -> Response:
    """Block, allow, silence, trust, try again, forget a server, or take it back, or keep a note."""
    by = authority()
    perform = ACTIONS.get(action)
    if perform is None:
        raise NotFound
    form = await posted()
    try:
        await perform(by, domain, form)
    except SHOWN_IN_FORM as refusal:
        return await _show(domain, form, refusal, acted=action)
    return go(_after(domain, action), f"instance-{action}")


def _after(domain: str, action: str) -> str:
    """Where to go on: what was forgotten, or taken off the only list that had it, may have no page any more."""
    return INSTANCES if action == "forget" else f"{INSTANCES}/{domain}"


DECISION = Form(
    Line("reason", _("Reason"), _("Saved and exported with the blocklist."), most=REASON_LENGTH),
    Switch("withdraws", _("Remove its content from this site until it's unblocked")),
)
NOTE = Form(
    Area("note", _("Note for administrators"), most=NOTE_LENGTH),
    Line("posting_warning", _("Warning for people who post there"), most=WARNING_LENGTH),
)

Perform = Callable[[Authority, str, Sent], Awaitable[Any]]


def _listed(change: Change) -> Perform:
    async def perform(by: Authority, domain: str, form: Sent) -> None:
        host = host_from(domain)
        if host is None:
            raise NotFound
        said = DECISION.read(form)
        how: dict[str, Any] = {"own_host": own_host(), "withdraws": said["withdraws"]}
        await resources().database.write(operations.change, by, change, [Entry(host, said["reason"])], **how)

    return perform


async def _withdraw(by: Authority, domain: str, form: Sent) -> None:
    await resources().database.write(operations.withdraw, by, domain, reason=DECISION.read(form)["reason"])


async def _bring_back(by: Authority, domain: str, form: Sent) -> None:
    await resources().database.write(operations.bring_back, by, [domain])


def _standing(operation: Any, **options: Any) -> Perform:
    async def perform(by: Authority, domain: str, form: Sent) -> None:
        await resources().database.write(operation, by, domain, **options)

    return perform


async def _annotate(by: Authority, domain: str, form: Sent) -> None:
    async with resources().database.read() as db:
        shown = _texts(await queries.details(db, domain))
    if changes := NOTE.changes(form, shown):
        await resources().database.write(operations.annotate, by, domain, **shown | changes)


def _texts(found: Details) -> dict[str, str]:
    """What stands on the form of an instance."""
    return {"note": found.note, "posting_warning": found.posting_warning}


ACTIONS: dict[str, Perform] = {change.value: _listed(change) for change in Change} | {
    "withdraw": _withdraw,
    "bring-back": _bring_back,
    "silence": _standing(operations.silence, silenced=True),
    "unsilence": _standing(operations.silence, silenced=False),
    "trust": _standing(operations.trust, trusted=True),
    "distrust": _standing(operations.trust, trusted=False),
    "retry": _standing(operations.retry),
    "forget": _standing(operations.forget),
    "note": _annotate,
}


async def _show(
    domain: str, form: dict[str, str] | None, refusal: ForumError | None = None, *, acted: str = ""
) -> Response:
    async with resources().database.read() as db:
        found = await queries.details(db, domain)
        mode = await queries.mode(db)
        entries = await audit.trail(db, AuditFilter(target=f"instance:{domain}"), size=SHOWN_ENTRIES)
    return show_form(
        "admin/instance.html",
        _texts(found) | (form or {}),
        refusal,
        fields=Form(*DECISION, *NOTE),
        acted=acted,
        found=found,
        row=found.standing,
        most=MOST_COUNTED,
        mode=mode,
        entries=entries.entries,
        is_admin=manager().is_admin,
    )
