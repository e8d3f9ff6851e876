"""What the endpoints of this API have in common: its description, its refusals, the moments in its answers."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.forum.errors import Invalid
from service.http.api.admin.errors import AdminError
from service.http.api.admin.guard import HEADER
from service.http.openapi.endpoint import Api

API = Api(
    title="Pieloop: private registration and administration",
    version="1.2",
    description=(
        "By this API another system makes and manages accounts. It is off unless the site's administrator has "
        "switched it on. "
        "Every call needs the secret; every call is limited in how often, and written to the audit log."
    ),
    tag="Admin",
    error=AdminError,
    refusals={
        400: "A value breaks a rule, or it is already as it was to become",
        401: "The secret is missing or wrong",
        403: "Switched off, from a network that may not, or an account that may not be touched",
        404: "There is no such account",
        408: "The request took too long to arrive",
        413: "The request is too large",
        415: "The request is of a kind that this address does not take",
        429: "Too often; Retry-After says when to come back",
        503: "Too much at once, or PostgreSQL or Redis is away; Retry-After says when to come back",
    },
    always=(400, 401, 403, 408, 413, 415, 429, 503),
    schemes={
        "Secret": {"type": "apiKey", "in": "header", "name": HEADER},
    },
)


class ClientError(msgspec.Struct):
    """A refusal, as the API for apps words it."""

    code: int
    message: str
    status: str
    errors: dict[str, Any] = {}


# PieFed's own, in the same place: for apps of administrators, who have a token and no secret.
APPLICATIONS = Api(
    title=API.title,
    version=API.version,
    description="Applications for an account",
    tag="Applications",
    error=ClientError,
    refusals={**API.refusals, 400: "Not signed in, not allowed, a value breaks a rule, or nothing waits"},
    always=(400, 408, 413, 415, 429, 503),
    schemes={"AdministratorToken": {"type": "http", "scheme": "bearer"}},
)

Username = Annotated[str, Meta(min_length=3, max_length=50, description="Letters a to z, digits and _")]
Email = Annotated[str, Meta(max_length=255, extra_json_schema={"format": "email"})]
DisplayName = Annotated[str, Meta(min_length=1, max_length=100)]
Timezone = Annotated[
    str, Meta(max_length=50, description="A name of the IANA database, such as Europe/Berlin")
]
Reason = Annotated[str, Meta(min_length=1, max_length=500, description="For the log, and for the letter")]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
PageLength = Annotated[int, Meta(ge=1, le=100)]


def moment(when: datetime) -> datetime:
    """Return a naive UTC time as one that says so in JSON."""
    return when.replace(tzinfo=UTC)


def naive(when: datetime, field: str) -> datetime:
    """Return a time that a caller sent as naive UTC; without a zone it is taken for UTC.

    Raises:
        Invalid: it is none that the database can hold.
    """
    try:
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
    except OverflowError as error:
        raise Invalid({field: "This date is out of range."}) from error
