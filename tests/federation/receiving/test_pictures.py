"""Pictures of other servers that have the address of one of ours: what becomes of theirs does nothing to ours."""

from typing import Any

import msgspec

from service.config import Config
from service.forum.attachments.copies import expire_copies, lead_through_us
from service.forum.attachments.operations import delete_unused, mark_unused
from tests.federation.hearing import Hearing, group, hearing, page
from tests.federation.signing import actor
from tests.http.people import app_of
from tests.http.uploading import picture, sent
from tests.outbound.servers import replies
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.working import work_off

PICTURES = "SELECT p.file_id FROM pieloop.picture p WHERE NOT coalesce(remote, false)"


async def test_a_picture_of_ours_stays_whatever_becomes_of_those_who_show_it(config: Config) -> None:
    store = msgspec.structs.replace(config.store, remote="proxy")
    async with hearing(msgspec.structs.replace(config, store=store)) as site:
        await _show_and_go(site)


async def _show_and_go(site: Hearing) -> None:
    client = site.app.test_client()
    app, _ = await app_of(site.app, client, "mia")
    path = await sent(client, app.token or "", picture())
    (upload,) = (await app.get("/user/media"))["media"]
    mine = await site.rows(PICTURES)
    assert len(mine) == 1
    server = await site.server()
    # The same picture, by our own address, and as bytes of theirs: files are named by their content.
    same = server.answers_with("/same.png", replies(picture(), content_type="image/png"))
    ana = actor(server, icon={"type": "Image", "url": upload["url"]})
    place = group(server, icon={"type": "Image", "url": same})
    for one in (ana, place):
        await site.fetch_actor(one)
    await site.do(
        'INSERT INTO community_member (user_id, community_id) SELECT u.id, c.id FROM "user" u, community c'
        " WHERE u.user_name = 'mia' AND c.name = 'trains'"
    )

    def wrote(kind: str, url: str, **more: Any) -> dict[str, Any]:
        shown = {"type": "Image", "url": url}
        words = f"![]({url})"
        thing = page(ana, place, attachment=[shown], image=shown, content=words, **more)
        thing["source"] = {"content": words, "mediaType": "text/markdown"}
        return site.announced(place, site.activity(kind, ana, thing))

    await site.hear(wrote("Create", upload["url"]), by=place)
    assert await site.value("SELECT count(*) FROM post") == 1
    shown = [
        id_ for (id_,) in await site.rows("SELECT id FROM file WHERE source_url IS NOT NULL ORDER BY id")
    ]
    await site.database.write(lead_through_us, DOMAIN)
    statuses = [(await client.get(f"/media/remote/{id_}")).status_code for id_ in shown]
    assert 302 in statuses, "the copy"
    actor(server, icon={"type": "Image", "url": server.id("/other.png")})
    changed = wrote("Update", server.id("/other.png"), updated="2026-02-02T00:00:00Z")
    deleted = site.activity("Delete", ana, server.id("/post/1"))
    await site.hear(changed, site.announced(place, deleted), by=place)
    await site.hear(
        site.activity("Update", ana, ana), site.activity("Delete", ana, ana, removeData=True), by=ana
    )
    await work_off(held_by(site.app))
    await site.database.write(mark_unused)
    await site.do("UPDATE pieloop.picture SET kept_at = '2020-01-01' WHERE remote")
    assert await site.database.write(expire_copies, 1) > 0
    await site.do("UPDATE pieloop.picture SET unused_since = '2020-01-01' WHERE unused_since IS NOT NULL")
    await site.database.write(delete_unused, 1)
    await work_off(held_by(site.app))
    assert await site.rows(PICTURES) == mine
    assert (await client.get(path)).status_code == 200
