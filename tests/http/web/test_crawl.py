"""Whoever follows the links from the front page finds every page, no dead link, and no control that leads nowhere."""

import re
from collections.abc import Iterable
from html import unescape

import msgspec
import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from service.http import web
from service.http.application import Application
from tests.http.web.parity.addresses import doors
from tests.http.web.visitor import Page, Visitor

EACH = 2  # addresses of a pattern that each person opens
NOUNS = {one.name for one in web.blueprints()} - {"moved", "site"}
# Pages that no link leads to: letters, other sites, apps and machines do, or something has to have happened first.
BY_OTHER_WAYS = re.compile(
    r"<token>|\.rss$|\.csv$|/feed$|/static/|^/(authorize_interaction|share|favicon\.ico|robots\.txt|home|feed)"
    r"|^/activitypub/|^/auth/(check_email|please_wait|register/letters|reset_password_request/sent)|/picture$|/ical$"
)

# Pages of things that are not there in this test, and other addresses of pages that are reached. It only shrinks.
AFTER_SOMETHING = {
    "/<word>",
    "/admin/blocked_image/add",
    "/admin/communities/<word>",
    "/admin/content",
    "/admin/emoji/<int:emoji_id>/edit",
    "/admin/instance/<int:instance_id>/edit",
    "/admin/instances/<domain>",
    "/admin/misc",
    "/admin/pages/<int:page_id>/edit",
    "/admin/post/<int:post_id>/block_image",
    "/admin/reports",
    "/admin/topic/<int:topic_id>/edit",
    "/admin/user/<int:account_id>/edit",
    "/admin/users/add",
    "/admin/users/permissions",
    "/admin/websites/<name>",
    "/appearance/<look>.css",
    "/auth/resend_email",
    "/c/<name>/p/<int:post_id>",
    "/c/<name>/subscribe",
    "/chat/<int:conversation_id>/report",
    "/chat/message/<int:message_id>/report",
    "/community/<name>/moderate/wiki/<int:page_id>/<word>",
    "/community/<name>/submit/<kind>",
    "/community/<name>/wiki/<slug>",
    "/community/<name>/wiki/<slug>/<int:revision_id>",
    "/community/<name>/wiki/<slug>/<int:revision_id>/revert",
    "/community/<name>/wiki/<slug>/edit",
    "/community/<name>/wiki/<slug>/history",
    "/instance/<domain>",
    "/notification/<int:notification_id>/goto",
    "/reports/<int:report_id>",
    "/submit/look",
    "/suggest",
    "/tag/<name>",
    "/tags",
    "/topic/<path:names>",
    "/topics",
    "/user/files/<int:file_id>/delete",
    "/user/newsletter/<int:account_id>/<seal>/unsubscribe",
    "/welcome",
}


class Found(msgspec.Struct):
    """What one person found.

    Attributes:
        reached: The patterns of the pages that were opened.
        sends: The patterns that controls send to.
        faults: What is wrong, in words.
    """

    reached: set[str]
    sends: set[str]
    faults: list[str]


def pattern_of(path: str, method: str) -> str | None:
    """The pattern that answers; None if none does."""
    asked = doors().bind("site.example")
    try:
        rule, _ = asked.match(path.partition("?")[0].partition("#")[0], method, return_rule=True)
    except RequestRedirect as lead:
        return pattern_of(lead.new_url.removeprefix("http://site.example"), method)
    except HTTPException:
        return None
    return rule.rule


def targets(page: Page) -> Iterable[tuple[str, str]]:
    """Where a page leads, as method and address."""
    for tag, attributes in page.tags:
        if tag == "a" and attributes.get("href", "").startswith("/"):
            yield "GET", unescape(attributes["href"])
        if tag == "form" and attributes.get("id") != "act" and attributes.get("action", "").startswith("/"):
            yield attributes.get("method", "get").upper(), unescape(attributes["action"])
        if attributes.get("formaction", "").startswith("/"):
            yield "POST", unescape(attributes["formaction"])


async def crawl(visitor: Visitor) -> Found:
    """Follow the links from the front page, some of each pattern."""
    found = Found(set(), set(), [])
    opened: dict[str, int] = {}
    waiting, known = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        pattern = pattern_of(path, "GET")
        if pattern is None:
            found.faults.append(f"dead link: {path}")
            continue
        if opened.get(pattern, 0) == EACH or pattern.startswith(("/api/", "/static/", "/media/")):
            continue
        opened[pattern] = opened.get(pattern, 0) + 1
        page = await visitor.get(path.partition("#")[0])
        found.reached.add(pattern)
        if page.status >= 400 or page.status in {201, 204}:
            found.faults.append(f"{page.status}: {path}")
        onward = [("GET", page.location)] if page.location.startswith("/") else list(targets(page))
        for method, target in onward:
            if method == "POST":
                sent_to = pattern_of(target, "POST")
                if sent_to is None:
                    found.faults.append(f"a control of {path} leads nowhere: {target}")
                else:
                    found.sends.add(sent_to)
            elif target not in known:
                known.add(target)
                waiting.append(target)
    return found


@pytest.fixture
async def people(
    app: Application, administrator: Visitor, founder: Visitor, reader: Visitor, stranger: Visitor
) -> dict[str, Visitor]:
    """A visitor, a member, a moderator and an administrator, where a little has happened."""
    await founder.publish("cats", "A link", kind="link", url="https://x.example/a")
    await reader.get("/post/1")
    await reader.send("/post/1/reply", body="Hello #cats @ana")
    await founder.get("/post/1")
    await founder.send("/post/1/comment/1/reply", body="Hello")
    await reader.send("/post/1/report", reason="1", description="Why not")
    await reader.send(
        "/user/settings/filters/add", title="Dogs", keywords="dog", hide_type="1", filter_home="1"
    )
    await reader.send("/chat/to/2", content="Hello")
    await reader.send("/feed/new", title="Mine", name="mine", communities="cats")
    return {"visitor": stranger, "member": reader, "moderator": founder, "administrator": administrator}


async def test_every_page_is_reached_and_no_link_is_dead(people: dict[str, Visitor]) -> None:
    found = {name: await crawl(visitor) for name, visitor in people.items()}
    faults = [f"{name}: {fault}" for name, one in found.items() for fault in one.faults]
    assert not faults, "\n".join(faults)
    pages = {
        rule.rule
        for rule in doors().iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint.partition(".")[0] in NOUNS
        and not BY_OTHER_WAYS.search(rule.rule)
    }
    unreached = pages - {one for person in found.values() for one in person.reached}
    assert unreached <= AFTER_SOMETHING, sorted(unreached - AFTER_SOMETHING)
