"""Every kind of page in a real browser, as narrow as a page may get; and what discussions do, also without scripts."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, ViewportSize, expect

from service.http import web
from service.http.application import Application
from service.http.passing.identity import COOKIE
from tests.browser.barriers import a_judge
from tests.browser.test_visit import PASSWORD, PHONE, Served, Visitor, photo, pytestmark, served
from tests.forum.discussions import Discussion, discuss
from tests.http.web.conftest import administrator, founder, reader, stranger
from tests.http.web.every_kind import MISSING, PAGES
from tests.http.web.parity.addresses import doors, taker
from tests.http.web.visitor import Visitor as Client
from tests.http.web.whole_site import ANA, LINK, VIDEO, People, people
from tests.serving import held_by

__all__ = [
    "administrator",
    "founder",
    "people",
    "photo",
    "pytestmark",
    "reader",
    "served",
    "stranger",
]

# What 1280 pixels are at four times their size: WCAG 1.4.10, Reflow.
NARROW = ViewportSize(width=320, height=640)
MANY = 70  # comments: more than a page, less than two


@pytest.fixture
def app(served: Served) -> Application:
    """The site that the browser sees is the one that is filled."""
    return served.app


# What is no page for people; and pages that a letter or an invitation leads to, whose links are of one use.
NO_PAGES = {"assets", "intents", "machines", "moved", "pages", "rss", "sitemaps"}
LEFT_OUT = {
    "activation.verify_page", "admin_appearance.style_sheet", "admin_federation.export", "admin_instances.edit",
    "admin_newsletter.stop_page", "comments.lead_to_page", "looks.show_posts_to_stranger_as",
    "moderation.accept_page", "moderation.lead_to_wiki_page", "notifications.follow",
    "posts.calendar", "posts.calendar_of_community", "posts.embed", "posts.look", "posts.oembed",
    "posts.picture", "posts.suggest", "recovery.choose_page", "settings.agree_page", "signin.letters",
    "unsubscribing.stop_page", "warning.warning",
}  # fmt: skip


def test_no_kind_of_page_is_left_out() -> None:
    """Whoever makes a page has it looked at, too."""
    tried = {rule.endpoint for paths in PAGES.values() for path in paths.split() if (rule := taker(path))}
    doors_of_pages = {one.name for one in web.blueprints()} - NO_PAGES
    pages = {
        rule.endpoint
        for rule in doors().iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in doors_of_pages
    }
    assert pages - tried - LEFT_OUT == set()


@pytest.mark.timeout(900)
async def test_every_kind_of_page_is_quiet_and_fits_and_keeps_nobody_out(
    served: Served, chromium: Browser, people: People
) -> None:
    faults: list[str] = []
    judge = await a_judge(chromium, served.address, NARROW)
    for name, paths in PAGES.items():
        visitor = await at_a_browser(chromium, served, people[name], scripts=True)
        await visitor.page.set_viewport_size(NARROW)
        for path in paths.split():
            answer = await visitor.page.goto(served.address + path, wait_until="load")
            assert answer is not None
            found = await visitor.page.evaluate(LOOK)
            if answer.status == 404 and path == MISSING:
                visitor.complaints.clear()  # a browser complains of the status itself
            elif answer.status != 200:
                found.append(f"answers {answer.status}")
            found += visitor.complaints
            faults += [f"{name}: {path}: {one}" for one in found + await judge.barriers(visitor.page)]
            visitor.complaints.clear()
        await visitor.page.context.close()
    await judge.close()
    assert not faults, "\n".join(faults)


# What is wrong with how a page looks: too wide, a control without a name, the chosen tab out of sight.
LOOK = """() => {
    const root = document.documentElement, found = [], wide = root.scrollWidth - root.clientWidth;
    if (wide > 0) found.push(`is ${wide} px too wide`);
    for (const one of document.querySelectorAll("a[href], button, summary")) {
        const pictured = one.querySelector("img[alt]:not([alt=''])");
        const named = one.getAttribute("aria-label") || one.innerText.trim() || pictured;
        const hidden = one.closest("[aria-hidden=true]") || !one.checkVisibility() || one.tabIndex < 0;
        if (!named && !hidden) found.push(`has a control without a name: ${one.outerHTML.slice(0, 120)}`);
    }
    for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
        const inner = tab.getBoundingClientRect(), outer = tab.parentElement.getBoundingClientRect();
        const seen = inner.left > outer.left - 2 && inner.right < outer.right + 2;
        if (!seen) found.push(`hides the tab “${tab.innerText}”`);
    }
    return found;
}"""


async def test_what_members_do_with_a_discussion(
    served: Served, chromium: Browser, people: People, photo: Path
) -> None:
    database = held_by(served.app).database
    await discuss(database, ANA, 1, LINK, Discussion.FLAT, MANY)
    for scripts in (True, False):
        bob = await at_a_browser(chromium, served, people["member"], scripts=scripts)
        await votes_keep_the_focus(bob, scripts)
        await an_edited_comment_is_shown_in_its_place(bob, scripts)
        await a_permalink_shows_its_parents(bob)
        await more_comments_are_loaded(bob, scripts)
        await a_video_waits_for_a_click(bob, scripts)
        await a_saved_picture_is_confirmed(bob, photo)
        if scripts:
            await one_goes_from_branch_to_branch(bob)
            assert not bob.complaints
        await bob.page.context.close()


async def test_a_stranger_comments_in_five_steps_and_what_they_wrote_is_kept(
    served: Served, chromium: Browser, people: People
) -> None:
    zoe = await at_a_browser(chromium, served, people["visitor"], scripts=True)
    page, steps = zoe.page, [0]
    await zoe.go("/")
    page.on("request", lambda one: steps.append(steps[-1] + 1) if one.is_navigation_request() else None)
    await page.get_by_role("link", name="A link", exact=True).click()
    await page.get_by_placeholder("Your comment").fill("What I wanted to say")
    await page.get_by_role("button", name="Sign up to comment").click()
    await page.get_by_label("Username").fill("zoe")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Confirm password").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_placeholder("Your comment")).to_have_value("What I wanted to say")
    await page.get_by_role("button", name="Comment", exact=True).click()
    await expect(page.locator(".thread")).to_contain_text("What I wanted to say")
    assert steps[-1] <= 4 + 2, "a form that was sent leads to a page: four steps"
    await page.context.close()


async def votes_keep_the_focus(bob: Visitor, scripts: bool) -> None:
    """A vote by keyboard leaves the reader where they were; each button says what it is about."""
    await bob.go("/post/1")
    labels = await bob.page.locator(".vote").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert len(labels) == len(set(labels))
    up = bob.page.locator("#up-comment-2")
    was = await up.get_attribute("aria-pressed")
    await up.press("Enter")
    if was:
        await expect(up).not_to_have_attribute("aria-pressed", "true")
    else:
        await expect(up).to_have_attribute("aria-pressed", "true")
    if scripts:
        await expect(up).to_be_focused()


async def an_edited_comment_is_shown_in_its_place(bob: Visitor, scripts: bool) -> None:
    await bob.go("/post/1")
    comment = bob.page.locator("#comment_1 > .comment")
    await comment.locator("> .acts").get_by_role("link", name="Edit").click()
    form = bob.page.locator(".inline-reply form" if scripts else "main form")
    await form.locator("textarea").fill(f"Changed {'in its place' if scripts else 'on a page'}")
    await form.get_by_role("button", name="Save").click()
    await expect(comment.locator("> .text")).to_contain_text("Changed")
    await expect(bob.page.locator("#comment_2")).to_be_visible()
    assert "/comment/" not in bob.page.url.partition("#")[0]


async def a_permalink_shows_its_parents(bob: Visitor) -> None:
    await bob.go("/post/1/comment/2")
    await expect(bob.page.locator("#comment_1 #comment_2 > .comment.is-here")).to_be_visible()


async def more_comments_are_loaded(bob: Visitor, scripts: bool) -> None:
    """What is beyond the first page comes below it, or on a page of its own."""
    await bob.go(f"/post/{LINK}")
    comments = bob.page.locator("#comments > ul > li > .comment")
    first = await comments.count()
    await bob.page.get_by_role("link", name="More comments").click()
    if scripts:
        await expect(comments).to_have_count(MANY)
    else:
        await expect(comments).to_have_count(MANY - first)


async def a_video_waits_for_a_click(bob: Visitor, scripts: bool) -> None:
    """Nothing of the other site is loaded before."""
    asked: list[str] = []
    await bob.page.route(re.compile("youtube"), lambda route: _note(route, asked))
    await bob.go(f"/post/{VIDEO}")
    await expect(bob.page.locator("iframe")).to_have_count(0)
    assert not asked
    if scripts:
        await bob.page.get_by_role("link", name="Play").click()
        await expect(bob.page.locator("iframe")).to_have_count(1)
        assert asked


async def _note(route: Route, asked: list[str]) -> None:
    asked.append(route.request.url)
    await route.fulfill(body="", content_type="text/html")


async def a_saved_picture_is_confirmed(bob: Visitor, photo: Path) -> None:
    await bob.go("/user/settings")
    form = bob.page.locator("form[action='/user/settings/picture']")
    await form.locator("input[type=file]").set_input_files(photo)
    await form.locator("button.button").click()
    await expect(bob.page.locator("main .notice.good")).to_be_visible()


async def one_goes_from_branch_to_branch(bob: Visitor) -> None:
    """By buttons, with the focus; and all of it is folded away and back."""
    await bob.go(f"/post/{LINK}")
    tops = bob.page.locator("#comments > ul > li > .comment")
    await bob.page.get_by_role("button", name="Next thread").click()
    await expect(tops.nth(0).locator("> summary")).to_be_focused()
    await bob.page.locator("[data-jump='1']").evaluate("one => one.click()")
    await expect(tops.nth(1).locator("> summary")).to_be_focused()
    await bob.page.locator("[data-jump='-1']").evaluate("one => one.click()")
    await expect(tops.nth(0).locator("> summary")).to_be_focused()
    fold = bob.page.get_by_role("button", name="Collapse all")
    await fold.click()
    await expect(bob.page.locator("#comments > ul > li > .comment[open]")).to_have_count(0)
    await fold.click()
    await expect(tops.nth(0)).to_have_attribute("open", "")


async def at_a_browser(chromium: Browser, served: Served, person: Client, *, scripts: bool) -> Visitor:
    """Somebody at a phone, signed in as they are."""
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=scripts)
    for cookie in person.client.cookie_jar or ():
        if cookie.name == COOKIE:
            await context.add_cookies([{"name": COOKIE, "value": cookie.value or "", "url": served.address}])
    return Visitor(await context.new_page(), served)
