"""What the operations do to accounts: complete when made, found, changed, kept out, let back in, gone."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.forum.accounts import authentication, operations
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.passwords import hash_password
from service.forum.errors import Banned
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import DisabledAccount, Site, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.private_registration.caller import PASSWORD, Caller
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1")


async def row_of(database: Database, account_id: int) -> User:
    found = await database.write(lambda session: session.get(User, account_id))
    assert found is not None
    return found


async def test_an_account_is_complete(app: Application, caller: Caller) -> None:
    made = await caller.register("Carol", bio="I *like* cats", timezone="Europe/Berlin")
    user = await row_of(held_by(app).database, made["user_id"])
    assert user.private_key
    assert user.private_key.startswith("-----BEGIN PRIVATE KEY-----")
    assert user.public_key
    assert user.ap_profile_id == "https://pie.example/u/carol"
    assert (
        user.ap_public_url == "https://pie.example/u/carol"
    )  # the id that other servers know, here and in PieFed
    assert user.ap_inbox_url == "https://pie.example/u/carol/inbox"
    assert (user.verified, user.email_unread, user.newsletter, user.searchable) == (True, True, True, True)
    assert (user.instance_id, user.timezone, user.about) == (1, "Europe/Berlin", "I *like* cats")
    assert "<em>like</em>" in (user.about_html or "")
    assert user.ip_address == "", "the caller's address is not the owner's"


async def test_lists_filter_sort_and_turn_pages(app: Application, caller: Caller) -> None:
    for name in ("dora", "carol", "erin"):
        await caller.register(name)
    await caller.register("fred", auto_activate=False)

    async def names(query: str) -> list[str]:
        return [user["username"] for user in (await caller.call("GET", f"/users?{query}"))["users"]]

    assert await names("") == ["fred", "erin", "carol", "dora"]
    assert await names("sort=username_asc") == ["carol", "dora", "erin", "fred"]
    assert await names("sort=created_asc&limit=2&page=2") == ["erin", "fred"]
    assert await names("verified=false") == ["fred"]
    assert await names("search=CAR") == ["carol"]
    assert await names("search=%25") == []
    assert await names("last_seen_days=1&local_only=false&sort=post_count_desc") != []
    found = await caller.call("GET", "/user/lookup?username=carol")
    await caller.call("POST", f"/user/{found['user']['id']}/disable", {})
    assert await names("active=false") == ["carol"]
    assert await names("active=true&sort=username_desc") == ["fred", "erin", "dora"]
    pages = (await caller.call("GET", "/users?limit=3"))["pagination"]
    assert pages == {
        "page": 1,
        "limit": 3,
        "total": 4,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    for query in ("sort=karma", "limit=101", "limit=0", "page=0", "verified=perhaps", "last_seen_days=0"):
        await caller.call("GET", f"/users?{query}", status=400)


async def test_one_is_found_by_name_address_or_id(caller: Caller, ana: int) -> None:
    for query in ("username=ANA", "email=Ana@mail.example", f"id={ana}"):
        found = await caller.call("GET", f"/user/lookup?{query}")
        assert (found["found"], found["user"]["id"]) == (True, ana)
    for query in ("username=nobody", "email=no@mail.example", "id=2147483647"):
        assert await caller.call("GET", f"/user/lookup?{query}") == {"found": False}
    await caller.call("GET", "/user/lookup", status=400)


async def test_a_profile_is_changed(app: Application, caller: Caller, ana: int) -> None:
    body = {
        "display_name": "Ana Ng",
        "bio": "**hi**",
        "timezone": "Asia/Tokyo",
        "email": "New@mail.example",
        "newsletter": False,
        "searchable": False,
    }
    found = await caller.call("PUT", f"/user/{ana}", body)
    assert found["updated_fields"] == sorted(body)
    user = await row_of(held_by(app).database, ana)
    assert (user.title, user.about, user.email) == ("Ana Ng", "**hi**", "new@mail.example")
    assert (user.newsletter, user.searchable, user.timezone) == (False, False, "Asia/Tokyo")
    [entry] = await caller.audit(operation="user_update")
    assert entry["details"] == {"fields": ["about", "email", "newsletter", "searchable", "timezone", "title"]}


async def test_a_change_that_cannot_be(app: Application, caller: Caller, ana: int) -> None:
    await caller.register("carol")
    for body in (
        {"email": "CAROL@mail.example"},
        {"email": "nowhere"},
        {"timezone": "Mars/Olympus"},
        {"display_name": ""},
        {"bio": "x" * 2001},
    ):
        await caller.call("PUT", f"/user/{ana}", body, status=400)
    await caller.call("PUT", "/user/4711", {"bio": "x"}, status=404)
    await caller.call("PUT", "/user/99999999999999999999", {"bio": "x"}, status=404)
    entries = await caller.audit(operation="user_update")
    assert [entry["result"] for entry in entries][:2] == ["user_not_found"] * 2
    assert (await row_of(held_by(app).database, ana)).email == "ana@mail.example"


async def test_who_is_disabled_is_out_at_once_and_comes_back(app: Application, caller: Caller) -> None:
    database = held_by(app).database
    member = await making.member(database, "carol", password_hash=await hash_password(PASSWORD))
    token = bearer(token_of(member))

    async def comes_in() -> bool:
        answer = await app.test_client().get("/api/alpha/user/me", headers=token)
        return answer.status_code == 200

    assert await comes_in()
    done = await caller.call("POST", f"/user/{member.id}/disable", {"reason": "on leave"})
    assert (done["action"], done["performed_by"]) == ("disabled", "private registration")
    assert not await comes_in()
    with pytest.raises(Banned, match="disabled"):
        await authentication.authenticate(database, "carol", PASSWORD)
    again = await caller.call("POST", f"/user/{member.id}/disable", {}, status=400)
    assert again["error"] == "already_disabled"
    refused = await caller.call("PUT", f"/user/{member.id}", {"verified": True}, status=400)
    assert refused["error"] == "disabled"
    await caller.call("POST", f"/user/{member.id}/enable", {})
    assert not await comes_in(), "what was signed in stays signed out"
    assert (await authentication.authenticate(database, "carol", PASSWORD)).account_id == member.id
    assert (await caller.call("POST", f"/user/{member.id}/enable", {}, status=400))["error"] == "not_disabled"


async def test_being_disabled_ends_by_itself(app: Application, caller: Caller, ana: int) -> None:
    database = held_by(app).database
    until = (utcnow() + timedelta(days=1)).isoformat() + "Z"
    await caller.call("POST", f"/user/{ana}/disable", {"expires_at": until})
    assert await database.write(operations.enable_expired) == 0
    await database.write(
        lambda session: session.execute(
            update(DisabledAccount).values(expires_at=utcnow() - timedelta(seconds=1))
        )
    )
    assert await database.write(operations.enable_expired) == 1
    assert (await row_of(database, ana)).verified is True


async def test_a_ban_has_an_end(app: Application, caller: Caller, ana: int) -> None:
    for wrong in (
        "2020-01-01T00:00:00Z",
        "tomorrow",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ):
        await caller.call("POST", f"/user/{ana}/ban", {"expires_at": wrong}, status=400)
    await caller.call("POST", f"/user/{ana}/ban", {"expires_at": "2999-01-01T00:00:00+02:00"})
    user = await row_of(held_by(app).database, ana)
    assert user.banned_until is not None
    assert user.banned_until.isoformat() == "2998-12-31T22:00:00"
    found = (await caller.call("GET", f"/user/lookup?id={ana}"))["user"]
    assert (found["is_banned"], found["banned_until"]) == (True, "2998-12-31T22:00:00Z")


async def test_administrators_are_not_touched(app: Application, caller: Caller) -> None:
    boss = await making.administrator(held_by(app).database)
    for action in ("disable", "ban"):
        answer = await caller.call("POST", f"/user/{boss.id}/{action}", {}, status=403)
        assert answer["error"] == "forbidden"
    assert (await caller.call("DELETE", f"/user/{boss.id}", {}, status=403))["error"] == "last_administrator"
    await caller.call("PUT", f"/user/{boss.id}", {"verified": False}, status=403)


async def test_who_is_deleted_is_gone(app: Application, caller: Caller, ana: int) -> None:
    await caller.call("DELETE", f"/user/{ana}", {"reason": "asked for it"})
    user = await row_of(held_by(app).database, ana)
    assert (user.deleted, user.password_hash, user.email) == (True, None, f"deleted_{ana}@deleted.com")
    assert (await caller.call("DELETE", f"/user/{ana}", {}, status=400))["error"] == "already_deleted"
    await caller.call("POST", f"/user/{ana}/ban", {}, status=404)
    assert await caller.call("GET", f"/user/lookup?id={ana}") == {"found": False}
    taken = await caller.register("ana", email="x@mail.example", status=400)
    assert taken["error"] == "user_exists", "its name is nobody else's"


async def test_an_export_is_inert_in_a_spreadsheet(app: Application, caller: Caller) -> None:
    for number, formula in enumerate(FORMULAS):
        await caller.register(f"person{number}", display_name=formula)
    fields = ["id", "username", "display_name", "reputation", "is_banned", "created_at"]
    answer = await caller.send("POST", "/users/export", {"format": "csv", "export_fields": fields})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    rows = list(csv.DictReader(io.StringIO(await answer.get_data(as_text=True))))
    assert len(rows) == len(FORMULAS)
    for row in rows:
        assert row["display_name"].startswith("'"), row
    whole = await caller.call("POST", "/users/export", {"format": "json", "export_fields": fields})
    assert whole["total_records"] == len(FORMULAS)
    shown = {user["display_name"] for user in whole["users"]}
    assert shown == {"=1+1", "+1", "-1", "@SUM(A1)", "=1", "＝1"}
    wrong: dict[str, Any] = {"format": "xml"}
    await caller.call("POST", "/users/export", wrong, status=400)
    await caller.call("POST", "/users/export", {"export_fields": ["password_hash"]}, status=400)


async def test_an_export_is_streamed_in_batches(
    app: Application, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.http.api.admin.export.BATCH", 2)
    for name in ("carol", "dora", "erin", "fred", "gina"):
        await making.member(held_by(app).database, name)
    for kind in ("csv", "json"):
        answer = await caller.send("POST", "/users/export", {"format": kind, "export_fields": ["username"]})
        text = await answer.get_data(as_text=True)
        if kind == "json":
            assert [user["username"] for user in json.loads(text)["users"]][-1] == "gina"
        else:
            assert text.split() == ["username", "carol", "dora", "erin", "fred", "gina"]
    found = await caller.call(
        "POST",
        "/users/export",
        {"format": "json", "export_fields": ["username"], "filters": {"search": "er"}},
    )
    assert found["users"] == [{"username": "erin"}]


async def test_figures_add_up(app: Application, caller: Caller) -> None:
    await making.member(held_by(app).database, "ana")
    await caller.register("carol")
    made = await caller.register("dora")
    await caller.call("POST", f"/user/{made['user_id']}/ban", {})
    found = await caller.call("GET", "/stats/users")
    counted = {name: value for name, value in found.items() if name != "timestamp"}
    assert counted == {
        "total_users": 3,
        "local_users": 3,
        "remote_users": 0,
        "verified_users": 3,
        "banned_users": 1,
        "active_24h": 3,
        "active_7d": 3,
        "active_30d": 3,
        "registrations_today": 3,
        "registrations_7d": 3,
        "registrations_30d": 3,
    }
    found = await caller.call("GET", "/stats/registrations?days=7&include_hourly=true")
    assert (found["total_registrations"], found["private_registrations"]) == (3, 2)
    assert len(found["daily_breakdown"]) == 7
    assert found["daily_breakdown"][-1]["total"] == 3
    assert sum(hour["total"] for hour in found["hourly_breakdown"]) == 3
    assert "hourly_breakdown" not in await caller.call("GET", "/stats/registrations")


async def test_metrics_for_programs_and_for_prometheus(app: Application, caller: Caller) -> None:
    await caller.register("carol")
    await caller.register("carol", status=400)
    found = await caller.call("GET", "/metrics")
    calls = {(one["operation"], one["result"]): one["last_hour"] for one in found["calls"]}
    assert calls == {("private_register", "done"): 1, ("private_register", "user_exists"): 1}
    assert found["refused_share_last_day"] == 0.5
    answer = await caller.send("GET", "/metrics", Accept="text/plain")
    assert answer.headers["Content-Type"].startswith("text/plain")
    text = await answer.get_data(as_text=True)
    assert 'pieloop_admin_calls_last_hour{operation="private_register",result="done"} 1.0' in text
    assert 'pieloop_admin_users{kind="local"} 1.0' in text


async def test_health_names_every_part(caller: Caller) -> None:
    found = await caller.call("GET", "/monitoring/health")
    assert found["status"] == "healthy"
    assert {name: check["status"] for name, check in found["checks"].items()} == {
        "database": "healthy",
        "redis": "healthy",
        "rate_limiting": "not_configured",
        "mail": "not_configured",
        "api": "healthy",
    }


async def test_the_log_is_filtered_and_paged(caller: Caller, ana: int) -> None:
    for _ in range(3):
        await caller.operate("users")
    await caller.call("POST", f"/user/{ana}/ban", {"reason": "spam"})
    [entry] = await caller.audit(target=f"user:{ana}")
    assert (entry["operation"], entry["result"], entry["performed_by"]) == (
        "user_ban",
        "done",
        "private registration",
    )
    assert (entry["client_ip"], entry["details"]["reason"]) == ("127.0.0.1", "spam")
    assert len(await caller.audit(operation="users")) == 3
    assert await caller.audit(client_ip="192.0.2.1") == []
    assert await caller.audit(until="2020-01-01T00:00:00Z") == []
    assert len(await caller.audit(since="2020-01-01T00:00:00Z", operation="users")) == 3
    page = await caller.call("GET", "/monitoring/audit?operation=users&limit=2&page=2")
    assert (len(page["entries"]), page["pagination"]["total_pages"]) == (1, 2)


async def test_applications_are_for_administrators_with_a_token(app: Application, caller: Caller) -> None:
    database = held_by(app).database
    boss = await making.administrator(database)
    ana = await making.member(database, "ana")
    await database.write(
        lambda session: session.execute(update(Site).values(registration_mode="RequireApplication"))
    )
    ids = {}
    for name in ("carol", "dora"):
        form = RegistrationForm(name=name, password=PASSWORD, answer=f"I am {name}")
        ids[name] = (await authentication.register(database, form, domain="pie.example")).account_id
    app_of_boss = Caller(app.test_client(), None, headers=bearer(token_of(boss)))
    app_of_ana = Caller(app.test_client(), None, headers=bearer(token_of(ana)))
    for other in (app_of_ana, caller):
        assert (await other.send("GET", "/registration_application/list")).status_code == 400
    found = await app_of_boss.call("GET", "/registration_application/list")
    assert [one["user_name"] for one in found["registrations"]] == ["dora", "carol"]
    assert found["registrations"][0]["status"] == "awaiting review"
    decide = "/registration_application/approve"
    await app_of_boss.call("PUT", decide, {"user_id": ids["carol"], "approve": True})
    await app_of_boss.call("PUT", decide, {"user_id": ids["dora"], "approve": False})
    await app_of_boss.call("PUT", decide, {"user_id": ids["carol"], "approve": True}, status=400)
    found = await app_of_boss.call("GET", "/registration_application/list?pending_only=false")
    [carol] = found["registrations"]
    assert (carol["status"], carol["approved_by"]["user_name"]) == ("approved", "admin")
    entries = await caller.audit(performed_by="admin")
    assert [entry["operation"] for entry in entries] == ["application_deny", "application_approve"]
    async with database.read() as db:
        assert await db.scalar(select(User.id).where(User.id == ids["dora"])) is None
