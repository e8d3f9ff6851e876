"""What moderators and administrators do, in a real browser: act on a report, ban somebody, write a page, pick a colour.

With scripts on a desktop, and without on a phone.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from service.forum.accounts import authentication
from service.storage.clock import utcnow
from tests.browser.test_visit import DESKTOP, PASSWORD, PHONE, Served, Visitor, pytestmark, served
from tests.serving import held_by
from tests.working import work_off

__all__ = ["pytestmark", "served"]


@pytest.mark.parametrize(
    ("viewport", "scripts"), [(PHONE, False), (DESKTOP, True)], ids=["phone, no scripts", "desktop, scripts"]
)
async def test_a_moderator_keeps_the_peace(
    served: Served, chromium: Browser, viewport: ViewportSize, scripts: bool
) -> None:
    ana, ben = [
        Visitor(
            await (await chromium.new_context(viewport=viewport, java_script_enabled=scripts)).new_page(),
            served,
        )
        for _ in range(2)
    ]
    await ana.register("ana")
    await ana.found("harbour", "The harbour")
    await ana.post("harbour", "text", "Who mends sails?", body="Mine is torn.")
    await ben.register("ben")
    await ben.post("harbour", "text", "Cheap watches", body="Very cheap.")
    path = ben.page.url.removeprefix(served.address)

    await ana.go("/post/2/report")
    await ana.page.get_by_label("Spam or advertising").check()
    await ana.page.get_by_role("button", name="Report").click()
    await ana.go("/community/harbour/moderate")
    await ana.is_wide_enough()
    await ana.page.get_by_label("Reason").fill("No watches here")
    await ana.page.get_by_role("button", name="Remove", exact=True).click()
    await expect(ana.page.get_by_text("All reports about it are resolved")).to_be_visible()
    await work_off(held_by(served.app))
    await ben.go("/notifications")
    await expect(ben.page.get_by_text("No watches here").first).to_be_visible()

    await ana.go(f"/community/harbour/moderate/bans/new?person=ben&next={path}")
    await ana.is_wide_enough()
    await ana.page.get_by_label("Reason").fill("Watches, again")
    await ana.page.get_by_label("Last day of the ban").fill(f"{utcnow().date() + timedelta(days=2)}")
    await ana.page.get_by_role("button", name="Ban", exact=True).click()
    await expect(ana.page.get_by_text("Person banned from the community.")).to_be_visible()
    await ben.go("/post/1")
    await expect(ben.page.get_by_text("Watches, again")).to_be_visible()
    await expect(ben.page.locator("textarea")).to_have_count(0)
    await ben.is_wide_enough()
    for section in ("bans", "moderators", "subscribers", "flair", "wiki", "modlog"):
        await ana.go(f"/community/harbour/moderate/{section}")
        await ana.is_wide_enough()
    await ana.go("/community/harbour/moderate/bans")
    await ana.page.get_by_role("button", name="Unban ben").click()
    await expect(ana.page.get_by_text("No one is banned")).to_be_visible()
    if scripts:
        assert not ana.complaints + ben.complaints


@pytest.fixture
async def boss(served: Served, chromium: Browser) -> AsyncIterator[Visitor]:
    """The administrator, signed in on a phone."""
    domain = served.app.settings.site.domain
    await authentication.make_first_admin(held_by(served.app).database, "boss", PASSWORD, domain=domain)
    context = await chromium.new_context(viewport=PHONE)
    visitor = Visitor(await context.new_page(), served)
    await visitor.go("/auth/login")
    await visitor.page.locator("[name=user_name]").fill("boss")
    await visitor.page.locator("[name=password]").fill(PASSWORD)
    await visitor.page.locator("[name=password]").press("Enter")
    await expect(visitor.page.get_by_label("Account menu")).to_be_visible()
    yield visitor
    await context.close()


async def test_an_administrator_keeps_house(served: Served, boss: Visitor) -> None:
    page = boss.page
    await boss.go("/admin/")
    await boss.is_wide_enough()
    for path in await page.locator(".groups a").evaluate_all("links => links.map(one => one.pathname)"):
        await boss.go(path)
        await boss.is_wide_enough()
    await boss.go("/admin/pages/add")
    await page.get_by_label("Title").fill("Privacy")
    await page.get_by_label("Path on this site").fill("/privacy")
    await page.get_by_label("Text").fill("We keep little.")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="Privacy").last.click()
    await expect(page.get_by_text("We keep little.")).to_be_visible()

    await boss.go("/admin/appearance")
    await page.get_by_label("Use a custom colour").check()
    await page.locator("[name=accent]").fill("#aa0044")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Changes saved.")).to_be_visible()
    color = await page.evaluate("getComputedStyle(document.querySelector('.button')).backgroundColor")
    assert color == "rgb(170, 0, 68)"
    assert not boss.complaints
