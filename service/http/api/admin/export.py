"""/api/alpha/admin: all accounts at once, streamed in batches, as CSV or JSON."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from service.forum.accounts.queries.directory import DirectoryFilter, batch_of_accounts
from service.forum.errors import Invalid
from service.http.answer import JSON
from service.http.api.admin.contract import API
from service.http.api.admin.guard import guarded
from service.http.api.admin.limits import Kind
from service.http.api.admin.users import AdminUserInfo, user_info
from service.http.context import resources
from service.lifecycle import Resources
from service.storage.clock import utcnow

blueprint = Blueprint("api_admin_export", __name__, url_prefix="/api/alpha/admin")

BATCH = 500
LONGEST = 3600  # seconds that a whole export may take to be fetched
CSV = "text/csv"
FIELDS = AdminUserInfo.__struct_fields__
DEFAULT_FIELDS = (
    "id",
    "username",
    "email",
    "display_name",
    "created_at",
    "last_seen",
    "is_verified",
    "is_banned",
)

# A spreadsheet takes a cell that begins so for a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportFilters(msgspec.Struct, frozen=True):
    """As for the list of accounts."""

    local_only: bool = True
    verified: bool | None = None
    active: bool | None = None
    search: Annotated[str, Meta(max_length=100)] = ""
    last_seen_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None


class AdminUserExportRequest(msgspec.Struct, kw_only=True):
    """Which accounts, which of their fields, and in which form."""

    format: Literal["csv", "json"] = "csv"
    export_fields: (
        Annotated[list[str], Meta(max_length=50, description=f"Some of: {', '.join(FIELDS)}")] | None
    ) = None
    filters: ExportFilters = ExportFilters()


class AdminUserExportResponse(msgspec.Struct):
    """An export in JSON; what is known only at its end, stands at its end."""

    success: bool
    format: str
    users: list[dict[str, Any]]
    total_records: int
    message: str


@blueprint.post("/users/export")
@guarded(Kind.BULK)
@API.endpoint(gives=AdminUserExportResponse, media={CSV: {"type": "string"}})
async def users_export(body: AdminUserExportRequest) -> Response:
    """Export accounts, as a file that begins to arrive at once, however many there are.

    In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    fields = _checked(body.export_fields)
    wanted = DirectoryFilter(
        local_only=body.filters.local_only,
        verified=body.filters.verified,
        active=body.filters.active,
        search=body.filters.search.strip(),
        last_seen_days=body.filters.last_seen_days,
    )
    writer = _as_csv if body.format == "csv" else _as_json
    response = Response(
        writer(_batches(resources(), wanted, fields), fields),
        content_type=f"{CSV}; charset=utf-8" if body.format == "csv" else JSON,
        headers={
            "Content-Disposition": f'attachment; filename="users-{utcnow():%Y%m%d-%H%M%S}.{body.format}"',
            "Cache-Control": "no-store",
        },
    )
    response.timeout = LONGEST
    return response


def _checked(fields: list[str] | None) -> tuple[str, ...]:
    unknown = sorted(set(fields or ()) - set(FIELDS))
    if unknown:
        raise Invalid(
            {"export_fields": f"The field {unknown[0][:50]} doesn't exist. Choose from {', '.join(FIELDS)}."}
        )
    return tuple(dict.fromkeys(fields or DEFAULT_FIELDS))


async def _batches(
    opened: Resources, wanted: DirectoryFilter, fields: tuple[str, ...]
) -> AsyncIterator[list[list[Any]]]:
    """Yield the accounts, some hundreds at a time; no connection is held while they are sent."""
    after = 0
    while True:
        async with opened.database.read() as db:
            rows = await batch_of_accounts(db, wanted, after=after, size=BATCH)
        if not rows:
            return
        infos = [user_info(row) for row in rows]
        yield [[getattr(info, field) for field in fields] for info in infos]
        after = rows[-1].id


async def _as_csv(batches: AsyncIterator[list[list[Any]]], fields: tuple[str, ...]) -> AsyncIterator[bytes]:
    yield _lines([fields])
    async for batch in batches:
        yield _lines([[cell(value) for value in values] for values in batch])


def _lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """Return a value as it stands in CSV, inert."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(FORMULA_STARTS) else text


async def _as_json(batches: AsyncIterator[list[list[Any]]], fields: tuple[str, ...]) -> AsyncIterator[bytes]:
    total = 0
    yield b'{"success": true, "format": "json", "users": ['
    async for batch in batches:
        objects = [msgspec.json.encode(dict(zip(fields, values, strict=True))) for values in batch]
        yield (b"," if total else b"") + b",\n".join(objects)
        total += len(objects)
    yield b'], "total_records": %d, "message": "%d accounts."}' % (total, total)
