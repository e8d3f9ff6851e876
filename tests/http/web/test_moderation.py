"""What moderators do in a browser: the queue, bans, the team, marks on what others wrote, a community's end."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import queries
from service.forum.accounts.viewer import Viewer
from service.forum.posts.choices import PostStatus
from service.forum.reports.operations import Complaint, report_comment, report_post
from service.http.application import Application
from service.language.formats import day
from service.storage.clock import utcnow
from service.storage.tables import Post, Report
from tests.forum import making
from tests.http.web.filling import form_of
from tests.http.web.visitor import Visitor
from tests.http.web.whole_site import picture
from tests.serving import held_by
from tests.working import work_off

MODERATE = "/community/cats/moderate"
PAGES = (
    MODERATE,
    f"{MODERATE}?show=handed-up",
    f"{MODERATE}?show=held-back",
    f"{MODERATE}?show=settled",
    f"{MODERATE}/bans",
    f"{MODERATE}/bans/new?person=bob",
    f"{MODERATE}/moderators",
    f"{MODERATE}/subscribers",
    f"{MODERATE}/flair",
    f"{MODERATE}/wiki",
    f"{MODERATE}/wiki/add",
    f"{MODERATE}/modlog",
    f"{MODERATE}/modlog?what=ModBan&by=ana&person=nobody",
    "/community/cats/delete",
    "/post/1/voting_activity",
    "/post/1/set_flair",
)


async def test_moderators_have_pages_that_nobody_else_has(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    for path in PAGES:
        assert (await founder.get(path)).status == 200, path
        assert (await reader.get(path)).status == 403, path
        assert (await stranger.get(path)).location.startswith("/auth/login"), path
    assert (await stranger.get("/community/cats/wiki")).status == 200
    assert (await stranger.get("/modlog?community=cats&by=nobody")).status == 200


async def test_moderators_see_the_images_that_are_reported(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    bob = await _viewer(app, "bob")
    await founder.publish("cats", "A photo", kind="photo", image=picture(), alt_text="A red cat", nsfw="1")
    await held_by(app).database.write(report_post, bob, 2, Complaint(reason="No cat"))
    page = await founder.get("/reports")
    assert [found["loading"] for tag, found in page.tags if tag == "img" and found["alt"] == "A red cat"] == [
        "lazy"
    ]
    assert "photo blur" in page.html, "what may upset is not seen at once"


async def test_a_report_is_acted_on_where_it_is_read(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    database = held_by(app).database
    bob, eve = await _viewer(app, "bob"), await making.member(database, "eve")
    await founder.follow(await founder.send("/post/1/reply", body="A **rude** [comment](https://x.example/)"))
    first = await database.write(report_post, bob, 1, Complaint(reason="Not a cat"))
    await database.write(report_post, eve, 1, Complaint(reason="A dog"))
    comment = await database.write(report_comment, bob, 1, Complaint(reason="Rude"))
    page = await founder.get("/reports")
    assert [reason for reason in ("Not a cat", "A dog", "Rude") if reason not in page.text] == []
    assert "1 post" in page.text, "the history of who wrote it stands beside it"
    assert "A rude comment" in page.text, "and what it is, as one reads it"
    assert "Open (3)" in page.text
    assert page.html.count('class="context"') == 0, "a comment that answers none has nothing above it"
    nexts = [
        found["value"]
        for _, found in page.tags
        if found.get("name") == "next" and "report-" in found["value"]
    ]
    assert nexts == [f"/reports#report-{one}" for one in (2, 1, 2)], (
        "each leads on to the next, the last back"
    )
    assert all(page.with_id(one.partition("#")[2])["tabindex"] == "-1" for one in nexts)

    refused = await founder.send(f"/reports/{first}/decide", verdict="remove", reason=" ")
    assert (refused.status, "Give a reason" in refused.text) == (422, True)
    assert (await founder.send(f"/reports/{first}/decide", verdict="burn")).status == 404
    assert (await reader.send(f"/reports/{first}/decide", verdict="dismiss")).status == 404

    await reader.send("/post/1/comment/1/reply", body="An answer")
    below = await database.write(report_comment, eve, 2, Complaint(reason="Also rude"))
    page = await founder.get(f"/reports/{below}")
    assert 'class="context"' in page.html
    assert ("A rude comment" in page.text, "An answer" in page.text) == (True, True)
    answer = await founder.send(
        f"/reports/{below}/decide", verdict="dismiss", next=f"/reports#report-{first}"
    )
    assert answer.location == f"/reports#report-{first}"
    await founder.follow(await founder.send(f"/reports/{comment}/decide", verdict="lock", reason="heated"))
    await founder.follow(await founder.send(f"/reports/{first}/decide", verdict="ignore"))
    page = await founder.get("/reports")
    assert "No reports" in page.text, "each settles all reports of the same thing"
    again = await reader.send(f"/reports/{first}/reopen")
    assert again.status == 404
    assert "Not a cat" in (await founder.get("/reports?show=settled")).text
    with pytest.raises(Exception, match="have already reviewed this"):
        await database.write(report_post, bob, 1, Complaint(reason="Still no cat"))


async def test_what_is_removed_is_told_to_its_author_with_the_reason(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await reader.follow(await reader.send("/community/cats/subscribe"))
    path = await reader.publish("cats", "Second cat")
    await reader.follow(await reader.send("/post/1/reply", body="Something rude"))
    ana = await _viewer(app, "ana")
    report = await held_by(app).database.write(report_post, ana, 2, Complaint(reason="Spam"))
    await founder.get("/reports")
    await founder.send(f"/reports/{report}/decide", verdict="remove", reason="We have enough cats")
    await founder.send("/comment/1/remove", reason="Be kind")
    await work_off(held_by(app))
    told = (await reader.get("/notifications")).text
    assert "Your post “Second cat” was removed: We have enough cats" in told
    assert "Your comment on “First cat” was removed: Be kind" in told
    assert (await reader.get(path)).status == 200, "its author may read it"
    assert "was removed" not in (await founder.get("/notifications")).text


async def test_a_moderator_hands_up_what_administrators_should_see(
    app: Application, administrator: Visitor, founder: Visitor, reader: Visitor
) -> None:
    bob = await _viewer(app, "bob")
    report = await held_by(app).database.write(report_post, bob, 1, Complaint(reason="Threats"))
    await founder.get("/reports")
    await founder.follow(await founder.send(f"/reports/{report}/hand_up", next="/reports"))
    assert "Escalated" in (await founder.get("/reports")).text
    await work_off(held_by(app))
    assert "escalated a report" in (await administrator.get("/notifications")).text
    page = await administrator.get("/reports?show=handed-up")
    assert "Threats" in page.text
    await administrator.follow(await administrator.send(f"/reports/{report}/decide", verdict="dismiss"))
    assert (await founder.send(f"/reports/{report}/hand_up")).status == 404


async def test_somebody_banned_reads_why_and_until_when_and_comes_back(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await reader.follow(await reader.send("/community/cats/subscribe"))
    await reader.follow(await reader.send("/post/1/reply", body="A comment"))
    form = await form_of(founder, f"{MODERATE}/bans/new?person=bob", f"{MODERATE}/bans/new")
    for wrong in ({"person": "nobody"}, {"until": "2020-01-01"}, {"until": "soon"}, {"reason": "x" * 300}):
        page = await form.send(founder, **{"reason": "Spam", "person": "bob"} | wrong)
        assert page.status == 422, wrong
    end = (utcnow() + timedelta(days=3)).date()
    await founder.follow(await form.send(founder, reason="Too many dogs", until=f"{end}", content="1"))
    await work_off(held_by(app))

    banned = await reader.get("/c/cats")
    assert "Too many dogs" in banned.text
    assert day(end + timedelta(days=1)) in banned.text
    offered = [found.get("formaction", "") for _, found in banned.tags]
    assert not any(path.endswith(("/subscribe", "/unsubscribe")) for path in offered)
    post = await reader.get("/post/1")
    assert "Too many dogs" in post.text
    assert not [found for tag, found in post.tags if tag == "textarea"]
    assert not post.links("/post/1/comment/1/reply")
    assert (await reader.get("/community/cats/submit")).location == "/c/cats", "the place that says so"
    refused = await reader.send("/post/1/reply", body="But dogs are fine")
    assert (refused.status, "Too many dogs" in refused.text) == (403, True)
    assert "A comment" not in (await founder.get("/post/1")).text

    assert "Too many dogs" in (await founder.get(f"{MODERATE}/bans")).text
    bob = (await _viewer(app, "bob")).id
    await founder.follow(await founder.send(f"{MODERATE}/bans/{bob}/lift", restore="1"))
    await work_off(held_by(app))
    assert "No one is banned" in (await founder.get(f"{MODERATE}/bans")).text
    assert "A comment" in (await founder.get("/post/1")).text
    assert [found for tag, found in (await reader.get("/post/1")).tags if tag == "textarea"]


async def test_an_owner_appoints_and_dismisses_but_is_not_dismissed(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    team = f"{MODERATE}/moderators"
    form = await form_of(founder, team, team)
    assert (await form.send(founder, person="nobody")).status == 422
    await founder.follow(await form.send(founder, person="@bob"))
    ana, bob = (await _viewer(app, "ana")).id, (await _viewer(app, "bob")).id
    page = await reader.get(team)
    assert page.status == 200
    assert not [found for _, found in page.tags if found.get("formaction") == f"{team}/{ana}/dismiss"]
    refused = await reader.send(f"{team}/{ana}/dismiss")
    assert refused.status == 403
    assert (await reader.send(team, person="ana")).status == 403
    await founder.follow(await founder.send(f"{team}/{bob}/make_owner"))
    await reader.get(team)
    await reader.follow(await reader.send(f"{team}/{ana}/dismiss"))
    assert (await founder.get(team)).status == 403


async def test_marks_on_what_others_wrote(app: Application, founder: Visitor, reader: Visitor) -> None:
    await reader.follow(await reader.send("/post/1/reply", body="An answer"))
    await founder.follow(await founder.send("/post/1/reply", body="A word of the moderators"))
    await _change(app, update(Post).where(Post.id == 1).values(nsfw=False))
    menu = [found.get("formaction") for _, found in (await founder.get("/post/1")).tags]
    assert "/post/1/mark_nsfw" not in [
        found.get("formaction") for _, found in (await reader.get("/post/1")).tags
    ]
    assert "/post/1/mark_nsfw" in menu
    assert (await founder.get("/comment/1/moderate")).status == 200
    assert (await reader.get("/comment/1/moderate")).status == 403
    for path, sign in (
        ("/comment/1/lock", "Locked"),
        ("/comment/1/choose_answer", "Answer"),
        ("/comment/2/distinguish", "speaks"),
    ):
        assert (await reader.send(path)).status == 403, path
        page = await founder.follow(await founder.send(path, next="/post/1"))
        assert sign in page.html, path
    assert "There are no votes" not in (await founder.get("/comment/1/voting_activity")).text
    assert (await reader.get("/comment/1/voting_activity")).status == 403


async def test_labels_are_made_and_put_on_posts(founder: Visitor, reader: Visitor) -> None:
    flair = f"{MODERATE}/flair"
    form = await form_of(founder, flair, flair)
    await founder.follow(await form.send(founder, flair_title="Kitten", background_color="#123456"))
    twice = await form.send(founder, flair_title="kitten")
    assert (twice.status, "flair already exists" in twice.text) == (409, True)
    edit = await form_of(founder, flair, f"{flair}/1")
    assert edit.value("flair_title") == "Kitten"
    await founder.follow(await edit.send(founder, flair_title="Kittens"))
    page = await founder.get("/post/1/set_flair")
    assert "Kittens" in page.text
    page = await founder.follow(await founder.send("/post/1/set_flair", flair="1"))
    assert "Kittens" in page.text
    assert (await reader.send("/post/1/set_flair", flair="1")).status == 403
    await founder.get(flair)
    await founder.follow(await founder.send(f"{flair}/1/delete"))
    assert "No flair yet" in (await founder.get(flair)).text
    await founder.follow(await founder.send("/community/cats/my_flair", flair_text="Cat person"))
    assert (await founder.get("/community/cats/my_flair")).named("flair_text")["value"] == "Cat person"


async def test_who_is_invited_joins_what_nobody_else_can(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await founder.create_community("secret", private="1", invitations="3")
    eve = await Visitor(app.test_client()).register("eve")
    form = await form_of(founder, "/community/secret/invite", "/community/secret/invite")
    assert (await form.send(founder, person="nobody")).status == 422
    await founder.follow(await form.send(founder, person="bob"))
    await work_off(held_by(app))
    (told,) = (await reader.get("/notifications")).links("/notification/")
    path = (await reader.get(told)).location
    assert path.startswith("/community/secret/accept_invite/")
    assert (await eve.get(path)).status == 404
    assert (await eve.send(path)).status == 404
    await reader.get(path)
    assert "secret" in (await reader.follow(await reader.send(path))).text.lower()
    assert (await reader.get(path)).status == 404, "an invitation is used once"
    assert (await reader.send("/community/secret/invite", person="eve")).status == 403
    await founder.follow(await form.send(founder, person="eve"))
    await founder.get("/community/secret/invite")
    await founder.follow(await founder.send("/community/secret/invitations/2/withdraw"))
    assert "Pending invitations" not in (await founder.get("/community/secret/invite")).text


async def test_a_wiki_is_written_read_and_brought_back(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    wiki = "/community/cats/wiki"
    form = await form_of(founder, f"{MODERATE}/wiki/add", f"{MODERATE}/wiki/add")
    await founder.follow(await form.send(founder, title="House rules", body="Be **kind**"))
    assert (await form.send(founder, title="House rules", body="Again")).status == 409
    assert (await form.send(founder, title="Ä", slug="Ä B", body="x")).status == 422
    assert "<strong>kind</strong>" in (await stranger.get(f"{wiki}/house-rules")).html
    assert f"{wiki}/house-rules" in (await stranger.get("/c/cats")).links(wiki)
    assert (await reader.get(f"{wiki}/house-rules/edit")).status == 403
    edit = await form_of(founder, f"{wiki}/house-rules/edit", f"{wiki}/house-rules/edit")
    await founder.follow(await edit.send(founder, body="Be quiet", who_can_edit="3"))
    mine = await form_of(reader, f"{wiki}/house-rules/edit", f"{wiki}/house-rules/edit")
    assert mine.value("slug") is None, "only moderators move a page"
    await reader.follow(await mine.send(reader, body="Be loud"))
    history = (await stranger.get(f"{wiki}/house-rules/history")).links(f"{wiki}/house-rules/")
    assert history == [f"{wiki}/house-rules/{number}" for number in (3, 2, 1)]
    assert "kind" in (await stranger.get(f"{wiki}/house-rules/1")).text
    assert (await stranger.get(f"{MODERATE}/wiki/1/edit")).location == f"{wiki}/house-rules/edit"
    await founder.follow(await founder.send(f"{wiki}/house-rules/1/revert"))
    assert "kind" in (await stranger.get(f"{wiki}/house-rules")).text
    assert (await reader.send(f"{MODERATE}/wiki/1/delete")).status == 403
    await founder.follow(await founder.send(f"{MODERATE}/wiki/1/delete"))
    assert (await stranger.get(f"{wiki}/house-rules")).status == 404


async def test_a_community_goes_and_comes_back(founder: Visitor, reader: Visitor) -> None:
    assert (await reader.send("/community/cats/delete")).status == 403
    assert "/community/cats/delete" in (await founder.get("/community/cats/edit")).links("/community/cats/")
    await founder.get("/community/cats/delete")
    page = await founder.follow(await founder.send("/community/cats/delete"))
    assert "/community/cats/restore" in [found.get("formaction") for _, found in page.tags]
    assert (await reader.get("/c/cats")).status == 404
    assert (await reader.send("/community/cats/restore")).status in (403, 404)
    await founder.follow(await founder.send("/community/cats/restore"))
    assert (await reader.get("/c/cats")).status == 200


async def test_what_is_held_back_is_let_through(app: Application, founder: Visitor, reader: Visitor) -> None:
    path = await reader.publish("cats", "Held back")
    await _change(app, update(Post).where(Post.id == 2).values(status=PostStatus.REVIEWING.value))
    page = await founder.get("/reports?show=held-back")
    assert "Awaiting approval" in page.text
    eve = await Visitor(app.test_client()).register("eve")
    assert (await eve.get(path)).status == 404
    assert (await founder.get("/post/2")).status == 200
    assert (await eve.send("/post/2/let_through")).status == 404
    await founder.follow(await founder.send("/post/2/let_through", next="/reports?show=held-back"))
    assert (await eve.get(path)).status == 200
    assert "Nothing awaiting approval" in (await founder.get("/reports?show=held-back")).text


async def test_reports_of_every_kind_stand_in_one_queue(
    app: Application, administrator: Visitor, founder: Visitor, reader: Visitor
) -> None:
    ana, bob = await _viewer(app, "ana"), await _viewer(app, "bob")
    kinds = {
        "a person": Report(type=0, suspect_user_id=ana.id),
        "a community": Report(type=3, suspect_community_id=1, in_community_id=1),
        "a conversation": Report(type=4),
        "of nothing": Report(type=1, suspect_post_id=None),
    }
    for reason, report in kinds.items():
        report.reasons, report.reporter_id, report.targets = reason, bob.id, {}
    await making.add(held_by(app).database, *kinds.values())
    page = await administrator.get("/reports")
    assert [reason for reason in kinds if reason not in page.text] == []
    mine = (await founder.get("/reports")).text
    assert "a community" in mine
    assert "a person" not in mine
    await administrator.follow(await administrator.send("/reports/1/decide", verdict="dismiss"))
    assert (await administrator.send("/reports/2/decide", verdict="remove", reason="x")).status == 422


async def test_only_those_who_moderate_have_reports_in_their_menu(
    administrator: Visitor, founder: Visitor, reader: Visitor
) -> None:
    assert (await founder.get("/")).links("/reports") == ["/reports"]
    assert (await administrator.get("/")).links("/reports") == ["/reports"]
    assert (await reader.get("/")).links("/reports") == []


async def _change(app: Application, statement: object) -> None:
    async def change(session: AsyncSession) -> None:
        await session.execute(statement)  # type: ignore[call-overload]

    await held_by(app).database.write(change)


async def _viewer(app: Application, name: str) -> Viewer:
    database, domain = held_by(app).database, app.settings.site.domain
    async with database.read() as db:
        profile = await queries.profile_by_name(db, None, name, domain=domain)
        viewer = await queries.viewer_of_account(db, profile.person.id)
    assert viewer is not None
    return viewer
