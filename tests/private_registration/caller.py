"""Another system that calls the administrator's API, and the configurations that it meets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from quart import Response
from quart.typing import TestClientProtocol as Browser

from service.assembly import build_app
from service.config import Config, PrivateRegistrationConfig
from service.http.application import Application

PREFIX = "/api/alpha/admin"
HEADER = "X-PieFed-Secret"
SECRET = "0123456789abcdef0123456789abcdef"
PASSWORD = "correct horse battery"

# Every operation with the secret: its method, its path and a body that it takes.
OPERATIONS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "private_register": ("POST", "/private_register", {"username": "carol", "email": "carol@mail.example"}),
    "user_validate": ("POST", "/user/validate", {"username": "carol", "email": "carol@mail.example"}),
    "users": ("GET", "/users", None),
    "user_lookup": ("GET", "/user/lookup?username=ana", None),
    "health": ("GET", "/health", None),
    "user_update": ("PUT", "/user/{ana}", {"display_name": "Ana Ng"}),
    "user_disable": ("POST", "/user/{ana}/disable", {"reason": "on leave"}),
    "user_enable": ("POST", "/user/{ana}/enable", {}),
    "user_ban": ("POST", "/user/{ana}/ban", {"reason": "spam"}),
    "user_unban": ("POST", "/user/{ana}/unban", {}),
    "users_bulk": ("POST", "/users/bulk", {"operation": "disable", "user_ids": ["{ana}"]}),
    "stats_users": ("GET", "/stats/users", None),
    "stats_registrations": ("GET", "/stats/registrations?days=7&include_hourly=true", None),
    "users_export": ("POST", "/users/export", {"format": "json"}),
    "metrics": ("GET", "/metrics", None),
    "monitoring_health": ("GET", "/monitoring/health", None),
    "monitoring_rate_limits": ("GET", "/monitoring/rate-limits", None),
    "monitoring_audit": ("GET", "/monitoring/audit", None),
    "user_delete": ("DELETE", "/user/{ana}", {"reason": "asked for it"}),
}


class Caller:
    """The other system.

    Parameters:
        secret: what it shows; None for nothing.
        address: where the connection comes from.
        headers: what else it sends.
    """

    def __init__(
        self,
        client: Browser,
        secret: str | None = SECRET,
        address: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.client, self.address = client, address
        self.headers = ({} if secret is None else {HEADER: secret}) | (headers or {})

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Send a request."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Response = await self.client.open(
            PREFIX + path,
            method=method,
            headers=self.headers | more,
            scope_base={"client": (self.address, 1)},
            **({} if body is None else {"json": body}),
        )
        return answer

    async def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str
    ) -> Any:
        """Send a request; return the JSON of the answer, which has this status."""
        answer = await self.send(method, path, body, **headers)
        text = await answer.get_data(as_text=True)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {text}"
        return msgspec.json.decode(text)

    async def operate(self, name: str, ana: int = 0) -> Response:
        """Call an operation of the table."""
        method, path, body = OPERATIONS[name]
        if body is not None and body.get("user_ids"):
            body = body | {"user_ids": [ana]}
        return await self.send(method, path.format(ana=ana), body)

    async def register(self, name: str, *, status: int = 201, **more: Any) -> Any:
        """Make an account."""
        body = {"username": name, "email": f"{name}@mail.example", "password": PASSWORD} | more
        return await self.call("POST", "/private_register", body, status=status)

    async def audit(self, **query: str) -> list[dict[str, Any]]:
        """Return the entries of the audit log, the newest first."""
        words = "&".join(f"{name}={value}" for name, value in query.items())
        found = await self.call("GET", f"/monitoring/audit?limit=100&{words}")
        entries: list[dict[str, Any]] = found["entries"]
        return entries


@asynccontextmanager
async def serving(config: Config, *, limits: bool = False, **settings: Any) -> AsyncIterator[Application]:
    """Run an app with these settings of [private_registration]; the door is open unless they say otherwise."""
    values: dict[str, Any] = {"enabled": True, "secret": SECRET} | settings
    chosen = PrivateRegistrationConfig(**values)
    app = build_app(
        msgspec.structs.replace(
            config,
            private_registration=chosen,
            limits=msgspec.structs.replace(config.limits, enabled=limits),
        )
    )
    async with app.test_app():
        yield app
