"""Every kind of page as axe-core sees it on a desktop, where the same pages have more on them: by `make accessibility`.

On a phone all tests look at them, see test_every_page.py.
"""

import os

import pytest
from playwright.async_api import Browser

from service.http.application import Application
from tests.browser.barriers import a_judge
from tests.browser.test_every_page import at_a_browser
from tests.browser.test_visit import DESKTOP, Served, pytestmark, served
from tests.http.web.conftest import administrator, founder, reader, stranger
from tests.http.web.every_kind import PAGES
from tests.http.web.whole_site import People, people

__all__ = ["administrator", "founder", "people", "pytestmark", "reader", "served", "stranger"]


@pytest.fixture
def app(served: Served) -> Application:
    """The site that the browser sees is the one that is filled."""
    return served.app


@pytest.mark.timeout(900)
@pytest.mark.skipif("ACCESSIBILITY" not in os.environ, reason="by `make accessibility`")
async def test_axe_finds_nothing(served: Served, chromium: Browser, people: People) -> None:
    findings: list[str] = []
    judge = await a_judge(chromium, served.address, DESKTOP)
    for name, paths in PAGES.items():
        visitor = await at_a_browser(chromium, served, people[name], scripts=True)
        await visitor.page.set_viewport_size(DESKTOP)
        for path in paths.split():
            await visitor.page.goto(served.address + path, wait_until="load")
            findings += [f"{name}: {path}: {one}" for one in await judge.barriers(visitor.page)]
        await visitor.page.context.close()
    await judge.close()
    assert not findings, "\n".join(findings)
