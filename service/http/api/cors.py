"""Apps in browsers come from anywhere: with a token, never with cookies."""

from quart import Quart, Response, request

ALLOWED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization, Accept, User-Agent, Idempotency-Key",
    "Access-Control-Expose-Headers": "Retry-After, Idempotent-Replayed",
    "Access-Control-Max-Age": "86400",
}
OPEN_PATHS = ("/api/", "/nodeinfo", "/.well-known/")


def register_cors(app: Quart) -> None:
    """Answer preflights, and let other origins read what the API answers."""
    app.before_request(answer_preflight)
    app.after_request(open_to_all)


async def answer_preflight() -> Response | None:
    """Answer OPTIONS of the API without asking who it is."""
    if request.method == "OPTIONS" and request.path.startswith(OPEN_PATHS):
        return Response("", 204)
    return None


async def open_to_all(response: Response) -> Response:
    """Set the headers that a browser asks for."""
    if request.path.startswith(OPEN_PATHS):
        response.headers.update(ALLOWED)
    return response
