"""A visit in a real browser: register, found a community, post a link, a text and a photo, comment, vote, look around.

Runs on the system's Chromium, with scripts and without, on a phone and on a desktop. The browser's console must stay
silent: the content security policy reports there what it refuses.
"""

import io
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from service.assembly import build_app
from service.config import Config, OutboundConfig
from service.http.application import Application
from tests.browser.elsewhere import elsewhere
from tests.http.web.visitor import ask_no_letters
from tests.serving import held_by, listening
from tests.working import work_off

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
PASSWORD = "correct horse battery"


pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@dataclass
class Served:
    """A site that a browser can reach."""

    app: Application
    address: str


@pytest.fixture
async def served(config: Config) -> AsyncIterator[Served]:
    app = build_app(
        msgspec.structs.replace(
            config,
            outbound=OutboundConfig(allowed_networks=("127.0.0.0/8",)),
            limits=msgspec.structs.replace(config.limits, enabled=False),
        )
    )
    async with listening(app) as port:
        await ask_no_letters(app)
        yield Served(app, f"http://127.0.0.1:{port}")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "harbour.jpg"
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 1000)).convert("RGB").save(picture, "JPEG")
    file.write_bytes(picture.getvalue())
    return file


class Visitor:
    """Somebody with a browser; keeps what its console said."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page, self.served = page, served
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    async def go(self, path: str) -> None:
        """Open a page of the site."""
        response = await self.page.goto(self.served.address + path)
        assert response is not None
        assert response.status == 200, (path, response.status)

    async def register(self, name: str) -> None:
        """Make an account, which signs it in."""
        await self.go("/auth/register")
        await self.page.get_by_label("Username").fill(name)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_label("Confirm password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Create account").click()
        await expect(self.page.get_by_label("Account menu")).to_be_visible()

    async def found(self, name: str, title: str) -> None:
        """Make a community."""
        await self.go("/community/add_local")
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("Name", exact=True).fill(name)
        await self.page.get_by_role("button", name=re.compile("create", re.IGNORECASE)).click()
        await expect(self.page.get_by_role("heading", name=title).first).to_be_visible()

    async def post(self, community: str, kind: str, title: str, **fields: str | Path) -> None:
        """Publish a post of a kind."""
        await self.go(f"/community/{community}/submit/{kind}")
        await self.page.get_by_label("Title").fill(title)
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]").first
            await (field.set_input_files(value) if isinstance(value, Path) else field.fill(value))
        await self.page.get_by_role("button", name="Post", exact=True).click()
        await expect(self.page.get_by_role("heading", name=title)).to_be_visible()

    async def is_wide_enough(self) -> None:
        """Fail if the page has to be scrolled sideways."""
        wide = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_visit(
    served: Served, chromium: Browser, photo: Path, viewport: ViewportSize, scripts: bool
) -> None:
    context = await chromium.new_context(viewport=viewport, java_script_enabled=scripts)
    ana = Visitor(await context.new_page(), served)
    await ana.register("ana")
    await ana.found("harbour", "The harbour")
    await ana.post("harbour", "text", "Who mends sails?", body="Mine is **torn**.")
    await ana.post("harbour", "photo", "Fog this morning", image=photo, alt_text="Grey on grey")
    await expect(ana.page.get_by_alt_text("Grey on grey").first).to_be_visible()
    await hang_gallery(ana, [photo, photo.with_name("other.jpg")], scripts)
    async with elsewhere() as page_elsewhere:
        await ana.post("harbour", "link", "The tide tables are out", url=page_elsewhere)
        await work_off(held_by(served.app))
    await context.close()

    context = await chromium.new_context(viewport=viewport, java_script_enabled=scripts)
    ben = Visitor(await context.new_page(), served)
    await ben.register("ben")
    await look_around(ben)
    await comment_and_vote(ben)
    await sign_out(ben)
    if scripts:
        assert not ana.complaints + ben.complaints
    await context.close()


async def hang_gallery(visitor: Visitor, files: list[Path], scripts: bool) -> None:
    """Post several pictures, chosen at once where scripts run, and let the last one lead."""
    page = visitor.page
    files[1].write_bytes(files[0].read_bytes())
    await visitor.go("/community/harbour/submit/photo")
    await page.get_by_label("Title").fill("Low tide")
    inputs, words = page.locator("[name=image]"), page.locator("[name=alt_text]")
    if scripts:
        await inputs.first.set_input_files(files)
        await page.get_by_label("Move up").nth(1).click()
        assert await page.locator("[data-picture] img").count() == 2, "what was chosen is seen"
    else:
        await page.get_by_text("More images").click()
        for at, file in enumerate(files):
            await inputs.nth(at).set_input_files(file)
    for at, word in enumerate(("Boats", "Mud")):
        await words.nth(at).fill(word)
    await visitor.is_wide_enough()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator(".gallery img")).to_have_count(2)
    assert await page.locator(".gallery img").evaluate_all("all => all.map((one) => one.alt)") == [
        "Boats",
        "Mud",
    ]
    await visitor.is_wide_enough()


async def look_around(visitor: Visitor) -> None:
    """Switch feeds and sorts; every page shows what it should and fits the screen."""
    page = visitor.page
    await visitor.go("/home/new/all")
    await expect(page.locator("article.card")).to_have_count(4)
    # The photo, the gallery, and the link's preview.
    await expect(page.locator("article.card .thumb img")).to_have_count(3)
    await expect(page.get_by_text("Gallery, 2 images")).to_be_visible()
    await visitor.is_wide_enough()
    await page.get_by_role("link", name="Joined").first.click()
    await expect(page.locator("article.card")).to_have_count(0)
    await visitor.go("/c/harbour")
    await page.get_by_role("button", name="Join").first.click()
    for sort in ("hot", "new", "active", "top", "scaled"):
        await visitor.go(f"/home/{sort}/subscribed")
        await expect(page.locator("article.card")).to_have_count(4)
    await visitor.go("/c/harbour")
    await visitor.is_wide_enough()


async def comment_and_vote(visitor: Visitor) -> None:
    """Comment on a post, answer the comment, vote, and take the vote back."""
    page = visitor.page
    await page.get_by_role("link", name="Who mends sails?").first.click()
    await visitor.is_wide_enough()
    await expect(page.locator(".body strong", has_text="torn")).to_be_visible()
    await page.get_by_placeholder("Your comment").fill("The woman by the *slipway*.")
    await page.get_by_role("button", name="Comment", exact=True).click()
    await expect(page.get_by_text("The woman by the slipway.")).to_be_visible()
    votes = page.locator(".votes").first
    await votes.get_by_role("button", name="Upvote:").click()
    await expect(votes.get_by_role("button", name="Upvote:")).to_have_attribute("aria-pressed", "true")
    await expect(votes.locator("output")).to_have_text("2")
    await votes.get_by_role("button", name="Upvote:").click()
    await expect(votes.locator("output")).to_have_text("1")


async def sign_out(visitor: Visitor) -> None:
    """Sign out; the browser is a stranger again."""
    await visitor.page.get_by_label("Account menu").click()
    await visitor.page.get_by_role("button", name="Sign out").click()
    await expect(visitor.page.get_by_role("link", name="Sign in").first).to_be_visible()
