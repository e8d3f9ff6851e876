"""The pages on which administrators see other servers and decide about them, and the one for everybody."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation import withdrawals
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import (
    BannedInstance,
    Comment,
    DefederationSubscription,
    Instance,
    Peer,
    Post,
    ReceivedActivity,
    Role,
    RolePermission,
    SentActivity,
    Undelivered,
    User,
    UserRole,
    Withdrawal,
    Withdrawn,
)
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import far_community, told
from tests.forum.elsewhere import stranger as far_person
from tests.http.web.visitor import Page, Visitor
from tests.serving import held_by
from tests.working import work_off

PAGES = ("/admin/instances", "/admin/instances/far.example", "/admin/federation", "/admin/parked")


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


@pytest.fixture
async def far(database: Database) -> int:
    """Another server with a person and a community."""
    person = await far_person(database, "zoe")
    await far_community(database, "loud")

    async def describe(session: AsyncSession) -> None:
        now = utcnow()
        known = update(Instance).where(Instance.id == person.instance_id)
        await session.execute(known.values(software="lemmy", version="0.19", last_seen=now, failures=3))
        session.add(Peer(instance_id=person.instance_id, last_error="502", retry_at=now))

    await database.write(describe)
    return person.instance_id


@pytest.mark.usefixtures("far")
async def test_they_are_for_those_who_may_change_settings_of_instances(
    app: Application, database: Database, administrator: Visitor, stranger: Visitor
) -> None:
    member = await Visitor(app.test_client()).register("bob")
    await member.get("/user/settings")
    for path in PAGES:
        assert (await administrator.get(path)).status == 200, path
        assert (await member.get(path)).status == 403, path
        assert (await stranger.get(path)).location.startswith("/auth/login"), path
    sent = ("/admin/instances/far.example/block", "/admin/federation/mode", "/admin/federation/list")
    for path in (*sent, "/admin/federation/subscriptions", "/admin/parked/drop"):
        assert (await member.send(path, mode="off", change="block", entries="a.example")).status == 403, path

    async def appoint(session: AsyncSession) -> None:
        role = Role(name="Envoys", weight=9)
        session.add(role)
        await session.flush()
        session.add(RolePermission(role_id=role.id, permission="change instance settings"))
        bob = await session.scalar(select(User.id).where(User.user_name == "bob"))
        session.add(UserRole(user_id=bob, role_id=role.id))

    await database.write(appoint)
    for path in PAGES:
        assert (await member.get(path)).status == 200, path


async def test_servers_are_found(administrator: Visitor, far: int) -> None:
    assert (await administrator.get(f"/admin/instance/{far}/edit")).location == "/admin/instances/far.example"
    assert (await administrator.get("/admin/instance/4711/edit")).status == 404
    page = await administrator.get("/admin/instances?q=FAR&state=failing&sort=failures")
    assert page.links("/admin/instances/") == ["/admin/instances/far.example"]
    assert "lemmy 0.19" in page.text
    assert "3 failures" in page.text
    for query in ("state=blocked", "q=nothing", "decided=trusted"):
        assert "No servers found" in (await administrator.get(f"/admin/instances?{query}")).text, query
    for query in ("sort=karma", "state=x", "decided=x", "page=99", "q=%00", "q=%25"):
        assert (await administrator.get(f"/admin/instances?{query}")).status == 200, query


async def done(administrator: Visitor, domain: str, action: str, **form: Any) -> Page:
    return await administrator.follow(await administrator.send(f"/admin/instances/{domain}/{action}", **form))


# What is done -> what the page then shows, what takes it back, and what it then does not show.
ACTIONS = [
    ("block", "Blocked", "unblock"),
    ("allow", "Allowed", "disallow"),
    ("silence", "Silenced", "unsilence"),
    ("trust", "Trusted", "distrust"),
]


@pytest.mark.usefixtures("far")
async def test_each_decision_can_be_taken_back(administrator: Visitor) -> None:
    await administrator.get("/admin/instances/far.example")
    for action, shown, back in ACTIONS:
        page = await done(administrator, "far.example", action, reason="<b>why</b>")
        assert (shown in tags(page), f"/admin/instances/far.example/{back}" in forms(page)) == (True, True)
        assert "<b>why</b>" not in page.html
        page = await done(administrator, "far.example", back)
        assert (shown in tags(page), f"/admin/instances/far.example/{action}" in forms(page)) == (False, True)
    page = await done(administrator, "far.example", "retry")
    assert "Healthy" in tags(page)
    page = await done(administrator, "far.example", "note", note="Slow & old", posting_warning="Be kind")
    assert page.named("posting_warning")["value"] == "Be kind"
    assert "Slow & old" in page.text
    wrong = await administrator.send("/admin/instances/far.example/note", note="x" * 5001)
    assert (wrong.status, wrong.links("#f-")) == (422, ["#f-note"])
    assert (await done(administrator, "far.example", "forget")).status == 200
    log = await administrator.get("/admin/audit/?target=instance:far.example")
    assert "11 entries" in log.text


def tags(page: Page) -> list[str]:
    """What stands in the tags of a page."""
    return [part.partition(">")[2].partition("<")[0] for part in page.html.split('<span class="tag')[1:]]


def forms(page: Page) -> list[str]:
    return [found.get("action", "") for tag, found in page.tags if tag == "form"]


async def test_a_server_that_was_never_met_can_be_decided_about(administrator: Visitor) -> None:
    assert "Never contacted" in (await administrator.get("/admin/instances/new.example")).text
    page = await done(administrator, "new.example", "block", reason="spam")
    assert "Blocked by boss" in page.text
    assert "spam" in page.text
    assert "Blocked" in tags(await administrator.get("/admin/instances/sub.new.example"))
    for path in ("nonsense", "a b.example", "%00.example", "x" * 300 + ".example"):
        assert (await administrator.get(f"/admin/instances/{path}")).status == 404, path
        for action in ("block", "trust"):
            assert (await administrator.send(f"/admin/instances/{path}/{action}")).status == 404, path
    assert (await administrator.send("/admin/instances/new.example/explode")).status == 404
    assert (await administrator.send("/admin/instances/new.example/trust")).status == 404


async def test_many_servers_at_once_with_an_export_and_a_way_back(
    app: Application, administrator: Visitor, stranger: Visitor
) -> None:
    await administrator.get("/admin/federation")
    listed = '#domain,#severity,#public_comment\na.example,suspend,"spam, scam"\nb.example,suspend,\nc.example,silence,'
    page = await administrator.send("/admin/federation/list", change="block", entries=listed)
    assert "2 servers are blocked." in page.text
    assert "1 line asks for less than a block" in page.text
    export = await administrator.get("/admin/federation/blocked.csv")
    assert export.html.splitlines()[1:] == [
        'a.example,suspend,true,true,"spam, scam",false',
        "b.example,suspend,true,true,,false",
    ]
    known = await (await stranger.client.get("/api/alpha/federated_instances")).get_json()
    assert [row["domain"] for row in known["federated_instances"]["blocked"]] == ["a.example", "b.example"]
    back = page.named("entries")
    assert "hidden" in back
    undone = export.html
    page = await administrator.send("/admin/federation/list", change="unblock", entries=undone)
    assert "2 servers are unblocked." in page.text
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"change": "block", "entries": "nonsense"}, "entries"),
        ({"change": "block", "entries": ""}, "entries"),
        ({"change": "nothing", "entries": "a.example"}, "change"),
        ({"change": "block", "entries": app.settings.site.domain}, "entries"),
    )
    for form, field in refused:
        wrong = await administrator.send("/admin/federation/list", **form)
        assert (wrong.status, wrong.links("#f-")) == (422, [f"#f-{field}"]), form
    assert (await administrator.send("/admin/federation/mode", mode="x")).links("#f-") == ["#f-mode"]
    for mode in ("allow", "off", "block"):
        page = await administrator.follow(await administrator.send("/admin/federation/mode", mode=mode))
        chosen = [found for tag, found in page.tags if tag == "option" and "selected" in found]
        assert chosen[0]["value"] == mode


async def test_lists_of_other_sites_are_followed_and_given_up(
    administrator: Visitor, database: Database
) -> None:
    await administrator.get("/admin/federation")
    follow = "/admin/federation/subscriptions"
    page = await administrator.follow(await administrator.send(follow, domain="Lists.example"))
    assert "not fetched yet" in page.text
    for domain, status in (("lists.example", 409), ("nonsense", 422)):
        wrong = await administrator.send(follow, domain=domain)
        assert (wrong.status, wrong.links("#f-")) == (status, ["#f-domain"])

    async def fill(session: AsyncSession) -> int:
        [row] = await session.scalars(select(DefederationSubscription))
        session.add(BannedInstance(domain="bad.example", subscription_id=row.id))
        return row.id

    subscription = await database.write(fill)
    page = await administrator.get("/admin/instances/bad.example")
    assert "On a blocklist" in tags(page)
    page = await done(administrator, "bad.example", "allow")
    assert "Allowed" in tags(page)
    page = await administrator.follow(await administrator.send(f"{follow}/{subscription}/remove"))
    assert "lists.example" not in page.text
    assert (await administrator.send(f"{follow}/{subscription}/remove")).status == 404


async def test_what_was_given_up_is_tried_once_more_or_dropped(
    administrator: Visitor, database: Database, far: int
) -> None:
    now = utcnow()
    assert "Nothing has failed permanently" in (await administrator.get("/admin/parked")).text
    rows: list[Any] = [
        ReceivedActivity(
            key=b"%d" % number,
            lane=1,
            kind="Create/Note",
            host="far.example",
            body=b"{}",
            parked_at=now,
            last_error=error,
        )
        for number, error in enumerate(("no author", "no author", "two\nlines"))
    ]
    rows += [
        OutboxEvent(topic="mail", kind="EmailRequested", payload={}, parked_at=now, last_error="refused"),
        SentActivity(
            id=7, key=b"7", kind="Announce/Like", signer_kind="site", signer_id=1, lane="", body=b"{}"
        ),
        Undelivered(instance_id=far, activity_id=7, inbox="x", last_error="400"),
    ]
    await making.add(database, *rows)
    page = await administrator.get("/admin/parked")
    for words in ("Create/Note", "far.example", "no author", "mail: EmailRequested", "Announce/Like"):
        assert words in page.text, words
    heap: dict[str, Any] = {"queue": "received", "kind": "Create/Note", "host": "far.example"}
    await administrator.follow(await administrator.send("/admin/parked/retry", **heap, error="no author"))
    await administrator.follow(await administrator.send("/admin/parked/drop", **heap, error="two\r\nlines"))
    mail: dict[str, Any] = {"queue": "events", "kind": "mail: EmailRequested", "host": "", "error": "refused"}
    await administrator.follow(await administrator.send("/admin/parked/retry", **mail))
    letter: dict[str, Any] = {
        "queue": "deliveries",
        "kind": "Announce/Like",
        "host": "far.example",
        "error": "400",
    }
    page = await administrator.follow(await administrator.send("/admin/parked/retry", **letter))
    assert "Nothing has failed permanently" in page.text
    async with database.read() as db:
        assert list(await db.scalars(select(ReceivedActivity.attempts))) == [0, 0]
        assert await db.scalar(select(Undelivered.retry_at)) is not None
    for queue in ("x", ""):
        assert (await administrator.send("/admin/parked/retry", queue=queue)).status == 404
    assert (await administrator.send("/admin/parked/burn", queue="events")).status == 404
    assert (await administrator.send("/admin/parked/drop", queue="events", kind="\0")).status == 303


async def _shown(database: Database) -> set[str]:
    """What is there: titles of posts and texts of comments."""
    written = select(Post.title).where(Post.deleted.is_(False))
    said = select(Comment.body).where(Comment.deleted.is_(False))
    async with database.read() as db:
        return {*map(str, await db.scalars(written)), *map(str, await db.scalars(said))}


@pytest.mark.scenario(144)
@pytest.mark.usefixtures("far")
async def test_what_is_here_of_a_blocked_server_goes_with_it_and_comes_back(
    app: Application, administrator: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawals, "BATCH", 2)
    ana = await making.member(database, "ana")
    cats, loud = await making.community(database, ana), await far_community(database, "quiet")
    eve, sub = await far_person(database, "eve"), await far_person(database, "max", host="sub.far.example")
    third = await far_person(database, "tim", host="third.example")
    theirs = {"A", "B", "C", "D", "E", "hi"}
    wrote = [(eve, cats, "A"), (eve, cats, "B"), (eve, loud, "C"), (sub, cats, "D"), (third, loud, "E"),
             (third, cats, "stays"), (ana, loud, "ours")]  # fmt: skip
    await making.add(
        database, *(Post(user_id=who.id, community_id=where, instance_id=who.instance_id, title=title,
                         deleted=False, status=1) for who, where, title in wrote)
    )  # fmt: skip
    for who, words in ((eve, "hi"), (ana, "hello")):
        by = {"user_id": who.id, "instance_id": who.instance_id}
        await making.add(
            database, Comment(post_id=6, community_id=cats, body=words, deleted=False, path=[0], **by)
        )
    everything = await _shown(database)
    await administrator.get("/admin/instances/far.example")
    assert (await administrator.send("/admin/instances/far.example/withdraw")).status == 409, "not blocked"
    page = await done(administrator, "far.example", "block", reason="spam", withdraws="1")
    assert await work_off(held_by(app)) > 3, "bit by bit"
    assert await _shown(database) == everything - theirs
    assert await told(database) == [], "it is decided for this site"
    assert "/admin/instances/far.example/bring-back" in forms(page)
    page = await done(administrator, "far.example", "bring-back")
    await work_off(held_by(app))
    assert await _shown(database) == everything
    page = await done(administrator, "far.example", "withdraw")
    await work_off(held_by(app))

    # What somebody decides meanwhile stays decided.
    async def decide(session: AsyncSession) -> None:
        await session.execute(update(Post).where(Post.title == "A").values(deleted_by=eve.id))

    await database.write(decide)
    await done(administrator, "far.example", "unblock")
    await work_off(held_by(app))
    assert await _shown(database) == everything - {"A"}
    async with database.read() as db:
        assert (await db.execute(select(Withdrawn.id).union(select(Withdrawal.by_id)))).all() == []
