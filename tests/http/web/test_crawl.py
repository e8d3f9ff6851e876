"""Whoever follows the links from the front page finds every page, no dead link, and no control that leads nowhere.

All that they find is valid HTML, and keeps the direction of what people wrote.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping

import pytest

from service.http import web
from tests.http.web.every_kind import PAGES
from tests.http.web.isolation import turned_round
from tests.http.web.parity.addresses import doors, pattern_of
from tests.http.web.validity.checker import invalid
from tests.http.web.visitor import Page, Visitor
from tests.http.web.whole_site import People, people

__all__ = ["people"]

EACH = 2  # addresses of a pattern that each person opens, with different paths
MORE = {"/": 12, "/c/<name>/p/<int:post_id>/<slug>": 10}  # the feeds and their sorts; posts of every kind
NOUNS = {one.name for one in web.blueprints()} - {"moved", "site"}
# Pages that letters, other sites, apps and machines lead to.
BY_OTHER_WAYS = re.compile(
    r"<token>|\.rss$|\.csv$|/feed$|/static/|^/(authorize_interaction|share|favicon\.ico|robots\.txt|home|feed)"
    r"|^/(content_warning|manifest\.json|service_worker\.js|sitemap\.xml|sitemap/|opensearch\.xml|offline|\.well-known/)|/oembed$"
    r"|^/activitypub/|^/auth/(check_email|please_wait|register/letters|reset_password_request/sent)|/picture$|/ical$"
)

FILES = ("/static/", "/media/")

# Pages that no link leads to, and why.
UNREACHED = {
    "/admin/instance/<int:instance_id>/edit": "PieFed's address of a page that has another here",
    "/auth/resend_email": "offered to who signs in before the address is confirmed",
    "/c/<name>/p/<int:post_id>": "an address without the title's words leads on",
    "/c/<name>/subscribe": "other sites send people here",
    "/community/<name>/moderate/wiki/<int:page_id>/<word>": "PieFed's address of a page that has another here",
    "/community/<name>/submit/<kind>": "PieFed's address of a form that has one for all kinds",
    "/community/<name>/wiki/<slug>/<int:revision_id>/revert": "asks what a button of the history does at once",
    "/submit/look": "asked by the form's script: see tests/browser",
    "/suggest": "asked by the form's script: see tests/browser",
    "/user/newsletter/<int:account_id>/<seal>/unsubscribe": "a letter leads here",
}


def targets(page: Page) -> Iterable[tuple[str, str]]:
    """Where a page leads, as method and address."""
    for tag, attributes in page.tags:
        for name in ("href", "src"):
            if attributes.get(name, "").startswith("/"):
                yield "GET", attributes[name]
        if tag == "form" and attributes.get("id") != "act" and attributes.get("action", "").startswith("/"):
            yield attributes.get("method", "get").upper(), attributes["action"]
        if attributes.get("formaction", "").startswith("/"):
            yield "POST", attributes["formaction"]


class Crawl:
    """One person who follows the links from the front page, some of each pattern.

    Attributes:
        reached: The patterns of the pages that were opened.
        pages: The HTML of the first of each pattern, of posts and feeds of all; by address.
        faults: What is wrong, in words.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.reached: set[str] = set()
        self.pages: dict[str, str] = {}
        self.faults: list[str] = []
        self._opened: Counter[str] = Counter()
        self._paths: set[str] = set()
        self._known = {"/"}
        self._waiting = deque(self._known)

    async def go(self) -> "Crawl":
        """Open one page after the other until there is none left."""
        while self._waiting:
            address = self._waiting.popleft()
            pattern = pattern_of(address, "GET")
            if pattern is None:
                self.faults.append(f"dead link: {address}")
            elif pattern.startswith(FILES):
                await self._fetch(address)
            elif self._is_due(pattern, address):
                page = await self._open(address)
                is_page = page.status == 200 and page.headers["Content-Type"].startswith("text/html")
                if is_page and (pattern not in self.reached or pattern in MORE):
                    self.pages[address] = page.html
                self.reached.add(pattern)
        return self

    def _is_due(self, pattern: str, address: str) -> bool:
        path = re.split("[?#]", address)[0]
        if path in self._paths and pattern not in MORE:
            return False
        self._paths.add(path)
        self._opened[pattern] += 1
        return self._opened[pattern] <= MORE.get(pattern, EACH) and not pattern.startswith("/api/")

    async def _fetch(self, address: str) -> None:
        if (await self.visitor.client.get(address)).status_code != 200:
            self.faults.append(f"no file: {address}")

    async def _open(self, address: str) -> Page:
        page = await self.visitor.get(address.partition("#")[0])
        if page.status >= 400 or page.status in {201, 204}:
            self.faults.append(f"{page.status}: {address}")
        onward = [("GET", page.location)] if page.location.startswith("/") else targets(page)
        for method, target in onward:
            if method == "POST" and pattern_of(target, "POST") is None:
                self.faults.append(f"a control of {address} leads nowhere: {target}")
            if method == "GET" and target not in self._known:
                self._known.add(target)
                self._waiting.append(target)
        return page


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_every_page_is_reached_and_valid_and_no_link_is_dead(people: People) -> None:
    found = {name: await Crawl(visitor).go() for name, visitor in people.items()}
    faults = [f"{name}: {fault}" for name, one in found.items() for fault in one.faults]
    assert not faults, "\n".join(faults)
    hold_that_links_lead_everywhere({one for person in found.values() for one in person.reached})
    pages = await other_pages(people, found)
    pages |= {f"{name}: {path}": page for name, one in found.items() for path, page in one.pages.items()}
    faults = [f"{where}: {fault}" for where, page in pages.items() for fault in turned_round(page)]
    assert not faults, "\n".join(faults)
    faults = await invalid(pages)
    assert not faults, "\n".join(faults)


def hold_that_links_lead_everywhere(reached: set[str]) -> None:
    pages = {
        rule.rule
        for rule in doors().iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint.partition(".")[0] in NOUNS
        and not BY_OTHER_WAYS.search(rule.rule)
    }
    unreached = pages - reached
    unsaid = "\n".join(sorted(unreached - UNREACHED.keys()))
    assert not unsaid, f"no link leads to these:\n{unsaid}"
    assert not UNREACHED.keys() - unreached, "links lead to these: they need no excuse"


async def other_pages(people: People, found: Mapping[str, Crawl]) -> dict[str, str]:
    """Return the pages that no link leads to, and those that say what is wrong with what was sent."""
    pages: dict[str, str] = {}
    for name, paths in PAGES.items():
        for path in paths.split():
            if pattern_of(path, "GET") not in found[name].reached:
                page = await people[name].get(path)
                pages |= {f"{name}: {path}": page.html} if not page.location else {}
    for path in ("/auth/login", "/auth/register", "/auth/reset_password_request"):
        await people["visitor"].get(path)
        pages[f"{path}, empty"] = (await people["visitor"].send(path)).html
    for path in ("/community/cats/submit", "/post/1/reply", "/user/settings/password", "/feed/new"):
        pages[f"{path}, empty"] = (await people["member"].send(path)).html
    return pages
