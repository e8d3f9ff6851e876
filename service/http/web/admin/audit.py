"""Administration: the audit log."""

from quart import Blueprint, request

from service.forum import audit
from service.forum.accounts.viewer import administrator
from service.forum.audit import AuditFilter
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import number_of
from service.http.web.frame.helpers import with_query
from service.http.web.frame.rendering import render

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")

AUDIT = "/admin/audit/"
ENTRIES = 50
FILTERS = {"action": 60, "result": 60, "by": 255, "target": 255, "address": 50}


@blueprint.get("/")
async def entries() -> str:
    """Show who did, or was refused, what."""
    administrator(current_viewer())
    number = number_of(request.args.get("page"))
    query = {name: request.args.get(name, "").strip()[:limit] for name, limit in FILTERS.items()}
    wanted = AuditFilter(
        action=query["action"],
        result=query["result"],
        by=query["by"],
        target=query["target"],
        address=query["address"],
    )
    async with resources().database.read() as db:
        found = await audit.trail(db, wanted, page=number, size=ENTRIES)
    more = found.total > number * ENTRIES
    return render(
        "admin/audit.html",
        found=found,
        filters=query,
        next_url=with_query(AUDIT, **query, page=str(number + 1)) if more else None,
    )
