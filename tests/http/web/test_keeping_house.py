"""What administrators decide in a browser: roles, accounts, communities, topics, tags, pages, websites, addresses."""

from typing import Any

from sqlalchemy import select

from service.forum.accounts import queries
from service.forum.accounts.seals import seal_of
from service.forum.newsletters.rules import SEALED_FOR
from service.http.application import Application
from service.storage.tables import Domain, OutboxEvent, Tag
from tests.forum import making
from tests.http.web.filling import form_of
from tests.http.web.visitor import Visitor
from tests.serving import held_by
from workers.mail import KINDS

PAGES = (
    "/admin/",
    "/admin/addresses/",
    "/admin/appearance",
    "/admin/audit/",
    "/admin/communities",
    "/admin/communities?kind=no-topic&q=cat",
    "/admin/community/1/edit",
    "/admin/emoji",
    "/admin/emoji/add",
    "/admin/newsletter",
    "/admin/pages",
    "/admin/pages/add",
    "/admin/permissions",
    "/admin/tags/",
    "/admin/tags/?show=banned",
    "/admin/topic/add",
    "/admin/topics",
    "/admin/users/2/edit",
    "/admin/websites/",
    "/admin/websites/?kind=all&q=x",
)


async def test_only_administrators_keep_house(
    administrator: Visitor, founder: Visitor, stranger: Visitor
) -> None:
    for path in PAGES:
        assert (await administrator.get(path)).status == 200, path
        assert (await founder.get(path)).status == 403, path
        assert (await stranger.get(path)).location.startswith("/auth/login"), path


async def test_roles_are_given_and_taken_but_somebody_stays(
    app: Application, administrator: Visitor, reader: Visitor
) -> None:
    bob = await _id(app, "bob")
    roles = f"/admin/users/{bob}/roles"
    await administrator.get(f"/admin/users/{bob}")
    assert (await reader.send(f"{roles}/4/give")).status == 403
    await administrator.follow(await administrator.send(f"{roles}/4/give"))
    assert (await reader.get("/admin/audit/")).status == 200, "the role counts at once"
    assert "First account" in (await reader.get("/admin/users/1")).text
    refused = await reader.send("/admin/users/1/roles/4/take")
    assert (refused.status, "always remains" in refused.text) == (403, True)
    await administrator.follow(await administrator.send(f"{roles}/4/take"))
    assert (await reader.get("/admin/audit/")).status == 403
    assert (await administrator.send(f"{roles}/9/give")).status == 404

    await administrator.follow(await administrator.send(f"{roles}/3/give"))
    assert (await reader.get("/admin/")).status == 200
    assert (await reader.get("/admin/instances")).status == 403
    chosen: dict[str, Any] = {"change instance settings": "1"}
    await administrator.get("/admin/permissions")
    await administrator.follow(await administrator.send("/admin/permissions", **chosen))
    assert (await reader.get("/admin/instances")).status == 200
    assert (await reader.get("/admin/approve_registrations")).status == 403
    log = " ".join((await administrator.get("/admin/audit/")).text.split())
    assert "Account's roles changed: bob" in log
    assert "Role permissions changed" in log


async def test_the_audit_log_is_chosen_from_and_read_in_words(
    app: Application, administrator: Visitor, founder: Visitor
) -> None:
    ana = await _id(app, "ana")
    await administrator.get(f"/admin/users/{ana}")
    await administrator.follow(await administrator.send(f"/admin/users/{ana}/ban", reason="spam"))
    await administrator.follow(await administrator.send("/admin/instances/far.example/block", reason="spam"))
    page = await administrator.get("/admin/audit/")
    words = " ".join(page.text.split())
    assert "Account banned: ana" in words
    assert "Server blocked: far.example" in words
    assert "user_ban" not in page.text
    assert "user:" not in page.text
    form = [found for tag, found in page.tags if tag == "select"]
    assert [found["name"] for found in form] == ["action", "result"]
    for query, present in (
        ("action=user_ban", True),
        ("action=user_unban", False),
        ("target=ana", True),
        ("target=far.example", False),
        ("result=refused", False),
        ("by=boss&result=done", True),
        ("by=nobody", False),
        ("day=2020-01-01", False),
    ):
        found = " ".join((await administrator.get(f"/admin/audit/?{query}")).text.split())
        assert ("Account banned: ana" in found) == present, query


async def test_an_account_is_edited_and_kept_from_writing(
    app: Application, administrator: Visitor, founder: Visitor
) -> None:
    path = f"/admin/users/{await _id(app, 'ana')}/edit"
    form = await form_of(administrator, path, path)
    refused = await form.send(administrator, email="no address")
    assert refused.status == 422
    await administrator.follow(await form.send(administrator, title="Ana Maria", ban_posts="1"))
    assert "Ana Maria" in (await founder.get("/u/ana")).text
    assert (await founder.send("/community/cats/submit", kind="text", title="No cats")).status == 403


