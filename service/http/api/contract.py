"""What the endpoints for apps have in common: their description, their refusals, and the answer that says nothing."""

from typing import TypedDict

import msgspec

from service.http.compatibility import VERSION
from service.http.openapi.endpoint import Api


class ClientError(msgspec.Struct, omit_defaults=True):
    """A refusal.

    Attributes:
        code, status: the HTTP status as a number and in words.
        message: a sentence for people, or a word that apps compare with.
        errors: under "json", a sentence for each field at fault.
    """

    code: int
    message: str
    status: str
    errors: dict[str, dict[str, str]] = {}


class Done(TypedDict):
    """It is done; there is nothing more to say."""


API = Api(
    title="Pieloop: the API for apps",
    version=VERSION,
    description=(
        "Reading, writing, voting, moderating. It speaks as PieFed does. "
        "Sign in at /api/alpha/user/login and send the token with every call. "
        "What is sent again with the same Idempotency-Key is not done again, and answered as it was the first time."
    ),
    tag=None,
    error=ClientError,
    refusals={
        400: "Not signed in, not allowed, not found, or a value breaks a rule; `message` and `errors` say which",
        404: "The site does not offer this",
        408: "The request took too long to arrive",
        413: "The request is too large",
        415: "The request is of a kind that this address does not take",
        429: "Too often; Retry-After says when to come back",
        503: "Too much at once, or the database is away; Retry-After says when to come back",
        507: "There is no room left for images",
    },
    always=(400, 408, 413, 415, 429, 503),
    schemes={"Token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    public=True,
)
