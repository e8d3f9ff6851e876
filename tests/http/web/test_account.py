"""The way into an account, what its owner takes along and brings, and its end, in the browser."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations
from service.forum.accounts.operations.email_change import make_address_link
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import (
    CommunityMember,
    Departure,
    EmailChange,
    LoginSession,
    PostBookmark,
    User,
    UserBlock,
    UserNote,
)
from tests.http.web.uploads import file_form
from tests.http.web.visitor import PASSWORD, Visitor
from tests.serving import held_by
from tests.working import work_off

ACCOUNT = "/user/settings/account"


async def _one(app: Application, column: Any, *which: Any) -> Any:
    async with held_by(app).database.read() as db:
        return await db.scalar(select(column).where(*which))


async def test_another_address_takes_the_consent_of_both(app: Application, founder: Visitor) -> None:
    database = held_by(app).database
    await founder.get(ACCOUNT)
    wrong = await founder.send("/user/settings/email", email="new@x.example", password_for_email="no")
    assert wrong.status == 401
    assert "new@x.example" in wrong.html, "what was typed stands there still"
    account = await _one(app, User.id, User.user_name == "ana")

    async def ask(session: AsyncSession) -> tuple[str, str]:
        viewer = await _viewer(session, account)
        await operations.want_email(session, viewer, "New@x.example")
        links = [await make_address_link(session, account, side) for side in ("old", "new")]
        assert all(links)
        return tuple(link.token for link in links if link)  # type: ignore[return-value]

    old, new = await database.write(ask)
    assert "new@x.example" in (await founder.get(ACCOUNT)).text
    for token, words in ((old, "has to be confirmed from the other address"), (new, "Email address changed")):
        assert "Confirm change" in (await founder.get(f"/auth/change_email/{token}")).text
        assert await _one(app, User.email, User.id == account) == "ana@mail.example", (
            "opening changes nothing"
        )
        page = await founder.follow(await founder.send(f"/auth/change_email/{token}"))
        assert words in " ".join(page.text.split())
    assert await _one(app, User.email, User.id == account) == "new@x.example"
    assert (await founder.send(f"/auth/change_email/{new}")).status == 404, "a link is good once"
    assert await _one(app, EmailChange.user_id) is None


async def test_the_address_stays_if_one_changes_ones_mind(app: Application, founder: Visitor) -> None:
    account = await _one(app, User.id, User.user_name == "ana")
    await held_by(app).database.write(_want, account)
    assert await _one(app, EmailChange.user_id) == account
    await founder.follow(await founder.send("/user/settings/email/keep"))
    assert await _one(app, EmailChange.user_id) is None


async def _want(session: AsyncSession, account: int) -> None:
    await operations.want_email(session, await _viewer(session, account), "new@x.example")


async def _viewer(session: AsyncSession, account: int) -> Any:
    from service.forum.accounts.queries import viewer_of_account

    viewer = await viewer_of_account(await session.connection(), account)
    assert viewer is not None
    return viewer


async def test_sessions_are_named_in_plain_words(app: Application, founder: Visitor) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    await held_by(app).database.write(
        lambda session: session.execute(update(LoginSession).values(user_agent=firefox))
    )
    page = " ".join((await founder.get(ACCOUNT)).text.split())
    assert "Firefox on Linux" in page
    assert "last seen" in page


async def test_an_account_ends_after_a_week_unless_its_owner_stays(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    database = held_by(app).database
    await reader.get("/delete_account")
    assert (await reader.send("/delete_account", password="wrong")).status == 401
    page = await reader.follow(await reader.send("/delete_account", password=PASSWORD))
    assert "Keep my account" in page.text
    await database.write(operations.delete_departed)
    assert (await reader.get("/user/settings")).status == 200, "not before its time"
    await reader.follow(await reader.send("/delete_account/keep"))
    assert await _one(app, Departure.user_id) is None

    await reader.send("/delete_account", password=PASSWORD, removes_content="1")
    past = utcnow() - timedelta(minutes=1)
    await database.write(lambda session: session.execute(update(Departure).values(due_at=past)))
    assert await database.write(operations.delete_departed) == 1
    assert await _one(app, User.deleted, User.user_name == "bob")
    assert (await reader.get("/user/settings")).status == 303, "their sessions have ended"


async def test_the_only_administrator_stays(administrator: Visitor) -> None:
    await administrator.get("/delete_account")
    assert (await administrator.send("/delete_account", password=PASSWORD)).status == 403


async def test_everything_of_ones_own_is_in_one_archive(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await founder.send("/post/1/reply", body="Mine, too")
    await reader.send("/post/1/reply", body="Of somebody else")
    await founder.send("/post/1/bookmark")
    await founder.send("/u/bob/block")
    answer = await founder.client.post("/user/settings/export", form={"csrf_token": founder.token})
    archive = zipfile.ZipFile(io.BytesIO(await answer.get_data(as_text=False)))
    assert archive.testzip() is None
    settings = json.loads(archive.read("settings.json"))
    assert [one.rpartition("/")[2] for one in settings["followed_communities"]] == ["cats"]
    assert len(settings["saved_posts"]) == len(settings["blocked_users"]) == 1
    (post,) = [json.loads(line) for line in archive.read("posts.jsonl").splitlines()]
    (comment,) = [json.loads(line) for line in archive.read("comments.jsonl").splitlines()]
    assert (post["title"], comment["body"]) == ("First cat", "Mine, too")


async def test_settings_of_another_site_are_unpacked(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    async with held_by(app).database.read() as db:
        post = await db.scalar(select(User.ap_profile_id).where(User.user_name == "ana"))
    origin = str(post).rpartition("/u/")[0]
    brought = {
        "display_name": "Bob the brought",
        "settings": {"default_sort_type": "New", "show_read_posts": False, "id": 42},
        "followed_communities": [f"{origin}/c/cats", "https://127.0.0.1:1/c/nowhere", ""],
        "saved_posts": [f"{origin}/post/1"],
        "blocked_users": [f"{origin}/u/ana"],
        "user_notes": [{"target": f"{origin}/u/ana", "note": "Cats"}],
        "blocked_instances": ["nobody.example"],
    }
    await reader.get("/user/settings/import_export")
    for bad in (b"", b"[]", b'{"saved_posts": 3}', b"\xff"):
        assert (await file_form(reader, "/user/settings/import", "file", bad)).status == 422, bad
    answer = await file_form(reader, "/user/settings/import", "file", json.dumps(brought).encode())
    assert answer.status == 303, answer.text
    await work_off(held_by(app))
    bob = await _one(app, User.id, User.user_name == "bob")
    assert await _one(app, User.title, User.id == bob) == "Bob the brought"
    assert await _one(app, User.default_sort, User.id == bob) == "new"
    assert await _one(app, CommunityMember.user_id, CommunityMember.user_id == bob)
    assert await _one(app, PostBookmark.post_id, PostBookmark.user_id == bob) == 1
    assert await _one(app, UserBlock.blocked_id, UserBlock.blocker_id == bob)
    assert await _one(app, UserNote.body, UserNote.user_id == bob) == "Cats"


async def test_what_is_read_and_how(founder: Visitor) -> None:
    answer = await founder.send("/user/settings/reading", timezone="Europe/Berlin", newsletter="1")
    page = await founder.follow(answer)
    assert page.status == 200
    bad = await founder.send("/user/settings/reading", timezone="Nowhere/Land")
    assert bad.status == 422
