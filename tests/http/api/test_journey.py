"""A whole visit by an app: find the server, sign in, read, write, vote; with the rules that clients depend on."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.authentication import RegistrationForm, register
from service.http.application import Application
from service.http.context import EXTENSION
from service.storage.tables import Community, Feed, FeedItem, Instance, Topic
from tests.http.api.app_client import PASSWORD, App, Refused
from tests.servers import DOMAIN
from tests.working import work_off

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# Fields that clients accept missing, but never null.
NEVER_NULL = {
    "alt_text",
    "body",
    "thumbnail_url",
    "url",
    "updated",
    "my_vote",
    "newest_comment_time",
    "description",
}


@pytest.fixture
async def ana(app: Application, client: Browser) -> App:
    return await signed_in(app, client, "ana")


@pytest.fixture
async def ben(app: Application, client: Browser) -> App:
    return await signed_in(app, client, "ben")


@pytest.fixture
def anonymous(client: Browser) -> App:
    return App(client)


async def signed_in(app: Application, client: Browser, name: str) -> App:
    database = app.extensions[EXTENSION].database
    await register(database, RegistrationForm(name=name, password=PASSWORD), domain=DOMAIN)
    return await App(client).sign_in(name)


def check_values(shape: Any, where: str = "") -> None:
    """Look through a whole answer for what breaks clients."""
    if isinstance(shape, list):
        for item in shape:
            check_values(item, where)
    elif isinstance(shape, dict):
        for name, value in shape.items():
            assert not (value is None and name in NEVER_NULL), f"{where}.{name} is null"
            if name in {"published", "updated", "newest_comment_time"} and value is not None:
                assert MOMENT.fullmatch(value), f"{where}.{name}: {value}"
            check_values(value, f"{where}.{name}")


async def test_the_server_says_what_it_is(client: Browser) -> None:
    links = await (await client.get("/.well-known/nodeinfo")).get_json()
    assert {link["href"].rsplit("/", 1)[-1] for link in links["links"]} == {"2.0", "2.1"}
    for path in ("/nodeinfo/2.0", "/nodeinfo/2.0.json", "/nodeinfo/2.1"):
        document = await (await client.get(path)).get_json()
        assert document["software"]["name"] == "piefed"
        assert re.match(r"\d+\.\d+\.\d+(-|$)", document["software"]["version"])


async def test_the_site_names_who_is_signed_in(anonymous: App, ana: App) -> None:
    site = await anonymous.get("/site")
    assert "my_user" not in site
    assert site["site"]["actor_id"].startswith("http")
    assert "sidebar" not in site["site"]  # nobody wrote one yet
    mine = (await ana.get("/site"))["my_user"]
    assert mine["local_user_view"]["person"]["user_name"] == "ana"
    assert set(mine) >= {"community_blocks", "follows", "instance_blocks", "moderates", "person_blocks"}
    assert mine["local_user_view"]["local_user"]["show_nsfw"] is False


async def test_wrong_credentials_are_400_with_the_word_that_clients_know(anonymous: App, ana: App) -> None:
    assert ana.token
    with pytest.raises(Refused) as refused:
        await anonymous.sign_in("ana", "wrong password")
    assert (refused.value.status, refused.value.body["message"]) == (400, "incorrect_login")
    with pytest.raises(Refused) as refused:
        await App(anonymous.client, "not.a.token").get("/site")
    assert refused.value.body == {"code": 400, "message": "incorrect_login", "status": "Bad Request"}


async def test_a_community_a_post_a_comment_and_votes(
    app: Application, ana: App, ben: App, anonymous: App
) -> None:
    community = (await ana.post("/community", name="bread", title="Bread"))["community_view"]
    assert community["subscribed"] == "Subscribed"
    community_id = community["community"]["id"]

    created = await ana.post(
        "/post",
        title="A sourdough that works",
        community_id=community_id,
        body="Flour, **water**, patience.",
        name="an unknown key is ignored",
    )
    post = created["post_view"]
    assert (post["post"]["post_type"], post["my_vote"], post["counts"]["score"]) == ("Discussion", 1, 1)
    post_id = post["post"]["id"]
    assert post["post"]["ap_id"] == f"https://{DOMAIN}/post/{post_id}"

    first = (await ben.post("/comment", post_id=post_id, body="How warm?"))["comment_view"]
    comment_id = first["comment"]["id"]
    assert first["comment"]["path"] == f"0.{comment_id}"
    second = await ana.post("/comment", post_id=post_id, parent_id=comment_id, body="Room temperature.")
    answer_id = second["comment_view"]["comment"]["id"]
    assert second["comment_view"]["comment"]["path"] == f"0.{comment_id}.{answer_id}"

    voted = (await ben.post("/post/like", post_id=post_id, score=1))["post_view"]
    assert (voted["my_vote"], voted["counts"]["upvotes"]) == (1, 2)
    undone = (await ben.post("/post/like", post_id=post_id, score=0))["post_view"]
    assert (undone["my_vote"], undone["counts"]["upvotes"]) == (0, 1)
    down = (await ana.post("/comment/like", comment_id=comment_id, score=-1))["comment_view"]
    assert (down["my_vote"], down["counts"]["score"]) == (-1, 0)

    listed = await anonymous.get("/post/list", sort="New", limit=20)
    assert [view["post"]["id"] for view in listed["posts"]] == [post_id]
    assert listed["posts"][0]["counts"]["comments"] == 2
    assert listed["next_page"] is None
    check_values(listed)

    flat = await ben.get("/comment/list", post_id=post_id, sort="Old")
    assert [view["comment"]["id"] for view in flat["comments"]] == [comment_id, answer_id]
    check_values(flat)
    tops = await ben.get("/comment/list", post_id=post_id, max_depth=0)
    assert [view["comment"]["id"] for view in tops["comments"]] == [comment_id]
    nested = await ben.get("/post/replies", post_id=post_id)
    assert nested["comments"][0]["replies"][0]["comment"]["id"] == answer_id
    check_values(nested)

    await work_off(app.extensions[EXTENSION])
    assert (await ben.get("/user/unread_count"))["replies"] == 1
    told = await ben.get("/user/notifications", status="Unread")
    assert told["items"][0]["author"]["user_name"] == "ana"
    assert (await ana.get("/user/unread_count"))["replies"] == 0, "answering a comment is reading it"
    await ben.put("/user/mark_all_notifications_read")
    assert await ben.get("/user/unread_count") == {
        "replies": 0,
        "mentions": 0,
        "private_messages": 0,
        "other": 0,
    }


async def test_pages_are_numbered_by_strings_and_end_with_null(ana: App) -> None:
    community_id = (await ana.post("/community", name="trains", title="Trains"))["community_view"][
        "community"
    ]["id"]
    for number in range(5):
        await ana.post("/post", title=f"Timetable number {number}", community_id=community_id)
    seen: list[int] = []
    pages: list[str] = []
    page: str | None = "1"
    while page:
        pages.append(page)
        body = await ana.get("/post/list", sort="New", limit=2, page=page, community_id=community_id)
        seen += [view["post"]["id"] for view in body["posts"]]
        page = body["next_page"]
    assert pages == ["1", "2", "3"]
    assert page is None
    assert len(seen) == len(set(seen)) == 5


async def test_feeds_and_sorts(ana: App, ben: App) -> None:
    mine = (await ana.post("/community", name="stars", title="Stars"))["community_view"]["community"]["id"]
    await ana.post("/post", title="Saturn tonight", community_id=mine)
    for kind, count in (("All", 1), ("Local", 1), ("Subscribed", 0), ("Moderating", 0)):
        assert len((await ben.get("/post/list", type_=kind))["posts"]) == count, kind
    assert len((await ana.get("/post/list", type_="Moderating"))["posts"]) == 1
    await ben.post("/community/follow", community_id=mine, follow=True)
    for sort in ("Hot", "New", "Active", "TopDay", "TopAll", "Scaled", "Old"):
        assert len((await ben.get("/post/list", type_="Subscribed", sort=sort))["posts"]) == 1, sort


async def test_delete_restore_remove(ana: App, ben: App) -> None:
    community_id = (await ana.post("/community", name="cats", title="Cats"))["community_view"]["community"][
        "id"
    ]
    post_id = (await ben.post("/post", title="My cat sleeps", community_id=community_id))["post_view"][
        "post"
    ]["id"]
    assert (await ben.post("/post/delete", post_id=post_id, deleted=True))["post_view"]["post"][
        "deleted"
    ] is True
    with pytest.raises(Refused) as refused:
        await ana.post("/post/like", post_id=post_id, score=1)
    assert refused.value.status == 400
    assert (await ben.post("/post/delete", post_id=post_id, deleted=False))["post_view"]["post"][
        "deleted"
    ] is False
    removed = await ana.post("/post/remove", post_id=post_id, removed=True, reason="no proof")
    assert removed["post_view"]["post"]["removed"] is True
    with pytest.raises(Refused):
        await ben.post("/post/delete", post_id=post_id, deleted=False)


async def test_an_upload_becomes_an_image_on_the_site(ana: App, client: Browser) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 30, 30)).save(picture, "JPEG")
    picture.seek(0)
    response = await client.post(
        "/api/alpha/upload/image",
        headers={"Authorization": f"Bearer {ana.token}"},
        files={"file": FileStorage(picture, filename="holiday.jpg", content_type="image/jpeg")},
    )
    assert response.status_code == 200, await response.get_data()
    url = (await response.get_json())["url"]
    served = await client.get(url.removeprefix(f"http://{DOMAIN}"))
    assert served.status_code == 200
    assert served.headers["Content-Type"] == "image/webp"
    assert "immutable" in served.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "field"),
    [
        ("post", "/post", {"title": 3, "community_id": 1}, "title"),
        ("post", "/post", {"title": "No community"}, "community_id"),
        ("post", "/post", {"title": "x" * 300, "community_id": 1}, "title"),
        ("post", "/post/like", {"post_id": 1, "score": 7}, "score"),
        ("post", "/comment", {"post_id": 10**12, "body": "hello"}, "post_id"),
        ("get", "/post/list", {"page": "first"}, "page"),
        ("get", "/post/list", {"limit": "many"}, "limit"),
        ("get", "/post", {}, "id"),
    ],
)
async def test_bad_input_names_its_field(
    ana: App, method: str, path: str, sent: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await getattr(ana, method)(path, **sent)
    assert refused.value.status == 400
    assert field in refused.value.body["errors"]["json"]


async def test_a_double_click_gives_one_post(ana: App) -> None:
    community_id = (await ana.post("/community", name="twins", title="Twins"))["community_view"]["community"][
        "id"
    ]
    first, second = [
        (await ana.post("/post", title="Only once", community_id=community_id))["post_view"]["post"]["id"]
        for _ in range(2)
    ]
    assert first == second


async def test_search_finds_communities_people_and_posts(ana: App, anonymous: App) -> None:
    community_id = (await ana.post("/community", name="lichens", title="Lichens"))["community_view"][
        "community"
    ]["id"]
    await ana.post("/post", title="A lichen on granite", community_id=community_id)
    assert len((await anonymous.get("/search", q="lichen", type_="Communities"))["communities"]) == 1
    assert len((await anonymous.get("/search", q="ana", type_="Users"))["users"]) == 1
    assert len((await anonymous.get("/search", q="granite", type_="Posts"))["posts"]) == 1
    assert (await anonymous.get("/search", q="basalt", type_="Posts"))["posts"] == []


async def test_what_groups_communities_and_who_is_known(app: Application, ana: App, anonymous: App) -> None:
    community_id = (await ana.post("/community", name="moss", title="Moss"))["community_view"]["community"][
        "id"
    ]

    async def group(session: AsyncSession) -> None:
        topic = Topic(name="Nature", machine_name="nature", num_communities=1)
        feed = Feed(title="Green", name="green", machine_name="green", public=True, num_communities=1)
        other = Instance(domain="elsewhere.example", software="lemmy", version="0.19")
        session.add_all([topic, feed, other])
        await session.flush()
        session.add(Topic(name="Plants", machine_name="plants", parent_id=topic.id))
        session.add(FeedItem(feed_id=feed.id, community_id=community_id))
        await session.execute(update(Community).where(Community.id == community_id).values(topic_id=topic.id))

    await app.extensions[EXTENSION].database.write(group)
    (topic,) = (await anonymous.get("/topic/list"))["topics"]
    assert (topic["title"], topic["communities"][0]["name"]) == ("Nature", "moss")
    assert [child["title"] for child in topic["children"]] == ["Plants"]
    (feed,) = (await anonymous.get("/feed/list"))["feeds"]
    assert (feed["name"], feed["communities"][0]["name"], feed["subscribed"]) == ("green", "moss", False)
    assert (await ana.get("/feed/list", mine_only="true"))["feeds"] == []
    known = (await anonymous.get("/federated_instances"))["federated_instances"]
    assert [instance["domain"] for instance in known["linked"]] == ["elsewhere.example"]
