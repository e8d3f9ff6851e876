"""/api/alpha/admin: applications for an account, for the apps of administrators; PieFed's own contract."""

from functools import partial
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint, request

from service.forum.accounts import operations, queries
from service.forum.accounts.queries import Application
from service.forum.accounts.rules import APPLICATION_APPROVED
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.http.answer import Id, PageNumber, PageSize
from service.http.api.admin.contract import APPLICATIONS
from service.http.api.shapes.people import Person, author_shape
from service.http.api.shapes.values import moment
from service.http.context import current_viewer, resources
from service.http.passing.visitors import client_address

blueprint = Blueprint(
    "api_admin_applications", __name__, url_prefix="/api/alpha/admin/registration_application"
)


class RegistrationListQuery(msgspec.Struct):
    """Which applications."""

    limit: PageSize = 30
    page: PageNumber = 1
    pending_only: bool = True
    sort: Literal["Old", "New"] = "New"


class RegistrationApproveRequest(msgspec.Struct):
    """The decision on an account's application."""

    user_id: Id
    approve: bool


class UserRegistration(msgspec.Struct):
    """An application for an account."""

    answer: str | None
    email: str | None
    ip_address: str | None
    status: Literal["approved", "awaiting review"]
    user_id: int
    user_name: str
    applied_at: str
    approved_at: str | UnsetType = UNSET
    approved_by: Person | UnsetType = UNSET


class GetRegistrationListResponse(msgspec.Struct):
    """A page of applications."""

    registrations: list[UserRegistration]


class RegistrationDecided(msgspec.Struct):
    """The decision is carried out."""

    success: bool


@blueprint.get("/list")
@APPLICATIONS.endpoint()
async def registration_application_list(query: RegistrationListQuery) -> GetRegistrationListResponse:
    """List applications for an account, for whoever may decide on them."""
    _may_decide()
    async with resources().database.read() as db:
        found = await queries.applications(
            db,
            waiting_only=query.pending_only,
            newest_first=query.sort == "New",
            page=query.page,
            size=query.limit,
        )
        deciders = await queries.authors(db, [row.decided_by for row in found.items if row.decided_by])
    origin = resources().config.site.base_url
    shown = {row.id: author_shape(origin, row) for row in deciders}
    return GetRegistrationListResponse([_shape(row, shown.get(row.decided_by or 0)) for row in found.items])


@blueprint.put("/approve")
@APPLICATIONS.endpoint()
async def registration_application_approve(body: RegistrationApproveRequest) -> RegistrationDecided:
    """Let an applicant in, or refuse the application: then it and its account are gone."""
    viewer = _may_decide()
    domain = resources().config.site.domain
    decide = partial(operations.approve, domain=domain) if body.approve else operations.deny
    async with resources().database.read() as db:
        application_id = await queries.waiting_application_of(db, body.user_id)
    await resources().database.write(decide, viewer, application_id, address=client_address(request))
    return RegistrationDecided(success=True)


def _may_decide() -> Viewer:
    return signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))


def _shape(row: Application, decider: Person | None) -> UserRegistration:
    approved = row.status == APPLICATION_APPROVED
    return UserRegistration(
        row.answer,
        row.email or None,
        row.address or None,
        "approved" if approved else "awaiting review",
        row.account_id,
        row.name,
        moment(row.created_at),
        moment(row.decided_at) if row.decided_at else UNSET,
        UNSET if decider is None else decider,
    )