async def test_communities_are_put_into_topics(administrator: Visitor, founder: Visitor) -> None:
    form = await form_of(administrator, "/admin/topic/add", "/admin/topic/add")
    await administrator.follow(await form.send(administrator, name="Animals", machine_name="animals"))
    await administrator.follow(
        await form.send(administrator, name="Pets", machine_name="pets", parent_id="1")
    )
    wrongs: tuple[dict[str, str], ...] = ({"name": ""}, {"machine_name": "Ä"}, {"parent_id": "9"})
    for wrong in wrongs:
        sent: dict[str, Any] = {"name": "X", "machine_name": "x"} | wrong
        assert (await administrator.send("/admin/topic/add", **sent)).status == 422, wrong
    assert (await form.send(administrator, name="Pets", machine_name="pets")).status == 409
    edit = await form_of(administrator, "/admin/topic/1/edit", "/admin/topic/1/edit")
    assert "1" not in edit.options("parent_id")
    looped = await edit.send(administrator, parent_id="2")
    assert (looped.status, "inside itself" in looped.text) == (422, True)

    place = await form_of(administrator, "/admin/community/1/edit", "/admin/community/1/edit")
    assert (await place.send(administrator, content_retention="0")).status == 422
    await administrator.follow(await place.send(administrator, topic_id="2", content_retention="30"))
    page = await administrator.get("/admin/communities")
    assert "Pets" in page.text
    assert "1 community" in (await administrator.get("/admin/topics")).text
    await administrator.follow(await administrator.send("/admin/topic/2/delete"))
    assert "Pets" not in (await administrator.get("/admin/communities")).text
    assert "Community's placement changed: cats" in " ".join(
        (await administrator.get("/admin/audit/")).text.split()
    )


async def test_pages_of_the_site_are_written_and_read(administrator: Visitor, stranger: Visitor) -> None:
    assert (await stranger.get("/privacy")).status == 404
    form = await form_of(administrator, "/admin/pages/add", "/admin/pages/add")
    await administrator.follow(
        await form.send(administrator, title="Privacy", url="privacy", body="We keep **little**.")
    )
    assert "<strong>little</strong>" in (await stranger.get("/privacy")).html
    assert "/privacy" in (await stranger.get("/")).links("/privacy")
    assert (await form.send(administrator, title="Twice", url="/Privacy", body="x")).status == 409
    for wrong in ("/communities", "/a b", "/auth/login", "/"):
        page = await form.send(administrator, title="Wrong", url=wrong, body="x")
        assert page.status == 422, wrong
    await administrator.follow(
        await form.send(administrator, title="About us", url="/about", body="We are *nice*.")
    )
    assert "<em>nice</em>" in (await stranger.get("/about")).html
    await administrator.follow(
        await form.send(administrator, title="House rules", url="/house-rules", body="Hi")
    )
    assert (await stranger.get("/house-rules")).status == 200
    edit = await form_of(administrator, "/admin/pages/1/edit", "/admin/pages/1/edit")
    await administrator.follow(await edit.send(administrator, body="We keep nothing."))
    assert "nothing" in (await stranger.get("/privacy")).text
    await administrator.follow(await administrator.send("/admin/pages/1/delete"))
    assert (await stranger.get("/privacy")).status == 404


async def test_websites_tags_and_addresses_are_refused_and_allowed(
    app: Application, administrator: Visitor, founder: Visitor
) -> None:
    await making.add(
        held_by(app).database,
        Domain(name="known.example", post_count=3),
        Tag(name="cats", display_as="Cats", post_count=2, banned=False),
    )
    await administrator.get("/admin/websites/")
    assert (await administrator.send("/admin/websites/", name="no website")).status == 422
    await administrator.follow(await administrator.send("/admin/websites/", name="https://spam.example/x"))
    refused = await founder.send(
        "/community/cats/submit", kind="link", title="Look here", url="https://spam.example/a"
    )
    assert refused.status == 422
    path = "/admin/websites/spam.example"
    form = await form_of(administrator, path, path)
    assert form.value("banned") == "1"
    await administrator.follow(await administrator.send(path, post_warning="Known for pop-ups"))
    posted = await founder.publish("cats", "Look here", kind="link", url="https://spam.example/a")
    assert "Known for pop-ups" in (await founder.get(posted)).text
    assert "known.example" in (await administrator.get("/admin/websites/?kind=all")).text

    await administrator.get("/admin/tags/")
    await administrator.follow(await administrator.send("/admin/tags/1/ban", next="/admin/tags/"))
    assert "No tags" in (await administrator.get("/admin/tags/")).text
    assert "Cats" in (await administrator.get("/admin/tags/?show=banned")).text

    await administrator.get("/admin/addresses/")
    assert (await administrator.send("/admin/addresses/", address="everywhere")).status == 422
    await administrator.follow(
        await administrator.send("/admin/addresses/", address="192.0.2.7", notes="bots")
    )
    assert "192.0.2.7" in (await administrator.get("/admin/addresses/")).text
    await administrator.follow(await administrator.send("/admin/addresses/1/allow"))
    assert "No banned IP addresses" in (await administrator.get("/admin/addresses/")).text


