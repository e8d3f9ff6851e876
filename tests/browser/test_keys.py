"""Through lists and discussions by single keys, and on in their place where they end."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from service.http.application import Application
from tests.browser.test_every_page import at_a_browser
from tests.browser.test_visit import DESKTOP, Served, pytestmark, served
from tests.http.web.conftest import founder, reader
from tests.http.web.test_paging import repeat_the_first_post
from tests.http.web.visitor import Visitor as Client
from tests.http.web.whole_site import picture
from tests.serving import held_by

__all__ = ["founder", "pytestmark", "reader", "served"]


@pytest.fixture
def app(served: Served) -> Application:
    """The site that the browser sees is the one that is filled."""
    return served.app


async def test_one_walks_by_keys_and_lists_go_on(
    served: Served, chromium: Browser, founder: Client, reader: Client
) -> None:
    for words in ("First words", "More words"):
        await founder.send("/post/1/reply", body=words)
    await held_by(served.app).database.write(repeat_the_first_post)
    await founder.publish("cats", "A photo", kind="photo", image=picture(), alt_text="Red")
    bob = await at_a_browser(chromium, served, reader, scripts=True)
    await bob.page.set_viewport_size(DESKTOP)
    await bob.go("/c/cats?sort=new")
    await through_the_list(bob.page)
    await on_where_it_ends(bob.page)
    await not_while_typing(bob.page)
    await an_image_grows_in_its_place(bob.page)
    await bob.go("/post/1")
    await through_the_comments(bob.page)
    await an_answer_quotes_what_is_chosen(bob.page)
    await bob.go("/keyboard_shortcuts")
    await bob.page.get_by_label("Use single keys in this browser").uncheck()
    await bob.go("/c/cats?sort=new")
    await bob.page.keyboard.press("j")
    assert await bob.page.evaluate("document.activeElement === document.body"), "they can be turned off"
    assert not bob.complaints
    await bob.page.context.close()


async def through_the_list(page: Page) -> None:
    cards = page.locator(".feed .card")
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        await page.keyboard.press(key)
        await expect(cards.nth(place).locator(".title a").first).to_be_focused()
    await page.keyboard.press("a")
    await expect(cards.nth(0).locator(".vote.up")).to_have_attribute("aria-pressed", "true")
    await expect(cards.nth(1).locator(".vote.up")).not_to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Control+k")
    await expect(cards.nth(0).locator(".title a").first).to_be_focused()


async def on_where_it_ends(page: Page) -> None:
    """The next posts come below those that are there, and the focus goes on to the first of them."""
    cards, more = page.locator(".feed .card"), page.get_by_role("link", name="Next page")
    before = await cards.count()
    address = page.url
    await more.click()
    await expect(cards).to_have_count(before + 2)
    await expect(cards.nth(before).locator(".title a").first).to_be_focused()
    await expect(more).to_have_count(0)
    assert page.url == address


async def not_while_typing(page: Page) -> None:
    await page.keyboard.press("/")
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.type("jazz?")
    await expect(page.locator("#find")).to_have_value("jazz?")


async def through_the_comments(page: Page) -> None:
    comments = page.locator("#comments .thread > li > .comment")
    await page.keyboard.press("j")
    first = comments.nth(0)
    await expect(first.locator("> summary")).to_be_focused()
    await page.keyboard.press("x")
    await expect(first).not_to_have_attribute("open", "")
    await page.keyboard.press("x")
    await page.keyboard.press("r")
    await expect(first.locator(".inline-reply textarea")).to_be_focused()


async def an_image_grows_in_its_place(page: Page) -> None:
    await page.goto(page.url)
    thumb = page.locator(".card .thumb")
    small = await thumb.bounding_box()
    await thumb.click()
    large = await thumb.bounding_box()
    assert small
    assert large
    assert large["width"] > 3 * small["width"]
    await thumb.click()
    assert await thumb.bounding_box() == small


async def an_answer_quotes_what_is_chosen(page: Page) -> None:
    last = page.locator("#comments .thread > li > .comment").last
    await last.locator("> .text p").select_text()
    await last.locator("> .acts").get_by_role("link", name="Reply").click()
    await expect(last.locator("> .inline-reply textarea")).to_have_value(
        re.compile("> (First|More) words\n\n")
    )
