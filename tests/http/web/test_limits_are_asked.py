"""Each page and form that is limited asks its limit before it does anything, and there is none without a case."""

import ast
import sys
from pathlib import Path
from typing import Any, cast

import pytest

import service.http.web
from service.forum.errors import TooMany
from service.http.application import Application
from service.http.passing import limits
from service.storage.tables import Setting
from tests.http.web.visitor import Visitor
from tests.serving import held_by

WEB = Path(service.http.web.__file__).parent
FORMS: list[tuple[str, str, dict[str, str]]] = [
    ("recovery", "/auth/resend_email", {"email": "a@x.example"}),
    ("recovery", "/auth/reset_password_request", {"email": "a@x.example"}),
    ("recovery", "/auth/reset_password/token", {"password": "a-long-one-1"}),
    ("sign_in", "/auth/login", {"user_name": "ana", "password": "x"}),
    ("register", "/auth/register", {"user_name": "new"}),
    ("vote", "/comment/1/vote/up", {}),
    ("publish", "/post/1/reply", {"body": "Well"}),
    ("create_community", "/community/add_local", {"name": "dogs", "title": "Dogs"}),
    ("publish", "/post/1/report", {"reasons": "1"}),
    ("vote", "/f/pets/follow", {}),
    ("create_feed", "/feed/new", {"title": "Pets"}),
    (
        "create_feed",
        "/topics/new",
        {"name": "Pets", "description": "All about pets", "communities": "cats", "reason": "All about pets"},
    ),
    ("preview", "/preview", {"body": "Well"}),
    ("publish", "/chat/to/2", {"content": "Hello"}),
    ("publish", "/community/cats/invite", {"person": "bob"}),
    ("recovery", "/community/cats/invite", {"email": "a@x.example"}),
    ("vote", "/u/bob/follow", {}),
    ("vote", "/post/1/poll_vote", {"poll_choice": "1"}),
    ("vote", "/post/1/vote/up", {}),
    ("publish", "/post/1/move", {"community": "dogs"}),
    ("publish", "/post/1/publish_now", {}),
    ("publish", "/community/cats/submit", {"title": "A title"}),
    ("site_metadata", "/community/cats/submit", {"url": "https://x.example/", "look": "1"}),
    ("search", "/search/elsewhere", {"q": "@a@b.example"}),
    ("sign_in", "/user/settings/password", {"current_password": "x", "new_password": "y"}),
    ("recovery", "/user/settings/email", {"email": "b@x.example", "password_for_email": "x"}),
    ("recovery", "/auth/change_email/token", {}),
    ("sign_in", "/delete_account", {"password": "x"}),
    ("export", "/user/settings/export", {}),
    ("export", "/user/settings/import", {}),
]
PAGES = [
    ("captcha", "/auth/register/letters"),
    ("captcha", "/auth/register"),
    ("search", "/domains"),
    ("search", "/instances"),
    ("search", "/people?q=ana"),
    ("site_metadata", "/submit/look?url=https://x.example/"),
    ("suggest", "/suggest?q=ca"),
    ("search", "/post/1/embed"),
    ("search", "/search/feed?q=cat"),
    ("search", "/search?q=cat"),
]

SAYS_SO_ITSELF = "/auth/register"  # in the form


async def test_what_is_limited_asks_first(
    app: Application, founder: Visitor, reader: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    async def refuse(action: str, *_: Any) -> None:
        caller = sys._getframe(2)
        asked.append((action, f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"))
        raise TooMany("Too often.", retry_after=1)

    await founder.send("/post/1/reply", body="Well")
    await founder.send("/feed/new", name="pets", title="Pets")
    for visitor in (founder, stranger):
        await visitor.get("/auth/login")
    captcha = Setting(name="captcha_enabled", value="true")
    await held_by(app).database.write(lambda session: session.merge(captcha))
    monkeypatch.setattr(type(held_by(app).mail), "is_configured", True)
    monkeypatch.setattr(limits, "enforce", refuse)
    found = {}
    places: set[str] = set()
    for action, path, form in FORMS:
        asked.clear()
        answer = await founder.send(path, **cast("dict[str, Any]", form))
        found[path, action] = answer.status, [name for name, _ in asked][:1]
        places |= {place for _, place in asked}
    for action, path in PAGES:
        asked.clear()
        page = await (founder if action in {"suggest", "site_metadata"} else stranger).get(path)
        found[path, action] = 429 if path == SAYS_SO_ITSELF else page.status, [name for name, _ in asked][:1]
        places |= {place for _, place in asked}
    assert {one: said for one, said in found.items() if said != (429, [one[1]])} == {}
    assert _places() - places == set()


def _places() -> set[str]:
    """Where pages ask for a limit."""
    found = set()
    for file in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "limit":
                found.add(f"{file.name}:{node.lineno}")
    return found
