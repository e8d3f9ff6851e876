"""Pages are in the language of one's settings, else of one's browser, else of the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.http.site import REMEMBERED
from service.http.web.frame import language
from service.storage.tables import Language, Site, User
from tests.http.web.visitor import Page, Visitor
from tests.language.writing import catalogues_in, write
from tests.serving import held_by

WORDS = {"Posts": "Beiträge", "Hot": "Angesagt", "There's nothing here.": "Hier ist nichts."}


@pytest.fixture(autouse=True)
def german_and_arabic(tmp_path: Path) -> Iterator[None]:
    write(tmp_path, "de", WORDS)
    write(tmp_path, "ar", {"Posts": "منشورات"})
    language.asked_for.cache_clear()
    with catalogues_in(tmp_path):
        yield
    language.asked_for.cache_clear()


def spoken(page: Page) -> tuple[str, str]:
    html = next(attributes for tag, attributes in page.tags if tag == "html")
    return html["lang"], html["dir"]


async def test_the_language_is_ones_own_else_the_browsers_else_the_sites(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    database = held_by(app).database
    for asked, expected in (
        ("", ("en", "ltr")),
        ("de-AT,de;q=0.9,en;q=0.8", ("de", "ltr")),
        ("fr, ar;q=0.5, en;q=0.1", ("ar", "rtl")),
        ("en-GB,de;q=0.5", ("en", "ltr")),
        ("tlh", ("en", "ltr")),
        (",;q=x", ("en", "ltr")),
    ):
        page = await stranger.get("/", **{"Accept-Language": asked})
        assert spoken(page) == expected, asked
        assert ("Beiträge" in page.text) is (expected[0] == "de")
    await database.write(lambda session: session.execute(update(User).values(interface_language="de")))
    assert spoken(await founder.get("/", **{"Accept-Language": "ar"})) == ("de", "ltr")

    async def speak_arabic(session: AsyncSession) -> None:
        await session.execute(insert(Language).values(id=900, code="ar", name="العربية"))
        await session.execute(update(Site).values(language_id=900))

    await database.write(speak_arabic)
    app.extensions.pop(REMEMBERED)
    assert spoken(await stranger.get("/", **{"Accept-Language": "tlh"})) == ("ar", "rtl")
    assert spoken(await stranger.get("/", **{"Accept-Language": "de"})) == ("de", "ltr")


async def test_labels_refusals_and_remembered_pages_are_in_it_too(stranger: Visitor) -> None:
    for asked, label, refusal in (
        ("en", "Hot", "There's nothing here."),
        ("de", "Angesagt", "Hier ist nichts."),
        ("en", "Hot", "There's nothing here."),
    ):
        headers = {"Accept-Language": asked}
        assert label in (await stranger.get("/", **headers)).text
        fresh = Visitor(stranger.client.app.test_client())
        assert refusal in (await fresh.get("/nowhere", **headers)).text, asked
