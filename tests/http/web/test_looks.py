"""How pages look: kept with the account, else in the browser, the same words in both; and colours that can be read."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from service.forum.accounts.looks import TABLES, Accent, Look, Theme
from service.forum.accounts.queries import viewer_of_account
from service.forum.accounts.viewer import signed_in
from service.forum.appearance.rules import contrast_between
from service.http.application import Application
from service.http.web.frame import assets
from service.http.web.frame.looks import COOKIE
from service.storage.tables import User
from tests.http.web.visitor import Page, Visitor
from tests.media.pictures import file_of, quadrants
from tests.serving import held_by

CHOSEN: dict[str, Any] = {
    "theme": "dark",
    "accent": "rose",
    "lists": "rows",
    "letters": "wide",
    "images": "asked",
}

NOTHING: dict[str, Any] = dict.fromkeys(CHOSEN, "")


def looks_of(page: Page) -> dict[str, str]:
    """What the page's root says of its look."""
    root = next(attributes for tag, attributes in page.tags if tag == "html")
    return {name.removeprefix("data-"): value for name, value in root.items() if name.startswith("data-")}


def test_no_word_means_two_things() -> None:
    words = [row.value for table in TABLES.values() for row in table if row.value]
    assert len(words) == len(set(words))
    whole = Look.of(".".join(CHOSEN.values()))
    assert {name: getattr(whole, name).value for name in CHOSEN} == CHOSEN
    assert Look.of(whole.words) == whole
    longest = ".".join(max((row.value for row in table), key=len) for table in TABLES.values())
    assert len(longest) <= 80
    assert Look.of('dark."><script>.dark.' + "x" * 500).words == "dark"


async def test_a_strangers_look_is_their_browsers(stranger: Visitor) -> None:
    assert looks_of(await stranger.get("/")) == {}
    await stranger.get("/appearance")
    page = await stranger.follow(await stranger.send("/appearance", **CHOSEN))
    assert looks_of(page) == CHOSEN
    assert looks_of(await stranger.get("/c/cats")) == CHOSEN
    wrong = await stranger.send("/appearance", theme="pink")
    assert (wrong.status, wrong.links("#f-")) == (422, ["#f-theme"])
    await stranger.send("/appearance", **NOTHING)
    page = await stranger.get("/")
    assert (looks_of(page), "looks.css" in page.html) == ({}, False)
    assert looks_of(await stranger.get("/", Cookie=f"{COOKIE}=dark.<script>")) == {"theme": "dark"}


