"""How a site finds people and communities of the other."""

import pytest

from tests.federate.site import ADMINISTRATOR, Site

JRD = "application/jrd+json"


@pytest.mark.scenario(1)
async def test_people_are_found_by_their_address(one: Site) -> None:
    async with one.session.get(
        f"https://{one.name}/.well-known/webfinger",
        params={"resource": f"acct:{ADMINISTRATOR.upper()}@{one.name}"},
    ) as answer:
        assert answer.status == 200
        assert answer.content_type == JRD
        found = await answer.json(content_type=None)
    links = [link for link in found["links"] if link["rel"] == "self"]
    assert [link["href"] for link in links] == [one.people[ADMINISTRATOR].id]
    assert (await one.document(links[0]["href"]))["type"] == "Person"
