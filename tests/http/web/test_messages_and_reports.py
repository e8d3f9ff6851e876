"""Conversations, and the moderation log, as people see them in a browser."""

from service.forum.accounts import queries
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.communities import operations as communities
from service.forum.posts import operations as posts
from service.http.application import Application
from tests.http.web.visitor import Visitor
from tests.serving import held_by
from tests.working import work_off


async def test_two_people_write_to_each_other(app: Application, founder: Visitor, reader: Visitor) -> None:
    (first_page,) = (await reader.get("/u/ana")).links("/chat/to/")
    await reader.get(first_page)
    sent = await reader.send(first_page, content="Is it a **real** cat? <script>")
    page = await reader.follow(sent)
    assert "<strong>real</strong>" in page.html
    assert "<script>" not in page.html.partition("<main")[2]
    await work_off(held_by(app))

    (told,) = (await founder.get("/notifications")).links("/notification/")
    path = (await founder.get(told)).location.partition("#")[0]
    assert [link.partition("#")[0] for link in (await founder.get("/chat")).links("/chat/")] == [path]
    assert "is-new" in (await founder.get("/chat")).html
    await founder.get(path)
    assert "is-new" not in (await founder.get("/chat")).html, "who opens a conversation has read it"
    await founder.follow(await founder.send(path, content="Very real."))
    assert "Very real." in (await reader.get(path)).text
    assert (await founder.send(path, content="  ")).status == 422

    await founder.follow(await founder.send(f"{path}/leave"))
    assert (await founder.get(path)).status == 404


async def test_nobody_reads_along(
    app: Application, founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    (first_page,) = (await reader.get("/u/ana")).links("/chat/to/")
    await reader.get(first_page)
    path = (await reader.send(first_page, content="A secret")).location.partition("#")[0]
    eve = await Visitor(app.test_client()).register("eve")
    assert (await eve.get(path)).status == 404
    assert (await eve.send(path, content="Hello?")).status == 404
    for nowhere in ("/chat/0", f"/chat/{10**30}", f"/chat/to/{10**30}"):
        assert (await eve.get(nowhere)).status == 404
    assert (await eve.send(f"/chat/to/{10**30}", content="Hello?")).status == 404
    assert (await eve.send(f"/reports/{10**30}/reopen")).status == 404
    assert (await stranger.get(path)).location.startswith("/auth/login")


async def test_the_log_reads_as_sentences(app: Application, founder: Visitor, reader: Visitor) -> None:
    database = held_by(app).database
    await reader.follow(await reader.send("/post/1/reply", body="Not a cat"))
    ana, bob = await _viewer(app, "ana"), await _viewer(app, "bob")
    await database.write(comments.set_removed, ana, 1, removed=True, reason="rude")
    await database.write(posts.set_locked, ana, 1, locked=True)
    await database.write(communities.ban_member, ana, 1, bob.id)
    lines = " ".join((await founder.get("/modlog")).text.split())
    assert "ana banned bob Moderator" in lines or "ana banned bob Admin" in lines
    assert "ana locked the post First cat by ana" in lines
    assert "ana removed a comment by bob on First cat" in lines


async def _viewer(app: Application, name: str) -> Viewer:
    database, domain = held_by(app).database, app.settings.site.domain
    async with database.read() as db:
        profile = await queries.profile_by_name(db, None, name, domain=domain)
        viewer = await queries.viewer_of_account(db, profile.person.id)
    assert viewer is not None
    return viewer
