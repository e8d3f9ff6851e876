"""/api/alpha/admin: disabling, enabling, banning, unbanning and deleting accounts, one by one or many at once."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from quart import Blueprint, request

from service.forum.accounts import operations
from service.forum.accounts.bulk import ItemResult, Order, carry_out
from service.forum.accounts.operations import DONE_WORDS, Act, Action, DoneWord
from service.forum.errors import Invalid
from service.http.answer import MOST
from service.http.api.admin.contract import API, Reason, moment, naive
from service.http.api.admin.guard import Call, guarded
from service.http.api.admin.limits import Kind
from service.http.context import resources
from service.http.passing.idempotency_key import KEY, LONGEST_KEY
from service.storage.clock import utcnow

blueprint = Blueprint("api_admin_standing", __name__, url_prefix="/api/alpha/admin")


class AdminUserActionRequest(msgspec.Struct, kw_only=True):
    """Why, until when, and whether the owner is told."""

    reason: Reason | None = None
    expires_at: (
        Annotated[datetime, Meta(description="When a ban, or being disabled, ends by itself")] | None
    ) = None
    notify_user: Annotated[bool, Meta(description="Write to the owner")] = False


class AdminUserActionResponse(msgspec.Struct):
    """What was done."""

    success: bool
    user_id: int
    action: DoneWord
    message: str
    performed_by: str
    timestamp: datetime


class AdminBulkUserRequest(msgspec.Struct, kw_only=True):
    """One action on up to a hundred accounts."""

    operation: Action
    user_ids: Annotated[list[Annotated[int, Meta(ge=1, le=MOST)]], Meta(min_length=1, max_length=100)]
    reason: Reason | None = None
    notify_users: bool = False


class AdminBulkUserResponse(msgspec.Struct):
    """How it ended for each of them."""

    success: bool
    operation: str
    total_requested: int
    successful: int
    failed: int
    results: list[ItemResult]
    message: str


@blueprint.post("/user/<int:user_id>/disable")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_disable(call: Call, user_id: int, body: AdminUserActionRequest) -> AdminUserActionResponse:
    """Switch a local account off: nobody can sign in with it, and who is signed in is signed out."""
    return await _act(call, "disable", user_id, body)


@blueprint.post("/user/<int:user_id>/enable")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_enable(call: Call, user_id: int, body: AdminUserActionRequest) -> AdminUserActionResponse:
    """Switch an account on again."""
    return await _act(call, "enable", user_id, body)


@blueprint.post("/user/<int:user_id>/ban")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_ban(call: Call, user_id: int, body: AdminUserActionRequest) -> AdminUserActionResponse:
    """Ban an account, local or remote, from the site."""
    return await _act(call, "ban", user_id, body)


@blueprint.post("/user/<int:user_id>/unban")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_unban(call: Call, user_id: int, body: AdminUserActionRequest) -> AdminUserActionResponse:
    """Lift the ban of an account."""
    return await _act(call, "unban", user_id, body)


@blueprint.delete("/user/<int:user_id>")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_delete(call: Call, user_id: int, body: AdminUserActionRequest) -> AdminUserActionResponse:
    """Delete a local account.

    Personal details are deleted; its posts and comments stay, and so does its name, which nobody else will get.
    This cannot be undone.
    """
    return await _act(call, "delete", user_id, body)


@blueprint.post("/users/bulk")
@guarded(Kind.BULK, writes_its_entry=True)
@API.endpoint()
async def users_bulk(call: Call, body: AdminBulkUserRequest) -> AdminBulkUserResponse:
    """Do one thing to up to a hundred accounts; the answer says of each how it ended.

    With a header `Idempotency-Key` the call can be repeated without harm: it goes on where it was cut off, and tells
    the results of before.
    """
    key = request.headers.get(KEY, "")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid({KEY: f"A key has at most {LONGEST_KEY} printable characters."})
    act = Act(reason=body.reason or "", tell=body.notify_users and resources().mail.is_configured)
    order = Order(action=body.operation, account_ids=tuple(body.user_ids), act=act)
    results = await carry_out(resources().database, call.authority, order, key=key)
    done = sum(one.success for one in results)
    return AdminBulkUserResponse(
        success=done == len(results),
        operation=body.operation,
        total_requested=len(body.user_ids),
        successful=done,
        failed=len(results) - done,
        results=results,
        message=f"{done} of {len(results)} accounts {DONE_WORDS[body.operation]}.",
    )


async def _act(
    call: Call, action: Action, user_id: int, sent: AdminUserActionRequest
) -> AdminUserActionResponse:
    letters = resources().mail.is_configured
    act = Act(reason=sent.reason or "", until=_until(sent), tell=sent.notify_user and letters)
    await resources().database.write(operations.perform, call.authority, action, user_id, act)
    message = f"The account has been {DONE_WORDS[action]}."
    if sent.notify_user and not letters:
        message += " This site has no mail server, so its owner was not told."
    return AdminUserActionResponse(
        True, user_id, DONE_WORDS[action], message, call.authority.name, moment(utcnow())
    )


def _until(sent: AdminUserActionRequest) -> datetime | None:
    if sent.expires_at is None:
        return None
    until = naive(sent.expires_at, "expires_at")
    if until <= utcnow():
        raise Invalid({"expires_at": "This date is in the past."})
    return until
