"""/api/alpha/admin: how this door and what it needs are, what was called, what is left of the limits, who did what."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request
from redis.exceptions import RedisError

from service.forum import audit
from service.forum.accounts.queries.statistics import AccountFigures, account_figures
from service.forum.audit import AuditFilter, Tally
from service.http.answer import answer
from service.http.api.admin.contract import API, PageLength, PageNumber, moment, naive
from service.http.api.admin.guard import guarded
from service.http.api.admin.limits import HOUR, Kind, look
from service.http.api.admin.users import AdminUserListPagination, pagination
from service.http.context import resources
from service.http.passing.visitors import client_address
from service.http.passing.windows import UNAVAILABLE, Allowance
from service.storage.clock import utcnow
from service.storage.transaction import StorageError
from service.telemetry.families import Family, Sample, exposition

blueprint = Blueprint("api_admin_monitoring", __name__, url_prefix="/api/alpha/admin")

PATIENCE = 1.0  # seconds for each part to answer
PLAIN = "text/plain"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class CallFigure(msgspec.Struct):
    """How often an operation ended so."""

    operation: str
    result: str
    last_hour: int
    last_day: int


class AdminMetrics(msgspec.Struct):
    """What was called lately, counted from the audit log: the same in every process, and after a restart."""

    calls: list[CallFigure]
    refused_share_last_day: float
    local_users: int
    registrations_today: int
    timestamp: datetime


class Check(msgspec.Struct, omit_defaults=True):
    """How one part is."""

    status: Literal["healthy", "unhealthy", "not_configured"]
    milliseconds: float | None = None


class AdminMonitoringHealth(msgspec.Struct):
    """How all parts are; `degraded` where one that is needed does not answer."""

    status: Literal["healthy", "degraded"]
    checks: dict[str, Check]
    timestamp: datetime


class LimitState(msgspec.Struct):
    """What the calling address has used of one limit."""

    limit: int
    window_seconds: int
    used: int
    remaining: int
    reset_time: datetime | None


class AdminRateLimits(msgspec.Struct):
    """The limits, and what the calling address has used of them."""

    enabled: bool
    client_ip: str
    limits: dict[str, LimitState]
    timestamp: datetime


class AdminAuditRequest(msgspec.Struct, kw_only=True):
    """Which entries, and which page of them; what is missing asks for all."""

    operation: Annotated[str, Meta(max_length=60)] = ""
    result: Annotated[str, Meta(max_length=60, description="done, or the word of a refusal")] = ""
    performed_by: Annotated[str, Meta(max_length=255)] = ""
    target: Annotated[str, Meta(max_length=255, description="Such as user:12")] = ""
    client_ip: Annotated[str, Meta(max_length=50)] = ""
    since: datetime | None = None
    until: datetime | None = None
    page: PageNumber = 1
    limit: PageLength = 50


class AuditItem(msgspec.Struct):
    """One call."""

    id: int
    timestamp: datetime
    operation: str
    result: str
    performed_by: str
    performed_by_id: int | None
    client_ip: str
    target: str
    details: dict[str, Any]


class AdminAuditResponse(msgspec.Struct):
    """A page of the audit log, the newest first."""

    entries: list[AuditItem]
    pagination: AdminUserListPagination


@blueprint.get("/metrics")
@guarded(Kind.MONITORING)
@API.endpoint(gives=AdminMetrics, media={PLAIN: {"type": "string"}})
async def metrics() -> Response:
    """Count what was called lately: as JSON, or for Prometheus where the request accepts text/plain rather."""
    async with resources().database.read() as db:
        calls = await audit.tally(db)
        figures = await account_figures(db)
    accepted = request.accept_mimetypes
    if accepted[PLAIN] > accepted["application/json"]:
        return Response(_for_prometheus(calls, figures), content_type=PROMETHEUS)
    total = sum(one.last_day for one in calls)
    refused = sum(one.last_day for one in calls if one.result != audit.DONE)
    return answer(
        AdminMetrics(
            [CallFigure(one.action, one.result, one.last_hour, one.last_day) for one in calls],
            refused / total if total else 0.0,
            figures.local,
            figures.registered_today,
            moment(utcnow()),
        )
    )


def _for_prometheus(calls: list[Tally], figures: AccountFigures) -> bytes:
    name = "pieloop_admin_calls_last_hour"
    samples = [Sample(name, {"operation": one.action, "result": one.result}, one.last_hour) for one in calls]
    users = "pieloop_admin_users"
    kinds = {"local": figures.local, "verified": figures.verified, "banned": figures.banned}
    return exposition(
        [
            Family(name, "Calls of the administrator's API within the last hour.", "gauge", samples),
            Family(
                users,
                "Local accounts, by kind.",
                "gauge",
                [Sample(users, {"kind": kind}, count) for kind, count in kinds.items()],
            ),
        ]
    )


@blueprint.get("/monitoring/health")
@guarded(Kind.MONITORING)
@API.endpoint()
async def monitoring_health() -> AdminMonitoringHealth:
    """Ask every part that this door needs for a sign of life."""
    opened = resources()
    database, redis, limits = await asyncio.gather(
        _check(opened.database.ping), _check(opened.redis.ping), _check(lambda: look(Kind.MONITORING))
    )
    checks = {
        "database": database,
        "redis": redis,
        "rate_limiting": limits if opened.config.limits.enabled else Check("not_configured"),
        "mail": Check("healthy" if opened.mail.is_configured else "not_configured"),
        "api": Check("healthy"),
    }
    ill = any(check.status == "unhealthy" for check in checks.values())
    return AdminMonitoringHealth("degraded" if ill else "healthy", checks, moment(utcnow()))


async def _check(ask: Callable[[], Awaitable[Any]]) -> Check:
    begun = perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            await ask()
    except (StorageError, RedisError, OSError):  # a TimeoutError is an OSError
        return Check("unhealthy")
    return Check("healthy", round((perf_counter() - begun) * 1000, 2))


@blueprint.get("/monitoring/rate-limits")
@guarded(Kind.MONITORING)
@API.endpoint()
async def monitoring_rate_limits() -> AdminRateLimits:
    """Say how often the calling address may do what, and how much of that it has used within the last hour."""
    enabled = resources().config.limits.enabled
    found: dict[str, LimitState] = {}
    for kind in Kind:
        found[kind.word] = await _state_of(kind)
    return AdminRateLimits(enabled, client_address(request), found, moment(utcnow()))


async def _state_of(kind: Kind) -> LimitState:
    most = kind.most(resources().config.private_registration)
    try:
        allowance = await look(kind)
    except UNAVAILABLE:
        allowance = Allowance(True, most, 0, 0.0, 0)
    reset = datetime.fromtimestamp(allowance.reset_at, UTC) if allowance.used else None
    return LimitState(most, HOUR, allowance.used, allowance.remaining, reset)


@blueprint.get("/monitoring/audit")
@guarded(Kind.MONITORING)
@API.endpoint()
async def monitoring_audit(query: AdminAuditRequest) -> AdminAuditResponse:
    """Show who did, or was refused, what, from where and to whom."""
    wanted = AuditFilter(
        action=query.operation,
        result=query.result,
        by=query.performed_by,
        target=query.target,
        address=query.client_ip,
        since=naive(query.since, "since") if query.since else None,
        until=naive(query.until, "until") if query.until else None,
    )
    async with resources().database.read() as db:
        found = await audit.trail(db, wanted, page=query.page, size=query.limit)
    items = [
        AuditItem(
            row.id,
            moment(row.created_at),
            row.action,
            row.result,
            row.by,
            row.by_id,
            row.address,
            row.target,
            row.details,
        )
        for row in found.entries
    ]
    return AdminAuditResponse(items, pagination(query.page, query.limit, found.total))
