"""People, communities, posts and comments of other servers look like ours, with where they are at home."""

from dataclasses import dataclass

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import BannedInstance, Comment, Community, CommunityJoinRequest, Instance, Post
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import far_community
from tests.forum.elsewhere import stranger as far_person
from tests.http.web.visitor import Visitor
from tests.serving import held_by

HOST = "far.example"


@dataclass(frozen=True)
class Scene:
    """A community of another server with a post and a comment by its people; the same in a community here."""

    community: int
    post: int
    comment: int


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


@pytest.fixture
async def scene(database: Database, founder: Visitor) -> Scene:
    community = await far_community(database, "birds", ap_public_url=f"https://{HOST}/c/Birds")
    zoe = await far_person(database, "zoe", title="Zoë <i>", ap_public_url=f"https://{HOST}/u/Zoe")

    async def write(session: AsyncSession) -> tuple[int, int]:
        now = utcnow()
        post = Post(
            user_id=zoe.id,
            community_id=community,
            title="A wren",
            instance_id=zoe.instance_id,
            ap_id=f"https://{HOST}/post/7",
            posted_at=now,
            last_active=now,
            reply_count=1,
        )
        session.add(post)
        await session.flush()
        comment = Comment(
            user_id=zoe.id,
            post_id=post.id,
            community_id=community,
            body="It sings.",
            body_html="<p>It sings.</p>",
            instance_id=zoe.instance_id,
            ap_id=f"https://{HOST}/comment/8",
            posted_at=now,
            path=[0],
            depth=0,
        )
        session.add(comment)
        await session.flush()
        comment.path, comment.root_id = [0, comment.id], comment.id
        return post.id, comment.id

    return Scene(community, *await database.write(write))


async def test_each_page_says_where_things_are_at_home(founder: Visitor, scene: Scene) -> None:
    place = await founder.get("/c/birds@far.example")
    assert "!birds@far.example" in place.text
    assert f"https://{HOST}/c/Birds" in place.links("https://")
    assert f"/instance/{HOST}" in place.links("/instance/")
    person = await founder.get("/u/zoe@far.example")
    assert "@zoe@far.example" in person.text
    assert f"https://{HOST}/u/Zoe" in person.links("https://")
    post = await founder.get(f"/post/{scene.post}")
    assert "Zoë <i>@far.example" in post.text, "the chosen name, with the home behind it"
    assert {f"https://{HOST}/post/7", f"https://{HOST}/comment/8"} <= set(post.links("https://"))
    assert {"/c/birds@far.example", "/u/zoe@far.example"} <= {*post.links("/c/"), *post.links("/u/")}
    front = await founder.get("/?listing=all&sort=new")
    assert "birds@far.example" in front.text
    mine = await founder.get("/post/1")
    assert not [link for link in mine.links("https://") if "pie.example" in link], (
        "ours has no other original"
    )
    assert "at home" not in (await founder.get("/c/cats")).text + (await founder.get("/u/ana")).text


async def test_a_community_of_a_server_that_is_not_talked_to_says_so(
    founder: Visitor, database: Database, scene: Scene
) -> None:
    path, words = "/c/birds@far.example", "doesn't federate with far.example"
    assert words not in (await founder.get(path)).text
    await making.add(database, BannedInstance(domain="other.example"))
    assert words not in (await founder.get(path)).text
    await making.add(database, BannedInstance(domain="far.example"))
    page = await founder.get(path)
    assert (words in page.text, "A wren" in page.text) == (True, True), "what was here stays"
    assert "doesn't federate" not in (await founder.get("/c/cats")).text


async def test_an_original_that_is_no_address_is_not_linked(
    founder: Visitor, database: Database, scene: Scene
) -> None:
    async def spoil(session: AsyncSession) -> None:
        (await session.get_one(Post, scene.post)).ap_id = "javascript:alert(1)"

    await database.write(spoil)
    assert "javascript:" not in (await founder.get(f"/post/{scene.post}")).html


