"""Administration of what was given up: what failed again and again, tried once more or dropped."""

from quart import Blueprint, Response

from service.federation import parked
from service.forum.errors import NotFound
from service.http.context import resources
from service.http.web.admin.instances import authority, manager
from service.http.web.frame.forms import go, posted
from service.http.web.frame.rendering import render

blueprint = Blueprint("admin_parked", __name__, url_prefix="/admin/parked")

PARKED = "/admin/parked"
OPERATIONS = {"retry": parked.retry, "drop": parked.drop}


@blueprint.get("")
async def heaps() -> str:
    """Show what was given up, by kind, server and error."""
    manager()
    async with resources().database.read() as db:
        found = await parked.heaps(db)
        counts = await parked.counts(db)
    return render("admin/parked.html", heaps=found, counts=counts, most=parked.MOST_SHOWN)


@blueprint.post("/<action>")
async def act(action: str) -> Response:
    """Try a heap once more, or drop it."""
    by = authority()
    form = await posted()
    operation, queue = OPERATIONS.get(action), parked.queue_from(form.get("queue", ""))
    if operation is None or queue is None:
        raise NotFound
    which = parked.Which(queue, *(_plain(form.get(name, "")) for name in ("kind", "host", "error")))
    await resources().database.write(operation, by, which)
    return go(PARKED, f"parked-{action}")


def _plain(text: str) -> str:
    """A text as it was shown: forms make two characters of the end of a line."""
    return text.replace("\r\n", "\n")
