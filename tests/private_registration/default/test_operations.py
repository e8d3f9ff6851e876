"""Every documented operation answers over HTTP as it is documented."""

from typing import Any

import msgspec
import pytest

from service.http.openapi.page import rows
from tests.private_registration.caller import OPERATIONS, Caller

pytestmark = pytest.mark.private_registration


@pytest.fixture
async def contract(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = await caller.call("GET", "/openapi.json")
    return found


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_answers_with_what_the_document_says(
    name: str, caller: Caller, ana: int, contract: dict[str, Any]
) -> None:
    for before in {"user_enable": ["user_disable"], "user_unban": ["user_ban"]}.get(name, []):
        assert (await caller.operate(before, ana)).status_code == 200
    answer = await caller.operate(name, ana)
    [(path, method)] = [
        (path, method)
        for path, methods in contract["paths"].items()
        for method, facts in methods.items()
        if facts["operationId"] == name
    ]
    success = next(iter(contract["paths"][path][method]["responses"]))
    text = await answer.get_data(as_text=True)
    assert answer.status_code == int(success), text
    body = msgspec.json.decode(text)
    schema = contract["paths"][path][method]["responses"][success]["content"]["application/json"]["schema"]
    promised = rows(contract, schema)
    assert {row.name for row in promised if row.required} <= body.keys() <= {row.name for row in promised}