async def test_a_members_look_goes_where_they_sign_in(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.get("/appearance")
    await founder.send("/appearance", theme="black", accent="blue")
    database = held_by(app).database
    async with database.read() as db:
        ana = await viewer_of_account(
            db, (await db.execute(select(User.id).where(User.user_name == "ana"))).scalar_one()
        )
    elsewhere = await Visitor(app.test_client()).arrive(database, signed_in(ana))
    assert looks_of(await elsewhere.get("/")) == {"theme": "black", "accent": "blue"}
    await founder.send("/auth/logout")
    assert looks_of(await founder.get("/")) == {"theme": "black", "accent": "blue"}
    assert looks_of(await stranger.get("/")) == {}


async def test_lists_change_at_their_head(founder: Visitor, stranger: Visitor) -> None:
    page = await stranger.get("/c/cats")
    (rows,) = page.links("/appearance/lists/rows")
    answer = await stranger.get(rows)
    assert (answer.location, answer.headers["Cache-Control"]) == ("/c/cats", "no-store")
    assert looks_of(await stranger.get("/c/cats")) == {"lists": "rows"}
    await stranger.get("/appearance/lists/cards?next=//elsewhere.example")
    assert looks_of(await stranger.get("/")) == {}
    assert (await stranger.get("/appearance/lists/piles")).status == 404
    await founder.get("/c/cats")
    answer = await founder.send("/appearance/lists/large", next="/c/cats")
    assert answer.location == "/c/cats"
    assert looks_of(await founder.get("/")) == {"lists": "large"}
    await founder.get("/appearance/lists/rows")
    assert looks_of(await founder.get("/")) == {"lists": "large"}, "a link of somebody else's changes nothing"


@pytest.mark.parametrize("headers", [{"Cookie": f"{COOKIE}=asked"}, {"Save-Data": "on"}])
async def test_images_wait_until_they_are_asked_for(
    founder: Visitor, stranger: Visitor, headers: dict[str, str]
) -> None:
    path = await founder.publish(
        "cats", "A cat", kind="photo", image=file_of(quadrants(), "JPEG"), alt_text="A cat"
    )
    for place in (path, "/c/cats"):
        waits = await stranger.get(place, **headers)
        loaded = [found["src"] for tag, found in waits.tags if tag == "img" and "src" in found]
        assert all(src.startswith("/static/") for src in loaded)
        assert any("data-src" in found for _, found in waits.tags)
        assert all("src" in found for tag, found in waits.tags if tag == "img"), "HTML has no image without"
        (asked,) = waits.links(f"{place}?images=1")
        shown = await stranger.get(asked, **headers)
        assert not any("data-src" in found for _, found in shown.tags)


async def test_ones_own_communities_stand_beside_every_page(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    assert ("a", {"href": "/c/cats", "aria-current": "page"}) in (await founder.get("/c/cats")).tags
    beside = await founder.get("/user/settings")
    assert ("a", {"href": "/c/cats"}) in beside.tags
    assert 'class="own"' not in (await stranger.get("/c/cats")).html
    assert ("a", {"href": "/c/cats"}) not in (await reader.get("/communities")).tags
    await reader.send("/community/cats/subscribe")
    assert ("a", {"href": "/c/cats"}) in (await reader.get("/communities")).tags


async def test_the_column_is_there_whoever_fetches_the_page(founder: Visitor) -> None:
    page, html = {"Accept": "text/html,*/*;q=0.8"}, 'class="own"'
    for wanted, is_there in (("document", True), ("empty", True), ("image", False)):
        assert (html in (await founder.get("/c/cats", **page, **{"Sec-Fetch-Dest": wanted})).html) is is_there
    assert html not in (await founder.get("/c/cats", **{"Sec-Fetch-Dest": "empty", "Accept": "*/*"})).html


async def test_the_column_has_its_images_again_where_they_were_asked_for(founder: Visitor) -> None:
    await founder.get("/community/cats/edit")
    image = file_of(quadrants(), "JPEG")
    assert (await founder.send("/community/cats/edit", title="Cats", image=image, field="icon")).status == 303
    waits = await founder.get("/user/settings", **{"Save-Data": "on"})
    assert any("data-src" in found for _, found in waits.tags)
    shown = await founder.get("/user/settings")
    assert any("src" in found for tag, found in shown.tags if tag == "img")
    assert not any("data-src" in found for _, found in shown.tags)


async def test_the_front_page_says_to_strangers_what_this_is(founder: Visitor, stranger: Visitor) -> None:
    first = await stranger.get("/")
    assert all(words in first.text for words in ("1 member", "1 community", "1 post"))
    assert "/auth/register" in first.links("/auth/")
    for page in (await stranger.get("/?sort=new"), await founder.get("/")):
        assert "t-intro" not in page.html


# Colours

TOKEN = re.compile(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));")
TEXTS = ("ink", "soft", "muted", "accent", "up", "down", "good", "bad", "warn")
GROUNDS = ("bg", "surface", "raised", "sunken")
WASHED = ("accent", "good", "bad", "warn")
READABLE, ENHANCED, SEEN = 4.5, 7.0, 3.0  # https://www.w3.org/TR/WCAG22/#contrast-minimum


def sheet(name: str) -> str:
    """A style sheet as it is written."""
    return (assets.FOLDER / name).read_text()


def tokens(css: str, selector: str, *, dark: bool) -> dict[str, str]:
    """The colours that a rule gives, in one of the schemes."""
    rule = css[css.index(selector) :]
    found = TOKEN.findall(rule[: rule.index("}")])
    return {name: (in_dark if dark else light) or both for name, light, in_dark, both in found}


def schemes() -> Iterator[tuple[str, float, dict[str, str]]]:
    """Every theme with every accent: what it is called, how far texts stand out, and its colours."""
    usual, chosen = sheet("site.css"), sheet("looks.css")
    for theme, accent in product(Theme, Accent):
        high = theme.value.startswith("contrast")
        for dark in (
            (False, True) if theme is Theme.SYSTEM else (theme.value not in {"light", "contrast-light"},)
        ):
            colors = tokens(usual, ":root {", dark=dark)
            if high:
                colors |= tokens(chosen, ':root:is([data-theme="contrast-light"]', dark=dark)
            elif theme is Theme.BLACK:
                colors |= tokens(chosen, ':root[data-theme="black"]', dark=dark)
            if accent.value and not high:
                colors |= tokens(chosen, f'[data-accent="{accent}"]', dark=dark)
            yield (
                f"{theme.name} {accent.name} {'dark' if dark else 'light'}",
                ENHANCED if high else READABLE,
                colors,
            )


def test_every_colour_can_be_read() -> None:
    faint = []
    for name, least, colors in schemes():
        pairs = [(text, ground, least) for text in TEXTS for ground in GROUNDS]
        pairs += [(text, f"{text}-wash", least) for text in WASHED]
        pairs += [("ink", f"{one}-wash", least) for one in WASHED]
        pairs += [("accent-ink", "accent", least)]
        pairs += [("line-strong", ground, SEEN) for ground in ("bg", "surface", "raised")]
        for text, ground, wanted in pairs:
            ratio = contrast_between(colors[text], colors[ground])
            if ratio < wanted:
                faint.append(f"{name}: {text} on {ground} is {ratio:.2f}")
    assert not faint, "\n".join(faint)