async def test_a_membership_that_waits_for_its_server_can_be_withdrawn(
    founder: Visitor, database: Database, scene: Scene
) -> None:
    await founder.get("/c/birds@far.example")
    for path in ("/c/birds@far.example", "/communities?filter=all&q=birds"):
        await founder.follow(await founder.send("/community/birds@far.example/subscribe"))
        page = await founder.get(path)
        assert "Waiting for far.example" in page.text
        assert "Cancel request" in page.text
        body = await (
            await founder.client.get("/api/alpha/community", query_string={"id": scene.community})
        ).get_json()
        assert body["community_view"]["subscribed"] in {"Pending", "NotSubscribed"}
        await founder.follow(await founder.send("/community/birds@far.example/unsubscribe"))
        assert "Waiting for" not in (await founder.get(path)).text
    async with database.read() as db:
        assert (await db.execute(CommunityJoinRequest.__table__.select())).all() == []


async def test_the_api_gives_their_addresses(stranger: Visitor, scene: Scene) -> None:
    body = await (await stranger.client.get("/api/alpha/post", query_string={"id": scene.post})).get_json()
    view = body["post_view"]
    assert (view["post"]["ap_id"], view["post"]["local"]) == (f"https://{HOST}/post/7", False)
    assert (view["creator"]["actor_id"], view["creator"]["local"]) == (f"https://{HOST}/u/Zoe", False)
    assert (view["community"]["actor_id"], view["community"]["local"]) == (f"https://{HOST}/c/Birds", False)


async def test_everybody_sees_whom_the_site_talks_to(
    founder: Visitor, stranger: Visitor, database: Database, scene: Scene
) -> None:
    rows = [
        Instance(domain="gone.example", gone_forever=True),
        Instance(domain="slow.example", dormant=True, software="mbin"),
        BannedInstance(domain="bad.example"),
        BannedInstance(domain="*.BAD.example"),
    ]
    await making.add(database, *rows)
    page = await stranger.get("/instances")
    assert page.links("/instance/") == ["/instance/far.example", "/instance/slow.example"]
    assert "2 other servers" in page.text
    page = await stranger.get("/instances?filters=blocked&q=BAD")
    assert ("bad.example" in page.text, "1 server" in page.text) == (True, True)
    for query in ("filters=allowed", "filters=x&page=9", "q=%00", "q=nothing"):
        assert (await stranger.get(f"/instances?{query}")).status == 200
    assert "1 community" in (await founder.get("/instance/far.example")).text
    assert "doesn't federate with" in (await stranger.get("/instance/www.bad.example")).text
    for domain in ("never.example", "nonsense", "%00"):
        assert (await stranger.get(f"/instance/{domain}")).status == 404


@pytest.mark.scenario(149)
async def test_somebody_hides_a_server_from_themselves_alone(
    founder: Visitor, stranger: Visitor, scene: Scene
) -> None:
    page = await founder.get("/instance/far.example")
    [path] = [found["formaction"] for _, found in page.tags if found.get("formaction", "").endswith("/hide")]
    await founder.follow(await founder.send(path))
    assert "A wren" not in (await founder.get("/?listing=all&sort=new")).text
    assert "A wren" in (await stranger.get("/?listing=all&sort=new")).text
    await founder.follow(await founder.send(path.replace("/hide", "/show")))
    assert "A wren" in (await founder.get("/?listing=all&sort=new")).text
    assert (await founder.send("/instance/4711/hide")).status == 404


async def test_who_posts_there_is_told_what_is_said_of_its_server(
    founder: Visitor, database: Database, scene: Scene
) -> None:
    async def warn(session: AsyncSession) -> None:
        (await session.get_one(Community, scene.community)).posting_warning = "Birds only."
        await session.execute(update(Instance).values(posting_warning="Be kind to them."))

    await database.write(warn)
    assert "Birds only. Be kind to them." in (await founder.get("/community/birds@far.example/submit")).text