async def test_emoji_of_the_site_are_kept(administrator: Visitor) -> None:
    form = await form_of(administrator, "/admin/emoji/add", "/admin/emoji/add")
    right = {"name": ":blob:", "url": "https://x.example/blob.png", "category": "faces"}
    wrongs: tuple[dict[str, str], ...] = (
        {"name": "blob"},
        {"name": ":Blob!:"},
        {"url": ""},
        {"url": "javascript:alert(1)"},
        {"category": ""},
    )
    for wrong in wrongs:
        sent: dict[str, Any] = right | wrong
        assert (await administrator.send("/admin/emoji/add", **sent)).status == 422, wrong
    await administrator.follow(await form.send(administrator, **right))
    assert (await form.send(administrator, **right)).status == 409
    await administrator.follow(await form.send(administrator, name="👍", url="", category="hands"))
    edit = await form_of(administrator, "/admin/emoji/1/edit", "/admin/emoji/1/edit")
    await administrator.follow(await edit.send(administrator, aliases="slime"))
    assert "slime" in (await administrator.get("/admin/emoji")).text
    await administrator.follow(await administrator.send("/admin/emoji/1/delete"))
    assert ":blob:" not in (await administrator.get("/admin/emoji")).text


async def test_a_site_gets_a_colour_that_can_be_read_and_a_style_sheet(
    administrator: Visitor, stranger: Visitor
) -> None:
    assert not [
        found
        for tag, found in (await stranger.get("/")).tags
        if tag == "link" and "/appearance/" in found.get("href", "")
    ]
    form = await form_of(administrator, "/admin/appearance", "/admin/appearance")
    assert (await form.send(administrator, own_color="1", accent="red")).status == 422
    assert (await form.send(administrator, css="x" * 50_001)).status == 422
    await administrator.follow(
        await form.send(administrator, own_color="1", accent="#FFDD00", css="h1 { color: teal }")
    )
    page = await stranger.get("/")
    (sheet,) = [
        found["href"] for tag, found in page.tags if tag == "link" and "/appearance/" in found.get("href", "")
    ]
    css = await stranger.get(sheet)
    assert css.headers["Content-Type"].startswith("text/css")
    assert "h1 { color: teal }" in css.html
    assert "--accent: light-dark(#" in css.html
    assert "#ffdd00, " not in css.html, "yellow cannot be read on white"
    again = await form_of(administrator, "/admin/appearance", "/admin/appearance")
    assert again.value("accent") == "#ffdd00"
    await administrator.get("/admin/appearance")
    await administrator.follow(await administrator.send("/admin/appearance", accent="#ffdd00", css=""))
    assert not [
        found
        for tag, found in (await stranger.get("/")).tags
        if tag == "link" and "/appearance/" in found.get("href", "")
    ]


async def test_a_newsletter_goes_to_those_who_want_it(
    app: Application, administrator: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    assert (await administrator.get("/admin/newsletter")).status == 200
    assert (await administrator.send("/admin/newsletter", subject="", body="x", to="all")).status == 422
    bob = await _id(app, "bob")
    secret = app.settings.site.secret_key
    path = f"/user/newsletter/{bob}/{seal_of(SEALED_FOR, bob, secret)}/unsubscribe"
    tried = await administrator.send("/admin/newsletter", subject="News", body="All is well.", to="me")
    assert "We've emailed you a copy" in tried.text
    await administrator.follow(
        await administrator.send("/admin/newsletter", subject="News", body="All is well.", to="all")
    )
    waiting = await _letters(app)
    assert bob in waiting
    payload = {"newsletter_id": 2, "account_id": bob}
    written = await KINDS["NewsletterWanted"](held_by(app), payload)
    assert written is not None
    assert written.address == "bob@mail.example"
    assert "All is well." in written.letter.text
    assert path in written.letter.text
    assert (await stranger.get(f"/user/newsletter/{bob}/0/unsubscribe")).status == 404
    assert (await stranger.get(path)).status == 200
    assert (await stranger.send(path)).status == 200
    await administrator.send("/admin/newsletter", subject="More", body="Still well.", to="all")
    assert await KINDS["NewsletterWanted"](held_by(app), payload) is None, "nor one that was on its way"
    assert (await _letters(app)).count(bob) == waiting.count(bob), "whoever wants none gets none"


async def _letters(app: Application) -> list[int]:
    """For whom newsletters wait."""
    async with held_by(app).database.read() as db:
        rows = await db.execute(select(OutboxEvent.payload).where(OutboxEvent.kind == "NewsletterWanted"))
    return [row.payload["account_id"] for row in rows]


async def _id(app: Application, name: str) -> int:
    async with held_by(app).database.read() as db:
        found = await queries.profile_by_name(db, None, name, domain=app.settings.site.domain)
    return found.person.id
