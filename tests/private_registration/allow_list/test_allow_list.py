"""Configuration "allow-list": only the client's own address opens the door, whatever headers say."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from service.config import Config
from service.http.application import Application
from tests.private_registration.caller import OPERATIONS, Caller, serving

pytestmark = pytest.mark.private_registration

INSIDE, OUTSIDE, PROXY = "192.0.2.7", "198.51.100.7", "10.0.0.2"
NETWORKS = ("192.0.2.0/24", "2001:db8:1::/48")
SPOOFED = {
    "X-Forwarded-For": INSIDE,
    "X-Real-IP": INSIDE,
    "CF-Connecting-IP": INSIDE,
    "True-Client-IP": INSIDE,
    "Forwarded": f"for={INSIDE}",
    "Remote-Addr": INSIDE,
}


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """An app behind a proxy that it believes."""
    http = msgspec.structs.replace(config.http, trusted_proxies=("10.0.0.0/8",))
    async with serving(msgspec.structs.replace(config, http=http), ips=NETWORKS) as app:
        yield app


def at(app: Application, address: str, **headers: str) -> Caller:
    return Caller(app.test_client(), address=address, headers=headers)


@pytest.mark.parametrize("address", [INSIDE, "2001:db8:1:2::9", "::ffff:192.0.2.7"])
async def test_who_is_inside_may_call(app: Application, address: str) -> None:
    await at(app, address).call("GET", "/health")


@pytest.mark.parametrize("address", [OUTSIDE, "192.0.3.1", "2001:db8:2::1", "127.0.0.1"])
async def test_who_is_outside_may_not(app: Application, address: str) -> None:
    for name in OPERATIONS:
        answer = await at(app, address).operate(name, 1)
        assert answer.status_code == 403, name
        assert (await answer.get_json())["error"] == "ip_unauthorized"
    for path in ("/openapi.json", "/docs"):
        await at(app, address).call("GET", path, status=403)


@pytest.mark.parametrize("name", SPOOFED)
async def test_no_header_gets_anybody_in(app: Application, name: str) -> None:
    caller = at(app, OUTSIDE)
    caller.headers[name] = SPOOFED[name]
    assert (await caller.call("GET", "/health", status=403))["error"] == "ip_unauthorized"


async def test_a_trusted_proxy_is_believed(app: Application) -> None:
    caller = at(app, PROXY)
    assert (await caller.call("GET", "/health", status=403))["error"] == "ip_unauthorized"
    await caller.call("GET", "/health", X_Forwarded_For=INSIDE)
    # What the client itself wrote stands before what the proxy added.
    await caller.call("GET", "/health", status=403, X_Forwarded_For=f"{INSIDE}, {OUTSIDE}")


async def test_the_log_has_the_real_address(app: Application) -> None:
    caller = at(app, OUTSIDE)
    await caller.call("GET", "/health", status=403, X_Forwarded_For="203.0.113.9")
    [entry] = await at(app, INSIDE).audit(result="ip_unauthorized")
    assert (entry["client_ip"], entry["operation"]) == (OUTSIDE, "health")
