"""Until activities are understood, no server may take its own for delivered."""

import pytest
from quart.typing import TestClientProtocol as Browser

INBOXES = (
    "/inbox",
    "/site_inbox",
    "/u/ana/inbox",
    "/c/trains/inbox",
    "/f/ana/trains/inbox",
    "/f/trains/inbox",
)


@pytest.mark.parametrize("path", INBOXES)
async def test_whoever_sends_an_activity_is_asked_to_come_back(client: Browser, path: str) -> None:
    answer = await client.post(
        path, json={"type": "Like"}, headers={"Content-Type": "application/activity+json"}
    )
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Set-Cookie" not in answer.headers


async def test_only_inboxes_are_spared_the_token_of_forms(client: Browser) -> None:
    assert (await client.post("/auth/login", form={"user_name": "ana"})).status_code == 403
