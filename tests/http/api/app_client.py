"""An app as clients write one: JSON in and out, with a token once it has signed in.

Every answer is held against what the site says of itself.
"""

from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Browser

from service.http.openapi.endpoint import Endpoint, facts_of
from tests.servers import DOMAIN

PREFIX = "/api/alpha"
PASSWORD = "correct horse battery"


class Refused(AssertionError):
    """An answer that was no success; holds status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class App:
    """One signed-in (or anonymous) app."""

    def __init__(self, client: Browser, token: str | None = None) -> None:
        self.client, self.token = client, token

    async def get(self, path: str, **query: Any) -> Any:
        """GET a path."""
        return await self._send("GET", path, query_string=query)

    async def post(self, path: str, **body: Any) -> Any:
        """POST JSON to a path."""
        return await self._send("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """PUT JSON to a path."""
        return await self._send("PUT", path, json=body)

    async def sign_in(self, name: str, password: str = PASSWORD) -> "App":
        """Return an app that is signed in."""
        token = (await self.post("/user/login", username=name, password=password))["jwt"]
        return App(self.client, token)

    async def _send(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.client.open(PREFIX + path, method=method, headers=headers, **options)
        body = await response.get_json()
        facts = described(self.client.app, method, PREFIX + path)
        if response.status_code != 200:
            msgspec.convert(body, facts.api.error)
            assert response.status_code in facts.refusals, f"{path} does not describe {response.status_code}"
            raise Refused(response.status_code, body)
        msgspec.convert(body, facts.answer)
        return body


async def refusal(call: Awaitable[Any]) -> Refused:
    """Return how a call is refused; its status is 400, as apps know it."""
    with pytest.raises(Refused) as refused:
        await call
    assert refused.value.status == 400, refused.value
    return refused.value


def described(app: Quart, method: str, path: str) -> Endpoint:
    """Return what the app says of the endpoint that answers a request."""
    name, _ = app.url_map.bind(DOMAIN).match(path, method)
    facts = facts_of(app.view_functions[name])
    assert facts is not None, f"{path} is not described"
    return facts
