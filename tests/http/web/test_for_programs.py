"""What programs ask a site for beside its pages, and what other pages show of a post."""

import json
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from xml.etree.ElementTree import fromstring

from sqlalchemy import select, update

from service.forum.notifications.rules import TOPIC_SUGGESTED
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Feed, Instance, Notification, Post, PostTag, Setting, Site, Tag, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.web.test_rss import titles
from tests.http.web.visitor import Visitor
from tests.serving import held_by
from tests.working import work_off

BROWSING = {"Sec-Fetch-Dest": "document"}


async def test_machines_find_what_they_look_for(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.create_community("ours", local_only="1")
    await founder.publish("ours", "Among us")
    base = app.settings.site.base_url
    security = await stranger.get("/.well-known/security.txt")
    assert f"Contact: {base}/about\nExpires: 20" in security.html
    described = json.loads((await stranger.get("/manifest.json")).html)
    assert described["start_url"] == "/"
    assert (await stranger.get(described["icons"][0]["src"])).status == 200
    worker = await stranger.get("/service_worker.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert "caches.delete" in worker.html
    assert (await stranger.get("/offline")).status == 200
    described_search = fromstring((await stranger.get("/opensearch.xml")).html)
    assert [one.get("template") for one in described_search if one.tag.endswith("Url")] == [
        f"{base}/search?q={{searchTerms}}",
        f"{base}/search/feed?q={{searchTerms}}",
    ]


async def test_search_engines_find_each_month(app: Application, founder: Visitor, stranger: Visitor) -> None:
    base, database = app.settings.site.base_url, held_by(app).database
    await founder.create_community("ours", local_only="1")
    for title in ("Among us", "Long ago", "Last month", "Not for robots"):
        await founder.publish("ours" if title == "Among us" else "cats", title)
    now = utcnow()
    last_month = now.replace(day=1) - timedelta(days=1)
    await database.write(lambda session: session.execute(update(Post).values(indexable=True)))
    columns: dict[str, dict[str, Any]] = {
        "Long ago": {"posted_at": datetime(2001, 2, 3)},
        "Last month": {"posted_at": last_month},
        "Not for robots": {"indexable": False},
    }
    for title, values in columns.items():
        await change(database, update(Post).where(Post.title == title).values(values))
    await change(database, update(Site).values(created_at=now - timedelta(days=45)))
    app.extensions.pop("pieloop_site", None)
    places, newest, *older = await listed(stranger, "/sitemap.xml")
    assert {f"{base}/", f"{base}/c/cats"} <= set(await listed(stranger, places.removeprefix(base)))
    assert newest == f"{base}/sitemap/{now:%Y-%m}.xml"
    assert await listed(stranger, newest.removeprefix(base)) == [f"{base}/c/cats/p/1/first-cat"]
    assert older[0] == f"{base}/sitemap/{last_month:%Y-%m}.xml"
    assert "last-month" in (await listed(stranger, older[0].removeprefix(base)))[0]
    assert "long-ago" in (await listed(stranger, older[-1].removeprefix(base)))[-1], (
        "the first has what is older"
    )
    assert f"Sitemap: {base}/sitemap.xml" in (await stranger.get("/robots.txt")).html
    for nothing in ("2001-02", "2999-01", f"{now:%Y}-13", "x"):
        assert (await stranger.get(f"/sitemap/{nothing}.xml")).status == 404, nothing
    await change(database, update(Site).values(private_instance=True))
    app.extensions.pop("pieloop_site", None)
    for path in ("/sitemap.xml", "/sitemap/places.xml", newest.removeprefix(base)):
        assert (await stranger.get(path)).location.startswith("/auth/login"), path


async def listed(visitor: Visitor, path: str) -> list[str]:
    root = fromstring((await visitor.get(path)).html)
    return [one.text or "" for one in root.iter() if one.tag.endswith("loc")]


async def change(database: Database, statement: Any) -> None:
    await database.write(lambda session: session.execute(statement))


async def test_links_to_pages_look_well_elsewhere(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    base = app.settings.site.base_url
    await founder.publish("cats", "</script><b>&", body="A *text* about ||cats||")
    seen = {}
    for path in ("/", "/c/cats", "/u/ana", "/post/2"):
        page = await stranger.get(path)
        seen[path] = {
            one["property"]: one["content"] for tag, one in page.tags if tag == "meta" and "property" in one
        }
        assert seen[path]["og:url"] == next(
            one["href"] for _, one in page.tags if one.get("rel") == "canonical"
        )
    assert {path: one["og:type"] for path, one in seen.items()} == {
        "/": "website",
        "/c/cats": "website",
        "/u/ana": "profile",
        "/post/2": "article",
    }
    assert (seen["/c/cats"]["og:url"], seen["/u/ana"]["og:title"]) == (f"{base}/c/cats", "ana")
    assert seen["/post/2"]["og:title"] == "</script><b>&"
    away = await founder.publish("cats", "Away", kind="link", url="https://far.example/page")
    assert "far.example" in (await stranger.get(away)).text
    facts = json.loads(
        (await stranger.get("/post/2")).html.partition('ld+json">')[2].partition("</script>")[0]
    )
    assert (facts["headline"], facts["@type"]) == ("</script><b>&", "DiscussionForumPosting")
    assert facts["author"] == {"@type": "Person", "name": "ana", "url": f"{base}/u/ana"}


async def test_a_post_stands_in_other_pages_as_strangers_see_it(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.create_community("ours", local_only="1")
    await founder.publish("ours", "Among us")
    shown = await stranger.get("/post/1/embed")
    assert shown.status == 200
    assert "frame-ancestors *" in shown.headers["Content-Security-Policy"]
    assert f"{app.settings.site.base_url}/c/cats/p/1/first-cat" in shown.html
    (found,) = [tag for _, tag in (await stranger.get("/post/1")).tags if "oembed" in tag.get("type", "")]
    said = json.loads((await stranger.get(found["href"])).html)
    assert (said["title"], said["type"]) == ("First cat", "rich")
    assert said["html"] in unescape((await stranger.get("/post/1/embed_code")).html)
    for path in ("embed", "embed_code", "oembed"):
        assert (await founder.get(f"/post/2/{path}")).status == 404, path
        assert (await stranger.get(f"/post/4711/{path}")).status == 404, path


async def test_old_addresses_of_feeds_and_tags_lead_on(app: Application, founder: Visitor) -> None:
    database = held_by(app).database
    await making.add(
        database,
        Feed(id=1, title="Mix", name="mix", machine_name="mix", public=True, ap_profile_id="https://x/f/mix"),
        Tag(id=1, name="cats", display_as="Cats", post_count=1),
    )
    await making.add(database, PostTag(post_id=1, tag_id=1))
    for path, ours in {
        "/feed/1/copy": "/feed/new?of=mix",
        "/feed/1/edit": "/f/mix/edit",
        "/feed/1/notification": "/f/mix",
        "/tags/posts/1": "/tag/cats",
    }.items():
        assert (await founder.get(path)).location == ours, path
    assert (await founder.get("/tags/posts/4711")).status == 404
    assert titles(await founder.get("/tag/cats/feed")) == ["First cat"]
    assert (await founder.get("/tag/none/feed")).status == 404


async def test_searches_and_subscriptions_are_read_in_a_feed_reader(
    app: Application, founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    assert titles(await stranger.get("/search/feed?q=cat")) == ["First cat"]
    assert titles(await stranger.get("/search/feed?q=dog")) == []
    assert (await stranger.get("/search/feed")).status == 404
    addresses = []
    for who, seen in ((founder, ["First cat"]), (reader, [])):
        page = await who.get("/user/settings/reading")
        address = page.with_id("f-feed")["value"].removeprefix(app.settings.site.base_url)
        assert titles(await stranger.get(address)) == seen
        addresses.append(address)
    ana, bob = (address.split("/")[2] for address in addresses)
    assert (await stranger.get(addresses[0].replace(f"/{ana}/", f"/{bob}/"))).status == 404
    await held_by(app).database.write(
        lambda session: session.execute(update(User).where(User.id == int(ana)).values(password_hash="new"))
    )
    assert (await stranger.get(addresses[0])).status == 404


async def test_people_and_posts_of_a_server(app: Application, founder: Visitor, stranger: Visitor) -> None:
    database = held_by(app).database
    await making.add(database, Instance(id=7, domain="far.example"))
    await database.write(
        lambda session: session.execute(update(Post).where(Post.id == 1).values(instance_id=7))
    )
    await making.add(
        database,
        User(id=77, user_name="una", ap_id="una@far.example", ap_domain="far.example", instance_id=7),
    )
    page = await stranger.get("/instance/far.example")
    assert page.links("/instance/far.example/") == [
        "/instance/far.example/people",
        "/instance/far.example/posts",
    ]
    assert (await stranger.get("/instance/far.example/people")).links("/u/") == ["/u/una@far.example"]
    assert "First cat" in (await stranger.get("/instance/far.example/posts")).text
    for path in ("people", "posts"):
        assert (await stranger.get(f"/instance/nowhere.example/{path}")).status == 404
    assert (await stranger.get("/people")).links("/u/") == ["/u/ana"]
    assert not (await stranger.get("/people?q=zzz")).links("/u/")


async def test_links_of_the_network_open_here(stranger: Visitor) -> None:
    page = await stranger.get("/protocol_handler?to=web%2Bap://far.example/post/1")
    assert page.location == "/search?q=https%3A%2F%2Ffar.example%2Fpost%2F1"
    assert (await stranger.get("/protocol_handler")).with_id("main")
    assert (await stranger.get("/keyboard_shortcuts")).status == 200


async def test_members_suggest_topics_to_the_administrators(
    app: Application, administrator: Visitor, founder: Visitor
) -> None:
    refused = await founder.send("/topics/new", name="", communities="")
    assert refused.status == 422
    assert (await founder.send("/topics/new", name="Pets", communities="cats\ndogs")).location == "/topics"
    await work_off(held_by(app))
    async with held_by(app).database.read() as db:
        told = (await db.execute(select(Notification.title, Notification.url, Notification.subtype))).all()
    assert ("Suggested topic: Pets (cats dogs)", "/admin/topic/add?name=Pets", TOPIC_SUGGESTED) in told
    assert (await administrator.get("/admin/topic/add?name=Pets")).with_id("f-name")["value"] == "Pets"


async def test_the_link_of_an_old_letter_ends_letters(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    database = held_by(app).database
    await database.write(
        lambda session: session.execute(
            update(User)
            .where(User.user_name == "ana")
            .values(verification_token="0123456789abcdef", email_unread=True)
        )
    )
    async with database.read() as db:
        ana = await db.scalar(select(User.id).where(User.user_name == "ana"))
    path = f"/user/email_notifs/{ana}/{{}}/unsubscribe"
    assert (await stranger.get(path.format("0123456789abcdef"))).status == 200
    assert (await stranger.send(path.format("wrong"))).status == 404
    assert (await stranger.send(path.format("0123456789abcdef"))).status == 200
    async with database.read() as db:
        assert await db.scalar(select(User.email_unread).where(User.id == ana)) is False


async def test_strangers_are_warned_once_where_the_site_wants_it(
    app: Application, administrator: Visitor, founder: Visitor, stranger: Visitor
) -> None:
    assert (await stranger.get("/post/1", **BROWSING)).status == 200
    await held_by(app).database.write(
        lambda session: session.merge(Setting(name="content_warning", value='"For **adults**."'))
    )
    app.extensions.pop("pieloop_site", None)
    led = await stranger.get("/post/1?sort=old", **BROWSING)
    assert led.location == "/content_warning?next=%2Fpost%2F1%3Fsort%3Dold"
    by_its_worker = {"Sec-Fetch-Dest": "empty", "Accept": "text/html,*/*;q=0.8"}
    assert (await stranger.get("/post/1", **by_its_worker)).location.startswith("/content_warning")
    program = await stranger.get("/post/1")
    assert (program.status, program.headers["Cache-Control"]) == (200, "no-store"), (
        "nobody else gets what it got"
    )
    assert (await founder.get("/post/1", **BROWSING)).status == 200
    page = await stranger.get(led.location, **BROWSING)
    assert "For adults." in page.text
    entered = await stranger.send("/content_warning", next=page.named("next")["value"])
    assert entered.location == "/post/1?sort=old"
    assert (await stranger.get("/post/1", **BROWSING)).status == 200
