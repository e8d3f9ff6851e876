"""Administration: the audit log."""

from datetime import date, datetime
from typing import Any

from quart import Blueprint, request

from service.forum import audit
from service.forum.accounts import queries as accounts
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import administrator
from service.forum.audit import AuditFilter, AuditRow
from service.forum.audit_actions import AuditAction, AuditOutcome
from service.forum.choices import options
from service.forum.errors import NotFound
from service.http.context import current_viewer, resources
from service.http.web.dates import end_of
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import page_after, search_words
from service.http.web.frame.rendering import render

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")

AUDIT = "/admin/audit/"
ENTRIES = 50
FIELDS = {"by": 255, "target": 255, "address": 50, "day": 10}


@blueprint.get("/")
async def entries() -> str:
    """Show who did, or was refused, what."""
    administrator(current_viewer())
    number = number_of(request.args.get("page"))
    query = {name: search_words(name, limit) for name, limit in FIELDS.items()}
    action = AuditAction.stored(request.args.get("action"), None)
    outcome = AuditOutcome.stored(request.args.get("result"), AuditOutcome.ANY)
    async with resources().database.read() as db:
        wanted = AuditFilter(
            action=action or "",
            result=audit.DONE if outcome is AuditOutcome.DONE else "",
            refused=outcome is AuditOutcome.REFUSED,
            by=query["by"].removeprefix("@"),
            target=await _target(db, query["target"]),
            address=query["address"],
            until=_until(query["day"]),
        )
        found = await audit.trail(db, wanted, page=number, size=ENTRIES)
        people = await people_of(db, found.entries)
    query |= {"action": action or "", "result": outcome}
    more = found.total > number * ENTRIES
    return render(
        "admin/audit.html",
        found=found,
        people=people,
        filters=query,
        actions=options(AuditAction),
        outcomes=options(AuditOutcome),
        next_url=page_after(AUDIT, number, more, **query),
    )


async def people_of(db: Any, rows: list[AuditRow]) -> dict[int, AuthorRow]:
    """Return the accounts that entries are about, by id, in one statement."""
    named = [row.target.removeprefix("user:") for row in rows if row.target.startswith("user:")]
    ids = sorted({int(word) for word in named if word.isascii() and word.isdecimal() and len(word) < 10})
    return {person.id: person for person in await accounts.authors(db, ids)}


async def _target(db: Any, text: str) -> str:
    """What the log calls whom or what somebody means: an account's name, or a server's."""
    if not text or ":" in text:
        return text
    try:
        domain = resources().config.site.domain
        person = (await accounts.profile_by_name(db, current_viewer(), text, domain=domain)).person
    except NotFound:
        return f"instance:{text.lower()}"
    return f"user:{person.id}"


def _until(day: str) -> datetime | None:
    """The end of a day; none for what is no day."""
    try:
        return end_of(date.fromisoformat(day))
    except (ValueError, OverflowError):
        return None
