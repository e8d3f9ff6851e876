"""/api/alpha/admin: the accounts, one account, and changes to its profile."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint

from service.forum.accounts import operations
from service.forum.accounts.choices import DirectorySort
from service.forum.accounts.queries.directory import (
    AccountRow,
    DirectoryFilter,
    account_by,
    directory,
)
from service.forum.errors import Invalid, NotFound
from service.http.answer import MOST
from service.http.api import words
from service.http.api.admin.contract import (
    API,
    DisplayName,
    Email,
    PageLength,
    PageNumber,
    Timezone,
    moment,
)
from service.http.api.admin.guard import Call, guarded
from service.http.api.admin.limits import Kind
from service.http.context import resources

blueprint = Blueprint("api_admin_users", __name__, url_prefix="/api/alpha/admin")


class AdminUserListRequest(msgspec.Struct):
    """Which accounts, in which order, and which page of them."""

    local_only: bool = True
    verified: bool | None = None
    active: Annotated[bool, Meta(description="Neither banned nor disabled")] | None = None
    search: Annotated[str, Meta(max_length=100, description="A part of a name or e-mail address")] = ""
    sort: words.DirectorySort = "created_desc"
    page: PageNumber = 1
    limit: PageLength = 50
    last_seen_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None


class AdminUserLookupRequest(msgspec.Struct):
    """One of the three."""

    username: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    email: Email | None = None
    id: Annotated[int, Meta(ge=1, le=MOST)] | None = None


class AdminUserInfo(msgspec.Struct):
    """An account."""

    id: int
    username: str
    email: str
    display_name: str
    created_at: datetime
    last_seen: datetime | None
    is_verified: bool
    is_banned: bool
    banned_until: datetime | None
    is_disabled: bool
    is_admin: bool
    is_local: bool
    post_count: int
    comment_count: int
    reputation: int
    bio: str


class AdminUserListPagination(msgspec.Struct):
    """Which page this is, and of how many."""

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class AdminUserListResponse(msgspec.Struct):
    """A page of accounts."""

    users: list[AdminUserInfo]
    pagination: AdminUserListPagination


class AdminUserLookupResponse(msgspec.Struct):
    """The account, where there is one."""

    found: bool
    user: AdminUserInfo | UnsetType = UNSET


class AdminUserUpdateRequest(msgspec.Struct, kw_only=True):
    """What is to be changed; what is missing, or null, stays as it is."""

    display_name: DisplayName | None = None
    bio: Annotated[str, Meta(max_length=2000, description="Markdown")] | None = None
    timezone: Timezone | None = None
    email: Email | None = None
    verified: Annotated[bool, Meta(description="Whether the e-mail address counts as confirmed")] | None = (
        None
    )
    newsletter: bool | None = None
    searchable: bool | None = None


class AdminUserUpdateResponse(msgspec.Struct):
    """What was changed."""

    success: bool
    user_id: int
    message: str
    updated_fields: list[str]


# The API's names -> those of the operation.
_COLUMNS = {"display_name": "title", "bio": "about"}


@blueprint.get("/users")
@guarded(Kind.LOOKUP)
@API.endpoint()
async def users(query: AdminUserListRequest) -> AdminUserListResponse:
    """List accounts, with filters, in an order, page by page.

    Deleted accounts are in no list.
    """
    wanted = DirectoryFilter(
        local_only=query.local_only,
        verified=query.verified,
        active=query.active,
        search=query.search.strip(),
        last_seen_days=query.last_seen_days,
    )
    async with resources().database.read() as db:
        sort = DirectorySort.named(query.sort, DirectorySort.NEWEST)
        found = await directory(db, wanted, sort=sort, page=query.page, size=query.limit)
    return AdminUserListResponse(
        [user_info(row) for row in found.accounts], pagination(query.page, query.limit, found.total)
    )


@blueprint.get("/user/lookup")
@guarded(Kind.LOOKUP)
@API.endpoint()
async def user_lookup(call: Call, query: AdminUserLookupRequest) -> AdminUserLookupResponse:
    """Find one account by its name, its e-mail address or its id."""
    if query.username is None and query.email is None and query.id is None:
        raise Invalid({"username": "Give a username, an email or an id."})
    call.target = query.username or query.email or f"user:{query.id}"
    async with resources().database.read() as db:
        try:
            row = await account_by(
                db, account_id=query.id, name=query.username or "", email=query.email or ""
            )
        except NotFound:
            return AdminUserLookupResponse(found=False)
    return AdminUserLookupResponse(found=True, user=user_info(row))


@blueprint.put("/user/<int:user_id>")
@guarded(Kind.CHANGE, writes_its_entry=True)
@API.endpoint(404)
async def user_update(call: Call, user_id: int, body: AdminUserUpdateRequest) -> AdminUserUpdateResponse:
    """Change the profile of an account, its e-mail address, or whether that counts as confirmed."""
    sent = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}
    changes = {_COLUMNS.get(name, name): value for name, value in sent.items()}
    await resources().database.write(
        operations.update_account, call.authority, user_id, changes, domain=resources().config.site.domain
    )
    message = "Account updated." if sent else "Nothing was changed."
    return AdminUserUpdateResponse(True, user_id, message, sorted(sent))


def user_info(row: AccountRow) -> AdminUserInfo:
    """Return an account as this API shows one."""
    return AdminUserInfo(
        row.id,
        row.address,
        row.email,
        row.title,
        moment(row.created),
        moment(row.last_seen) if row.last_seen else None,
        row.verified,
        row.banned,
        moment(row.banned_until) if row.banned and row.banned_until else None,
        row.disabled,
        row.is_admin,
        row.local,
        row.posts,
        row.comments,
        row.reputation,
        row.about,
    )


def pagination(page: int, limit: int, total: int) -> AdminUserListPagination:
    """Return what a page says of itself."""
    pages = -(-total // limit)
    return AdminUserListPagination(page, limit, total, pages, page < pages, page > 1)
