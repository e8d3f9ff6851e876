"""The pages of the administration do what the API does, leave the same entries, and are for administrators only."""

from typing import Any

import pytest

from service.http.application import Application
from service.storage.tables import User
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.serving import held_by
from tests.working import work_off

pytestmark = pytest.mark.private_registration

PAGES = ("/admin/users/", "/admin/users/new", "/admin/audit/")


async def row_of(app: Application, account_id: int) -> User:
    found = await held_by(app).database.write(lambda session: session.get(User, account_id))
    assert found is not None
    return found


@pytest.fixture
async def ana(app: Application) -> int:
    return (await making.member(held_by(app).database, "ana", email="ana@mail.example")).id


async def test_they_are_for_administrators(
    app: Application, administrator: Visitor, stranger: Visitor, ana: int
) -> None:
    member = await Visitor(app.test_client()).register("bob")
    for path in (*PAGES, f"/admin/users/{ana}"):
        assert (await administrator.get(path)).status == 200, path
        assert (await member.get(path)).status == 403, path
        assert (await stranger.get(path)).location.startswith("/auth/login"), path
    await member.get("/user/settings")
    for path in (f"/admin/users/{ana}/ban", "/admin/users/new"):
        assert (await member.send(path, name="eve", email="eve@mail.example")).status == 403
    assert (await row_of(app, ana)).banned is False


async def test_accounts_are_found(administrator: Visitor, ana: int) -> None:
    page = await administrator.get("/admin/users/?q=AN&sort=username_asc&status=active")
    assert page.links("/admin/users/")[-1] == f"/admin/users/{ana}"
    for query in ("status=stopped", "q=nobody", "status=unconfirmed"):
        assert "No accounts found" in (await administrator.get(f"/admin/users/?{query}")).text
    for query in ("sort=karma", "status=x", "page=99", "q=%00", "from=everywhere"):
        assert (await administrator.get(f"/admin/users/?{query}")).status == 200
    assert (await administrator.get("/admin/users/4711")).status == 404


async def test_an_account_is_disabled_banned_and_deleted(
    app: Application, administrator: Visitor, ana: int
) -> None:
    path = f"/admin/users/{ana}"
    await administrator.get(path)
    for action, shown in (("disable", "Disabled"), ("enable", ""), ("ban", "Banned"), ("unban", "")):
        page = await administrator.follow(await administrator.send(f"{path}/{action}", reason="<b>why</b>"))
        if shown:
            assert shown in page.text
        assert "<b>why</b>" in page.text, "in the list of what was done, as text"
    again = await administrator.send(f"{path}/unban")
    assert (again.status, "This account isn't banned." in again.text) == (409, True)
    assert (await administrator.send(f"{path}/ban", days="many")).status == 422
    assert (await administrator.send(f"{path}/promote")).status == 404
    await administrator.follow(await administrator.send(f"{path}/delete"))
    assert (await row_of(app, ana)).deleted is True
    log = await administrator.get(f"/admin/audit/?target=user:{ana}&by=boss")
    assert "5 entries" in log.text


async def test_what_a_banned_person_wrote_can_go_with_them(
    app: Application, administrator: Visitor, ana: int
) -> None:
    database = held_by(app).database
    writer = await making.viewer_of(database, ana)
    [post_id] = await making.posts(database, writer, await making.community(database, writer), 1, "Buy tea")
    await administrator.get(f"/admin/users/{ana}")
    await administrator.follow(
        await administrator.send(f"/admin/users/{ana}/ban", reason="Sells tea", content="1")
    )
    await work_off(held_by(app))
    assert "Buy tea" not in (await administrator.get("/")).text
    assert (await administrator.get(f"/post/{post_id}")).status == 200, "the staff can still put it up again"


async def test_an_account_is_made(app: Application, administrator: Visitor) -> None:
    await administrator.get("/admin/users/new")
    page = await administrator.send("/admin/users/new", name="carol", email="carol@mail.example", active="1")
    assert page.status == 200
    assert "won't be shown again" in page.text
    page = await administrator.send("/admin/users/new", name="Carol", email="c@mail.example", active="1")
    assert (page.status, "This name is taken." in page.text) == (409, True)
    made = await administrator.send(
        "/admin/users/new", name="dora", email="d@mail.example", active="1", password="correct horse battery"
    )
    assert (made.status, made.location.startswith("/admin/users/")) == (303, True)
    assert "correct horse" not in (await administrator.get("/admin/audit/")).html


async def test_the_site_s_settings_are_kept_and_what_is_wrong_is_shown(
    app: Application, administrator: Visitor, stranger: Visitor
) -> None:
    page = await administrator.get("/admin/site")
    fields = {
        attributes["name"]: attributes.get("value", "")
        for tag, attributes in page.tags
        if tag == "input" and attributes.get("name") and attributes.get("type") not in {"hidden", "checkbox"}
    }
    assert {"tos_url", "privacy_url", "read_posts_cutoff"} <= fields.keys()
    settings = {
        "registration_mode": "Open",
        "blocked_phrases": "spam\r\nscam",
        "announcement": "*News*",
        "default_filter": "local",
        "public_modlog": "1",
        "read_posts_cutoff": "7",
    }
    sent: dict[str, Any] = fields | settings
    await administrator.follow(await administrator.send("/admin/site", **sent))
    page = await administrator.get("/admin/site")
    assert "spam\nscam" in page.html
    assert page.named("read_posts_cutoff")["value"] == "7"
    assert "checked" in page.named("public_modlog")
    assert "checked" not in page.named("captcha_enabled")
    front = await stranger.get("/")
    assert "<em>News</em>" in front.html
    assert "Local posts" in front.text
    body = await (await stranger.client.get("/api/alpha/site")).get_json()
    assert body["site"]["announcement_md"] == "*News*"
    wrong = await administrator.send("/admin/site", **(sent | {"read_posts_cutoff": "x"}))
    assert wrong.links("#f-") == ["#f-read_posts_cutoff"]
    wrong = await administrator.send(
        "/admin/site", **(sent | {"default_filter": "subscribed", "name": "Elsewhere"})
    )
    assert wrong.links("#f-") == ["#f-default_filter"]
    assert "Elsewhere" not in (await stranger.get("/about")).text
