"""A request as its signature sees it."""

from quart import request

from service.federation.signatures.request import Received
from service.http.context import resources


def received() -> Received:
    """Return the present request as it was sent; the body of a POST has been read."""
    return Received(
        method=request.method,
        target=_target(),
        scheme=resources().config.site.web_scheme,
        headers=_headers(),
        body=request.content.data if request.method == "POST" else b"",  # type: ignore[attr-defined]
    )


def _target() -> str:
    """Return path and query as they were sent: they are signed as they stand."""
    scope = request.scope
    path = scope.get("raw_path") or request.path.encode()
    query = scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _headers() -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in request.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
