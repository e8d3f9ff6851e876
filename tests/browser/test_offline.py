"""Without a network: the front page as it was last read, for who read it, and a page that says so for the rest."""

from playwright.async_api import Browser, expect

from tests.browser.test_visit import PHONE, Served, Visitor, pytestmark, served

__all__ = ["pytestmark", "served"]


async def test_the_last_feed_is_there_without_a_network(served: Served, chromium: Browser) -> None:
    context = await chromium.new_context(viewport=PHONE)
    ana = Visitor(await context.new_page(), served)
    await ana.register("ana")
    await ana.found("harbour", "The harbour")
    await ana.post("harbour", "discussion", "Read before the tunnel")
    await ana.go("/")
    await ana.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await ana.go("/")  # by the worker
    await expect(ana.page.locator(".own")).to_have_count(1)

    await context.set_offline(True)
    await ana.page.goto(served.address + "/", wait_until="domcontentloaded")
    await expect(ana.page.get_by_text("Read before the tunnel").first).to_be_visible()
    await ana.page.goto(served.address + "/communities", wait_until="domcontentloaded")
    await expect(ana.page.get_by_role("heading", name="You're offline")).to_be_visible()

    await context.set_offline(False)
    await ana.go("/")
    await ana.page.get_by_label("Account menu").click()
    await ana.page.get_by_role("button", name="Sign out").click()
    await expect(ana.page.get_by_role("link", name="Sign in").first).to_be_visible()
    await context.set_offline(True)
    await ana.page.goto(served.address + "/communities", wait_until="domcontentloaded")
    kept = await ana.page.evaluate(
        "caches.open('pieloop-feed').then((one) => one.match('/')).then((one) => one?.text())"
    )
    assert "Account menu" not in (kept or ""), "whoever comes next reads nothing of hers"
    await context.close()
