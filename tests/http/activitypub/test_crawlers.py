"""What the site says of itself to programs that go from server to server."""

import hashlib
import re
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser

from service.http.activitypub.crawlers import REMEMBERED
from service.http.application import Application
from service.storage.tables import BannedInstance, Emoji, Instance, Setting
from tests.forum import making
from tests.http.people import app_of
from tests.servers import DOMAIN
from tests.serving import held_by

HERE = f"https://{DOMAIN}"


async def told(client: Browser, path: str) -> Any:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json"), path
    assert answer.headers["Cache-Control"].startswith("public"), path
    return await answer.get_json()


@pytest.mark.scenario(13)
async def test_what_runs_here_is_told_in_every_version(client: Browser) -> None:
    links = (await told(client, "/.well-known/nodeinfo"))["links"]
    assert [link["rel"].rpartition("/")[2] for link in links] == ["2.0", "2.1"]
    for path in ("/nodeinfo/2.0", "/nodeinfo/2.0.json", "/nodeinfo/2.1", "/nodeinfo/2.1.json"):
        document = await told(client, path)
        software = document["software"]
        assert software["name"] == "piefed"
        assert re.match(r"\d+\.\d+\.\d+", software["version"])
        assert document["protocols"] == ["activitypub"]
        assert {"fep-1b12", "fep-1a11", "fep-7888"} <= set(document["metadata"]["capabilities"])
        assert document["usage"]["users"]["total"] == 0


async def test_crawlers_find_the_site_and_its_neighbours(app: Application, client: Browser) -> None:
    database = held_by(app).database
    await making.administrator(database)
    person, place = await app_of(app, client, "ana")
    await person.post("/post", title="A post", community_id=place.community_id)
    await making.add(
        database,
        Instance(id=7, domain="lemmy.example", software="lemmy", version="1.0"),
        Instance(id=8, domain="bad.example"),
        Instance(id=9, domain="gone.example", gone_forever=True),
        BannedInstance(id=3, domain="bad.example", reason="spam"),
        Emoji(token=":blob:", url="/static/blob.png", category="blobs", aliases="blob cat", instance_id=1),
    )
    site = await told(client, "/api/v3/site")
    assert site["site_view"]["site"]["actor_id"] == f"{HERE}/"
    assert site["site_view"]["site"]["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    assert site["site_view"]["counts"]["posts"] == 1
    assert [one["person"]["name"] for one in site["admins"]] == ["admin"]
    [emoji] = site["custom_emojis"]
    assert emoji["custom_emoji"] == {
        "shortcode": "blob",
        "image_url": f"{HERE}/static/blob.png",
        "category": "blobs",
    }
    assert emoji["keywords"] == [{"keyword": "blob"}, {"keyword": "cat"}]

    known = (await told(client, "/api/v3/federated_instances"))["federated_instances"]
    assert [(one["domain"], one.get("software")) for one in known["linked"]] == [("lemmy.example", "lemmy")]
    assert [one["domain"] for one in known["blocked"]] == ["bad.example"]

    about = await told(client, "/api/v1/instance")
    assert (about["uri"], about["stats"]["status_count"]) == (DOMAIN, 1)

    blocked = [
        {
            "domain": "bad.example",
            "digest": hashlib.sha256(b"bad.example").hexdigest(),
            "severity": "suspend",
            "comment": "spam",
        }
    ]
    assert await told(client, "/api/v1/instance/domain_blocks") == blocked
    await making.add(database, Setting(name="use_allowlist", value="true"))
    assert await told(client, "/api/v1/instance/domain_blocks") == blocked  # kept for a while
    app.extensions.pop(REMEMBERED)
    assert await told(client, "/api/v1/instance/domain_blocks") == []
