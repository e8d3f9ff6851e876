"""Pictures of other sites under each policy: copied for a while, led through this site, or left where they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.assembly import build_app
from service.config import Config
from service.forum.posts.operations import NewPost, publish
from service.http.application import Application
from tests.http.people import Place, place
from tests.http.uploading import picture, stored
from tests.http.web.visitor import Visitor
from tests.outbound.servers import Answer, replies, serve
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.working import trust_the_clock, work_off
from workers import upkeep

PICTURE: Answer = replies(picture(), content_type="image/png")
LATER = "UPDATE pieloop.picture SET kept_at = kept_at - interval '31 days'"


@asynccontextmanager
async def site_with(config: Config, policy: str) -> AsyncIterator[Application]:
    app = build_app(
        msgspec.structs.replace(
            config,
            outbound=msgspec.structs.replace(config.outbound, allowed_networks=("127.0.0.0/8",), deadline=2),
            limits=msgspec.structs.replace(config.limits, enabled=False),
            store=msgspec.structs.replace(config.store, remote=policy),
        )
    )
    async with app.test_app():
        yield app


async def link(app: Application, here: Place, url: str) -> int:
    new = NewPost(community_id=here.community_id, title="A link", url=url)
    return (await held_by(app).database.write(publish, here.member, new, domain=DOMAIN)).post_id


async def shown(app: Application, post_id: int) -> dict[str, Any]:
    answer = await app.test_client().get(f"/api/alpha/post?id={post_id}")
    post: dict[str, Any] = (await answer.get_json())["post_view"]["post"]
    return post


async def upkept(app: Application, later: str = LATER) -> None:
    async with held_by(app).database.engine.begin() as db:
        await db.execute(text(later))
    await trust_the_clock(held_by(app))
    await upkeep.expire_copies({"resources": held_by(app)})
    await work_off(held_by(app))


async def test_a_copy_that_was_forgotten_is_made_anew_for_whoever_asks(config: Config) -> None:
    async with site_with(config, "proxy") as app, serve(PICTURE) as server:
        post_id = await link(app, await place(held_by(app).database), server.url("/a.png"))
        await work_off(held_by(app))
        assert len(stored(app)) == 2, "the large one stays where it is"
        await upkept(app)
        assert stored(app) == set()
        post = await shown(app, post_id)
        address = post["thumbnail_url"].removeprefix(f"http://{DOMAIN}")
        assert address.startswith("/media/remote/")
        page = await Visitor(app.test_client()).get(f"/post/{post_id}")
        sources = [found["src"] for tag, found in page.tags if tag == "img" and "src" in found]
        assert not [source for source in sources if server.url("/") in source]
        asked = len(server.asked)
        answers = await asyncio.gather(*(app.test_client().get(address) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {302}
        assert len(server.asked) == asked + 1
        path = answers[0].headers["Location"]
        copy = await app.test_client().get(path)
        assert (copy.status_code, copy.headers["Content-Type"]) == (200, "image/webp")
        small = await app.test_client().get(post["small_thumbnail_url"].removeprefix(f"http://{DOMAIN}"))
        assert small.status_code == 302
        assert small.headers["Location"] != path
        little = await app.test_client().get(small.headers["Location"])
        assert (little.status_code, little.headers["Content-Type"]) == (200, "image/webp")
        assert len(await little.get_data()) < len(await copy.get_data())
        assert len(server.asked) == asked + 1, "both were made of one answer"
        assert (await shown(app, post_id))["thumbnail_url"] == f"http://{DOMAIN}{path}"
        assert (await app.test_client().get(address)).headers["Location"] == path, (
            "an older page still has that address"
        )


async def test_nobody_gets_a_picture_by_its_number_of_what_they_may_not_see(config: Config) -> None:
    async with site_with(config, "proxy") as app, serve(PICTURE) as server:
        ana, database = await Visitor(app.test_client()).register("ana"), held_by(app).database
        ben = await Visitor(app.test_client()).register("ben")
        await ana.create_community("cats")
        await ana.publish("cats", "A link", kind="link", url=server.url("/a.png"))
        await work_off(held_by(app))
        async with database.read() as db:
            address = f"/media/remote/{await db.scalar(text('SELECT image_id FROM post'))}"
        asking = {"stranger": app.test_client(), "ben": ben.client, "ana": ana.client}

        async def given() -> set[str]:
            return {who for who, client in asking.items() if (await client.get(address)).status_code == 302}

        assert await given() == {"stranger", "ben", "ana"}
        for hidden, allowed in (
            ("UPDATE community SET private = {}", {"ana"}),
            ("UPDATE post SET deleted = {}", set()),
            ("UPDATE community SET banned = {}", set()),
            ("UPDATE post SET status = 1 - {}::int * 2", set()),
        ):
            for value, seen in (("true", allowed), ("false", {"stranger", "ben", "ana"})):
                await database.write(AsyncSession.execute, text(hidden.format(value)))
                assert await given() == seen, hidden


async def test_a_site_that_does_not_give_it_is_not_asked_again_at_once(config: Config) -> None:
    answers = [picture()]

    async def sometimes(asked: Any, writer: asyncio.StreamWriter) -> None:
        await (PICTURE if answers else replies(b"no", "404 Not Found"))(asked, writer)

    async with site_with(config, "proxy") as app, serve(sometimes) as server:
        post_id = await link(app, await place(held_by(app).database), server.url("/a.png"))
        await work_off(held_by(app))
        await upkept(app)
        answers.clear()
        address = (await shown(app, post_id))["thumbnail_url"].removeprefix(f"http://{DOMAIN}")
        asked = len(server.asked)
        for _ in range(3):
            assert (await app.test_client().get(address)).status_code == 404
        assert len(server.asked) == asked + 1


async def test_only_pictures_of_other_sites_are_asked_for(config: Config) -> None:
    async with site_with(config, "proxy") as app:
        ana = await Visitor(app.test_client()).register("ana")
        await ana.create_community("pics")
        await ana.publish("pics", "Mine", kind="photo", image=picture())
        for number in (0, 1, 2**31, 2**63):
            assert (await app.test_client().get(f"/media/remote/{number}")).status_code == 404


async def test_pictures_that_pyfedi_left_with_their_address_are_led_through_us_and_back(
    config: Config,
) -> None:
    async with site_with(config, "proxy") as app, serve(PICTURE) as server:
        post_id = await link(app, await place(held_by(app).database), server.url("/a.png"))
        url = server.url("/old.jpg")
        await upkept(app, "DELETE FROM pieloop.outbox")
        await upkept(
            app,
            f"INSERT INTO file (id, source_url) VALUES (900, '{url}'), (901, 'http://{DOMAIN}/media/x.webp')",
        )
        await upkept(app, f"UPDATE post SET image_id = 900 WHERE id = {post_id}")
        assert (await shown(app, post_id))["thumbnail_url"] == f"http://{DOMAIN}/media/remote/900"
        assert (await app.test_client().get("/media/remote/900")).status_code == 302
        assert (await app.test_client().get("/media/remote/901")).status_code == 404
        await upkept(app)
    async with site_with(config, "cache") as app:
        await upkept(app)
        assert (await shown(app, post_id))["thumbnail_url"] == url
        assert (await app.test_client().get("/media/remote/900")).status_code == 404


async def test_with_none_nothing_is_copied(config: Config) -> None:
    async with site_with(config, "none") as app, serve(PICTURE) as server:
        post_id = await link(app, await place(held_by(app).database), server.url("/a.png"))
        await work_off(held_by(app))
        assert stored(app) == set()
        assert (await shown(app, post_id))["thumbnail_url"] == server.url("/a.png")


@pytest.mark.parametrize("policy", ["cache", "proxy"])
async def test_a_blocked_picture_is_no_preview(config: Config, policy: str) -> None:
    async with site_with(config, policy) as app, serve(PICTURE) as server:
        here = await place(held_by(app).database)
        first = await link(app, here, server.url("/a.png"))
        await work_off(held_by(app))
        await upkept(app, "INSERT INTO blocked_image (hash) SELECT hash FROM file")
        again = await link(app, here, server.url("/b.png"))
        await work_off(held_by(app))
        assert "thumbnail_url" in await shown(app, first)
        assert "thumbnail_url" not in await shown(app, again)
