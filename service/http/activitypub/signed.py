"""A request as its signature sees it."""

from typing import Any, cast

from quart import request

from service.federation.signatures.request import Received
from service.http.context import resources


def received() -> Received:
    """Return the present request as it was sent; the body of a POST has been read."""
    return Received(
        method=request.method,
        target=target_of(request.scope),
        scheme=resources().config.site.web_scheme,
        headers=headers_of(request.scope),
        body=request.content.data if request.method == "POST" else b"",  # type: ignore[attr-defined]
    )


def target_of(scope: Any) -> str:
    """Return path and query as they were sent: they are signed as they stand."""
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return cast("bytes", path + b"?" + query if query else path).decode("latin-1")


def headers_of(scope: Any) -> dict[str, str]:
    """Return the headers by their names in lower case; several of one name are joined."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
