"""Every kind of page as axe-core sees it: nothing that keeps anybody out.

https://github.com/dequelabs/axe-core has the rules: WCAG 2.2 A and AA, and good practice. On a phone with all tests, on
a desktop, where the same pages have more on them, by `make accessibility`.
"""

import os
from importlib.resources import files

import pytest
from playwright.async_api import Browser, ViewportSize

from service.http.application import Application
from tests.browser.test_every_page import at_a_browser
from tests.browser.test_visit import DESKTOP, PHONE, Served, chromium, pytestmark, served
from tests.http.web.conftest import administrator, founder, reader, stranger
from tests.http.web.every_kind import PAGES
from tests.http.web.whole_site import People, people

__all__ = ["administrator", "chromium", "founder", "people", "pytestmark", "reader", "served", "stranger"]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# Each finding: the rule, how often it is broken, and where first.
ASK = """async () => {
    const answer = await axe.run(document, { resultTypes: ["violations"] });
    return answer.violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 200)}`);
}"""
AT_LENGTH = pytest.mark.skipif("ACCESSIBILITY" not in os.environ, reason="by `make accessibility`")


@pytest.fixture
def app(served: Served) -> Application:
    """The site that the browser sees is the one that is filled."""
    return served.app


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop", marks=AT_LENGTH)]
)
async def test_axe_finds_nothing(
    served: Served, chromium: Browser, people: People, viewport: ViewportSize
) -> None:
    findings: list[str] = []
    for name, paths in PAGES.items():
        visitor = await at_a_browser(chromium, served, people[name], scripts=True)
        await visitor.page.set_viewport_size(viewport)
        for path in paths.split():
            await visitor.page.goto(served.address + path, wait_until="load")
            await visitor.page.evaluate(AXE)
            findings += [f"{name}: {path}: {one}" for one in await visitor.page.evaluate(ASK)]
        await visitor.page.context.close()
    assert not findings, "\n".join(findings)
