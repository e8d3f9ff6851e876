"""What members do in a real browser, with scripts and without: report, block, find, join; drafts outlive a page."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from service.storage.clock import utcnow
from tests.browser.test_visit import DESKTOP, PASSWORD, PHONE, Served, pytestmark, served

__all__ = ["pytestmark", "served"]


class Member:
    """Somebody at a browser; keeps what its console said."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.said: list[str] = []
        page.on("console", lambda one: self.said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: self.said.append(str(one)))

    async def open(self, path: str) -> None:
        """Go to a page."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 400, path

    async def register(self, name: str) -> None:
        """Get an account."""
        await self.open("/auth/register")
        await self.page.fill("[name=name]", name)
        await self.page.fill("[name=email]", f"{name}@mail.example")
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.fill("[name=password2]", PASSWORD)
        await self.page.click("main button[type=submit]")
        await expect(self.page).to_have_url(self.address + "/welcome")

    async def send(self, words: str) -> None:
        """Press a button of the page's own form."""
        await self.page.locator("main").get_by_role("button", name=words, exact=True).click()


@pytest.fixture(params=["scripts", "no scripts"])
async def members(
    request: pytest.FixtureRequest, chromium: Browser, served: Served
) -> AsyncIterator[list[Member]]:
    has_scripts = request.param == "scripts"
    size = PHONE if has_scripts else DESKTOP
    contexts = [await chromium.new_context(viewport=size, java_script_enabled=has_scripts) for _ in range(2)]
    yield [Member(await context.new_page(), served.address) for context in contexts]
    for context in contexts:
        await context.close()


async def test_members_do_without_an_app(members: list[Member], request: pytest.FixtureRequest) -> None:
    ana, bob = members
    has_scripts = "no scripts" not in request.node.name
    await ana.register("ana")
    await ana.open("/community/add_local")
    await ana.page.fill("[name=name]", "cats")
    await ana.page.fill("[name=title]", "Cats")
    await ana.send("Create community")
    await ana.open("/community/cats/submit/event")
    await ana.page.fill("[name=title]", "A show of cats")
    await ana.page.fill("[name=start]", "2030-07-01T20:00")
    await ana.page.fill("[name=place]", "Barn")
    await ana.send("Post")
    await expect(ana.page.locator(".event")).to_contain_text("Barn")
    post = ana.page.url.removeprefix(ana.address)
    await _later(ana)

    await bob.register("bob")
    await bob.open("/communities")
    await bob.page.get_by_role("button", name="Join Cats").click()
    await expect(bob.page.get_by_role("button", name="Leave Cats")).to_be_visible()
    await bob.open("/search?q=show")
    await bob.page.locator("main").get_by_role("link", name="A show of cats").click()

    await bob.page.locator(".post").get_by_label("More actions for this post").click()
    await bob.page.get_by_role("link", name="Report…").click()
    await bob.page.get_by_label("Spam or advertising").check()
    await bob.send("Report")
    await expect(bob.page.locator("main .notice.good")).to_contain_text("Thank you")

    if has_scripts:
        await _drafts(bob, post)
    await bob.open("/u/ana")
    await bob.page.get_by_role("button", name="Follow", exact=True).click()
    await expect(bob.page.get_by_role("button", name="Unfollow")).to_be_visible()
    await bob.page.get_by_label("More", exact=True).click()
    await bob.page.get_by_role("button", name="Block").click()
    await expect(bob.page.locator("main")).to_contain_text("You've blocked this person")
    await bob.open("/user/settings/blocks")
    await bob.page.get_by_role("button", name="Unblock").first.click()
    await expect(bob.page.locator("main")).to_contain_text("You haven't blocked anyone")
    assert not ana.said + bob.said


async def _later(ana: Member) -> None:
    """A post waits for its time, gets another one, and is published before it has come."""
    await ana.open("/community/cats/submit/text")
    await ana.page.fill("[name=title]", "Tomorrow's news")
    await ana.page.get_by_text("Publish later").click()
    await ana.page.fill("[name=scheduled_for]", f"{utcnow() + timedelta(days=1):%Y-%m-%dT%H:%M}")
    await ana.send("Post")
    await expect(ana.page).to_have_url(ana.address + "/scheduled_posts")
    await ana.page.locator("main").get_by_role("link", name="Reschedule").click()
    await ana.page.fill("[name=scheduled_for]", f"{utcnow() + timedelta(days=2):%Y-%m-%dT%H:%M}")
    await ana.page.select_option("[name=repeat]", "weekly")
    await ana.send("Save")
    await expect(ana.page.locator("main")).to_contain_text("Every week")
    await ana.page.get_by_role("button", name="Publish now").click()
    await expect(ana.page.get_by_role("heading", name="Tomorrow's news")).to_be_visible()
    await ana.open("/scheduled_posts")
    await expect(ana.page.locator("main")).to_contain_text("Tomorrow's news")


async def _drafts(bob: Member, post: str) -> None:
    """A text that was begun is there again, until it arrived; Ctrl and Enter send it."""
    await bob.open(post)
    area = bob.page.get_by_placeholder("Your comment")
    await area.fill("A long thought")
    await bob.open(post)
    await expect(area).to_have_value("A long thought")
    await area.press("Control+Enter")
    await expect(bob.page.locator(".comment .body")).to_have_text("A long thought")
    await bob.open(post)
    await expect(area).to_have_value("")
    await area.fill("Ask @an")
    await area.press("End")
    await area.type("a")
    await expect(bob.page.get_by_role("option").first).to_contain_text("@ana@")
    await area.press("Escape")
    await area.fill("")
    await bob.open("/")
