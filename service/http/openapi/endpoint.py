"""What an endpoint takes and gives, read from its handler's signature: `viewer`, `query`, `body`, and what it returns.

Every door that is described decorates its handlers with `Api.endpoint`; `document` turns the same facts into an OpenAPI
document, so that the description cannot differ from what happens.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, cast, get_type_hints, is_typeddict

import msgspec
from quart import Response, request

from service.forum.accounts.viewer import signed_in
from service.http.answer import answer, body_as, query_as
from service.http.context import current_viewer
from service.http.doors import READS
from service.http.passing.bodies.policy import MOST_OF_TEXT, Policy, a_file, nothing, some_json, takes
from service.http.passing.idempotency_key import run_once
from service.http.passing.limits import limit

Handler = Callable[..., Awaitable[Any]]
View = Callable[..., Awaitable[Response]]
Media = Mapping[str, Mapping[str, Any]]

ATTRIBUTE = "described_endpoint"


class Endpoint(msgspec.Struct, frozen=True):
    """The facts of one endpoint.

    Attributes:
        api: the document that it belongs to.
        summary, description: the first line, and the rest, of the handler's docstring.
        personal: whether it is for people who are signed in.
        limited: how often it may be called, as a key of config's section [limits]; None is without a limit of its own.
        query, body: structs that the query string and the JSON body are read as.
        answer: the struct or typed dictionary of the JSON answer; None where there is none.
        status: of success.
        refusals: the statuses of its refusals.
        media: further types of the answer, with their schemas.
        forms: types of a body that the handler reads itself, with their schemas.
    """

    api: "Api"
    summary: str
    description: str
    personal: bool
    limited: str | None
    query: type | None
    body: type | None
    answer: type | None
    status: int
    refusals: tuple[int, ...]
    media: Media
    forms: Media


class Api(msgspec.Struct, frozen=True):
    """What the endpoints of one document have in common.

    Attributes:
        title, version, description: of the document.
        tag: the group that the endpoints stand in; None groups them by their blueprints.
        error: the struct of every refusal's JSON.
        refusals: what each status of a refusal means.
        always: the statuses that any endpoint may answer with.
        schemes: OpenAPI's security schemes by name, of which a call needs one.
        public: whether a call needs one for what is personal only.
    """

    title: str
    version: str
    description: str
    tag: str | None
    error: type
    refusals: Mapping[int, str]
    always: tuple[int, ...]
    schemes: Media
    public: bool = False

    def endpoint(
        self,
        *refusals: int,
        status: int = 200,
        limited: str | None = None,
        largest: int = MOST_OF_TEXT,
        gives: type | None = None,
        media: Media | None = None,
        forms: Media | None = None,
    ) -> Callable[[Handler], View]:
        """Make a view of a handler.

        A handler with a parameter `viewer` is for people who are signed in, and gets who asks. Its parameter `query` is
        read from the query string and `body` from the JSON body, both as the struct of their annotation; all others
        are parts of the path, or given by what wraps the view. A returned struct or typed dictionary becomes
        JSON; a Response stays as it is. What changes something in somebody's name does it once for each
        Idempotency-Key.

        Parameters:
            refusals: statuses of refusals beside those of `always`.
            status: of success.
            limited: a key of config's section [limits]; every call counts.
            largest: bytes of a JSON body.
            gives: the kind of the answer's JSON, where the handler makes the Response itself.
            media: further types of the answer, with their schemas.
            forms: types of a body that the handler reads itself, with their schemas.
        """

        def decorate(handler: Handler) -> View:
            hints = get_type_hints(handler)
            facts = Endpoint(
                self,
                *_words_of(handler),
                "viewer" in hints,
                limited,
                hints.get("query"),
                hints.get("body"),
                gives or _described(hints.get("return")),
                status,
                tuple(sorted({*self.always, *refusals})),
                media or {},
                forms or {},
            )

            @wraps(handler)
            async def view(**path: Any) -> Response:
                read = await _read(facts)

                async def carry_out() -> Response:
                    given = await handler(**path, **read)
                    return given if isinstance(given, Response) else answer(given, facts.status)

                if facts.personal and request.method not in READS:
                    return await run_once(read["viewer"], carry_out)
                return await carry_out()

            setattr(view, ATTRIBUTE, facts)
            return takes(_policy_of(facts, largest))(view)

        return decorate


def facts_of(view: Callable[..., Any] | None) -> Endpoint | None:
    """Return the facts of a view; None if it is not described."""
    return cast("Endpoint | None", getattr(view, ATTRIBUTE, None))


async def _read(facts: Endpoint) -> dict[str, Any]:
    """Return who asks and what for: refused first for who it is, then for how often, then for what was sent."""
    read: dict[str, Any] = {}
    if facts.personal:
        read["viewer"] = signed_in(current_viewer())
    if facts.limited is not None:
        await limit(facts.limited)
    if facts.query is not None:
        read["query"] = query_as(facts.query)
    if facts.body is not None:
        read["body"] = await body_as(facts.body)
    return read


def _policy_of(facts: Endpoint, largest: int) -> Policy:
    if facts.forms:
        return a_file()
    if facts.body is not None:
        return some_json(largest, personal=facts.personal)
    return nothing(personal=facts.personal)


def _words_of(handler: Handler) -> tuple[str, str]:
    summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n")
    return summary, description.strip()


def _described(returned: Any) -> type | None:
    is_struct = isinstance(returned, type) and issubclass(returned, msgspec.Struct)
    return returned if is_struct or is_typeddict(returned) else None
