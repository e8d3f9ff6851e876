"""/api/alpha/admin: making an account, asking what is free, and whether this door works."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint

from service.forum.accounts.private_registration import AccountForm, MadeAccount, register_privately
from service.forum.accounts.queries.availability import availability, suggestions
from service.forum.accounts.queries.statistics import account_figures
from service.forum.errors import Conflict
from service.http.api.admin.contract import API, DisplayName, Email, Timezone, Username, moment
from service.http.api.admin.errors import FIELDS
from service.http.api.admin.guard import Call, guarded
from service.http.api.admin.limits import Kind
from service.http.context import resources
from service.storage.clock import utcnow

blueprint = Blueprint("api_admin_registration", __name__, url_prefix="/api/alpha/admin")


class AdminPrivateRegistrationRequest(msgspec.Struct, kw_only=True):
    """An account to be made."""

    username: Username
    email: Email
    display_name: DisplayName | None = None
    password: (
        Annotated[
            str, Meta(min_length=8, max_length=128, description="Without it one is made and shown once")
        ]
        | None
    ) = None
    auto_activate: Annotated[bool, Meta(description="False: the e-mail address is to be confirmed first")] = (
        True
    )
    send_welcome_email: bool = False
    bio: Annotated[str, Meta(max_length=5000, description="Markdown")] | None = None
    timezone: Timezone = "UTC"


class AdminPrivateRegistrationResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An account that was made; `generated_password` is shown now and never again."""

    user_id: int
    username: str
    email: str
    activation_required: bool
    message: str
    success: bool
    display_name: str
    generated_password: str | UnsetType = UNSET


class AdminUserValidationRequest(msgspec.Struct):
    """A name and an e-mail address that somebody would like to have."""

    username: Annotated[str, Meta(max_length=255)]
    email: Annotated[str, Meta(max_length=255)]


class AdminUserValidationResponse(msgspec.Struct):
    """Whether they could be had now, and names like it that could."""

    username_available: bool
    email_available: bool
    username_suggestions: list[str]
    validation_errors: dict[str, str]


class AdminHealthResponse(msgspec.Struct):
    """How this door is set, and whether the database answers."""

    private_registration: dict[str, Any]
    database: str
    statistics: dict[str, int]
    timestamp: datetime


@blueprint.post("/private_register")
@guarded(Kind.REGISTRATION, writes_its_entry=True)
@API.endpoint(status=201)
async def private_register(
    call: Call, body: AdminPrivateRegistrationRequest
) -> AdminPrivateRegistrationResponse:
    """Make an account.

    It is complete: with its keys and addresses for other servers, and with a letter to its owner where one is asked
    for and the site can send letters. Of two calls at the same instant with one name, one makes it and one is refused
    with `user_exists` and free names in `details.username_suggestions`.
    """
    call.target = body.username
    domain = resources().config.site.domain
    form = AccountForm(
        name=body.username,
        email=body.email,
        password=body.password,
        title=body.display_name or "",
        about=body.bio or "",
        timezone=body.timezone,
        active=body.auto_activate,
        welcome=body.send_welcome_email,
    )
    letters = resources().mail.is_configured
    try:
        made = await register_privately(
            resources().database, call.authority, form, domain=domain, letters=letters
        )
    except Conflict as refusal:
        if refusal.field == "name":
            async with resources().database.read() as db:
                free = await suggestions(db, body.username)
            refusal.details = {"username_suggestions": free}
        raise
    return AdminPrivateRegistrationResponse(
        user_id=made.account_id,
        username=made.name,
        email=made.email,
        activation_required=not made.active,
        message=_told(made, wanted=body.send_welcome_email or not body.auto_activate),
        success=True,
        display_name=made.title,
        generated_password=made.generated_password or UNSET,
    )


def _told(made: MadeAccount, *, wanted: bool) -> str:
    if made.letter is not None:
        return "Account created. Its owner will receive an email."
    if not wanted:
        return "Account created."
    if made.active:
        return "Account created. This site has no mail server, so no email was sent."
    return (
        "Account created. This site has no mail server, so no e-mail was sent: activate it with "
        f'PUT /api/alpha/admin/user/{made.account_id} and {{"verified": true}}.'
    )


@blueprint.post("/user/validate")
@guarded(Kind.LOOKUP)
@API.endpoint()
async def user_validate(call: Call, body: AdminUserValidationRequest) -> AdminUserValidationResponse:
    """Say whether a name and an e-mail address are free."""
    call.target = body.username
    async with resources().database.read() as db:
        found = await availability(db, body.username, body.email)
    problems = {FIELDS.get(field, field): words for field, words in found.problems.items()}
    return AdminUserValidationResponse(found.name_is_free, found.email_is_free, found.suggestions, problems)


@blueprint.get("/health")
@guarded(Kind.MONITORING)
@API.endpoint()
async def health() -> AdminHealthResponse:
    """Say how this door is set, and whether the database answers."""
    config = resources().config.private_registration
    async with resources().database.read() as db:
        figures = await account_figures(db)
    return AdminHealthResponse(
        {
            "enabled": config.enabled,
            "rate_limit_configured": resources().config.limits.enabled,
            "rate_limit": f"{config.rate_limit}/hour",
            "ip_whitelist_configured": bool(config.ips),
            "secret_rotation": bool(config.previous_secret),
            "mail_configured": resources().mail.is_configured,
        },
        "connected",
        {"local_users": figures.local, "registrations_today": figures.registered_today},
        moment(utcnow()),
    )
