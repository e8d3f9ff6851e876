"""/api/alpha/admin: figures about accounts and registrations."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint

from service.forum.accounts.queries.statistics import account_figures, registration_figures
from service.http.api.admin.contract import API, moment
from service.http.api.admin.guard import guarded
from service.http.api.admin.limits import Kind
from service.http.context import resources
from service.storage.clock import utcnow

blueprint = Blueprint("api_admin_statistics", __name__, url_prefix="/api/alpha/admin/stats")


class AdminUserStatsResponse(msgspec.Struct):
    """Accounts that are not deleted; all but the total and the remote ones are local."""

    total_users: int
    local_users: int
    remote_users: int
    verified_users: int
    banned_users: int
    active_24h: int
    active_7d: int
    active_30d: int
    registrations_today: int
    registrations_7d: int
    registrations_30d: int
    timestamp: datetime


class AdminRegistrationStatsRequest(msgspec.Struct):
    """How many days, today included."""

    days: Annotated[int, Meta(ge=1, le=365)] = 30
    include_hourly: bool = False


class DayOfRegistrations(msgspec.Struct):
    """Registrations of one day (UTC)."""

    date: str
    total: int
    private: int
    public: int


class HourOfRegistrations(msgspec.Struct):
    """Registrations of all the days in one hour of the day (UTC)."""

    hour: int
    total: int


class AdminRegistrationStatsResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Registrations, those by this API and by the site's own form apart."""

    period_days: int
    total_registrations: int
    private_registrations: int
    public_registrations: int
    daily_breakdown: list[DayOfRegistrations]
    hourly_breakdown: list[HourOfRegistrations] | UnsetType = UNSET
    timestamp: datetime


@blueprint.get("/users")
@guarded(Kind.STATISTICS)
@API.endpoint()
async def stats_users() -> AdminUserStatsResponse:
    """Count accounts."""
    async with resources().database.read() as db:
        found = await account_figures(db)
    return AdminUserStatsResponse(
        total_users=found.total,
        local_users=found.local,
        remote_users=found.remote,
        verified_users=found.verified,
        banned_users=found.banned,
        active_24h=found.active_day,
        active_7d=found.active_week,
        active_30d=found.active_month,
        registrations_today=found.registered_today,
        registrations_7d=found.registered_week,
        registrations_30d=found.registered_month,
        timestamp=moment(utcnow()),
    )


@blueprint.get("/registrations")
@guarded(Kind.STATISTICS)
@API.endpoint()
async def stats_registrations(query: AdminRegistrationStatsRequest) -> AdminRegistrationStatsResponse:
    """Count registrations day by day, and by the hour of the day where that is asked for."""
    async with resources().database.read() as db:
        found = await registration_figures(db, query.days)
    hours = [HourOfRegistrations(hour, count) for hour, count in enumerate(found.hours)]
    return AdminRegistrationStatsResponse(
        period_days=query.days,
        total_registrations=found.private + found.public,
        private_registrations=found.private,
        public_registrations=found.public,
        daily_breakdown=[
            DayOfRegistrations(day.day, day.private + day.public, day.private, day.public)
            for day in found.days
        ],
        hourly_breakdown=hours if query.include_hourly else UNSET,
        timestamp=moment(utcnow()),
    )
