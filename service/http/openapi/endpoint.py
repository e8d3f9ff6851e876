"""What an endpoint takes and gives, read from its handler's own signature: `query`, `body`, and what it returns.

Every door that is described decorates its handlers with `Api.endpoint`; `document` turns the same facts into an OpenAPI
document, so that the description cannot differ from what happens.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, cast, get_type_hints

import msgspec
from quart import Response

from service.http.api.answer import answer, body_as, query_as

Handler = Callable[..., Awaitable[Any]]
View = Callable[..., Awaitable[Response]]

ATTRIBUTE = "described_endpoint"


class Endpoint(msgspec.Struct, frozen=True):
    """The facts of one endpoint.

    Attributes:
        api: the document that it belongs to.
        summary, description: the first line, and the rest, of the handler's docstring.
        query, body: structs that the query string and the JSON body are read as.
        answer: the struct of the JSON answer; None where there is none.
        status: of success.
        refusals: the statuses of its refusals.
        media: further types of the answer, with their schemas.
    """

    api: "Api"
    summary: str
    description: str
    query: type | None
    body: type | None
    answer: type | None
    status: int
    refusals: tuple[int, ...]
    media: Mapping[str, Mapping[str, Any]]


class Api(msgspec.Struct, frozen=True):
    """What the endpoints of one document have in common.

    Attributes:
        title, version, description: of the document.
        tag: the group that the endpoints stand in.
        error: the struct of every refusal's JSON.
        refusals: what each status of a refusal means.
        always: the statuses that any endpoint may answer with.
        schemes: OpenAPI's security schemes by name, of which a call needs one.
    """

    title: str
    version: str
    description: str
    tag: str
    error: type
    refusals: Mapping[int, str]
    always: tuple[int, ...]
    schemes: Mapping[str, Mapping[str, Any]]

    def endpoint(
        self,
        *refusals: int,
        status: int = 200,
        gives: type | None = None,
        media: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Callable[[Handler], View]:
        """Make a view of a handler.

        The handler's parameter `query` is read from the query string and `body` from the JSON body, both as the
        struct of their annotation; all others are parts of the path. A returned struct becomes JSON; a Response stays
        as it is.

        Parameters:
            refusals: statuses of refusals beside those of `always`.
            status: of success.
            gives: the struct of the answer's JSON, where the handler makes the Response itself.
            media: further types of the answer, with their schemas.
        """

        def decorate(handler: Handler) -> View:
            facts = self._facts(handler, refusals, status, gives, media or {})

            @wraps(handler)
            async def view(**path: Any) -> Response:
                if facts.query is not None:
                    path["query"] = query_as(facts.query)
                if facts.body is not None:
                    path["body"] = await body_as(facts.body)
                given = await handler(**path)
                return given if isinstance(given, Response) else answer(given, facts.status)

            setattr(view, ATTRIBUTE, facts)
            return view

        return decorate

    def _facts(
        self,
        handler: Handler,
        refusals: tuple[int, ...],
        status: int,
        gives: type | None,
        media: Mapping[str, Mapping[str, Any]],
    ) -> Endpoint:
        hints = get_type_hints(handler)
        summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n")
        returned = gives or hints.get("return")
        return Endpoint(
            self,
            summary,
            description.strip(),
            hints.get("query"),
            hints.get("body"),
            returned if isinstance(returned, type) and issubclass(returned, msgspec.Struct) else None,
            status,
            tuple(sorted({*self.always, *refusals})),
            media,
        )


def facts_of(view: Callable[..., Any] | None) -> Endpoint | None:
    """Return the facts of a view; None if it is not described."""
    return cast("Endpoint | None", getattr(view, ATTRIBUTE, None))
