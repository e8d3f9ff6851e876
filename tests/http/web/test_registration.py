"""Getting an account by the page: the same conditions as through the API."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest

from service.http.application import Application
from service.http.web.frame.helpers import with_query
from service.media import captcha
from tests.http.web.visitor import PASSWORD, Page, Visitor

LETTERS = "RATXY"


@pytest.fixture
def visitor(app: Application, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody on a site that asks for letters, as it does from the beginning."""
    monkeypatch.setattr(captcha, "new_letters", lambda: LETTERS)
    return Visitor(app.test_client())


def fields(page: Page, **changes: Any) -> dict[str, Any]:
    """What a person fills in on a page."""
    return {
        "name": "zoe",
        "password": PASSWORD,
        "password2": PASSWORD,
        "honeypot": "",
        "captcha_uuid": page.named("captcha_uuid")["value"],
        "captcha_answer": "ratxy",
    } | changes


async def test_who_reads_the_letters_gets_in(visitor: Visitor) -> None:
    page = await visitor.get("/auth/register")
    assert any(found.get("src", "").startswith("data:image/png;base64,") for _, found in page.tags)
    again = await visitor.send("/auth/register", **fields(page, name="b@d"))
    assert again.links("#f-") == ["#f-name"]
    assert again.named("captcha_uuid")["value"] != page.named("captcha_uuid")["value"]
    assert not again.named("captcha_answer").get("value")
    done = await visitor.send("/auth/register", **fields(page))
    assert done.status == 303, "what was wrong elsewhere did not use the letters up"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"captcha_answer": ""}, "captcha_answer"),
        ({"captcha_answer": "AAAAA"}, "captcha_answer"),
        ({"captcha_uuid": "1.2.3"}, "captcha_answer"),
        ({"honeypot": "https://buy.example"}, "honeypot"),
        ({"password2": "another"}, "password2"),
    ],
)
async def test_who_does_not_does_not(visitor: Visitor, changes: dict[str, str], field: str) -> None:
    page = await visitor.get("/auth/register")
    refused = await visitor.send("/auth/register", **fields(page, **changes))
    assert (refused.status, refused.links("#f-")) == (422, [f"#f-{field}"])
    assert (await visitor.get("/u/zoe")).status == 404


async def test_from_the_front_page_to_the_first_comment_it_is_four_steps(
    founder: Visitor, stranger: Visitor
) -> None:
    front = await stranger.get("/")
    steps = [post := await stranger.get(front.links("/c/cats/p/")[0])]
    wanted = post.named("next")["value"]
    begun = post.named("comment")["name"]
    words = "My first words, ümläuts & all\r\n#1"
    steps.append(form := await stranger.get(with_query("/auth/register", next=wanted, **{begun: words})))
    to_sign_in = form.links("/auth/login?next=/c/")[-1]
    kept = form.named("next")["value"]
    assert (await stranger.get(to_sign_in)).named("next")["value"] == kept
    steps.append(
        made := await stranger.send(
            "/auth/register", name="zoe", password=PASSWORD, password2=PASSWORD, next=kept
        )
    )
    again = await stranger.follow(made)
    assert wanted == f"{front.links('/c/cats/p/')[0]}#comments"
    path, query, anchor = re.split("[?#]", made.location)
    assert (f"{path}#{anchor}", parse_qs(query)) == (wanted, {"comment": [words]})
    shown = unescape(again.html).replace("\r", "")
    assert words.replace("\r", "") in shown, "without scripts, an address keeps it"
    reply = next(a["action"] for tag, a in again.tags if tag == "form" and a["action"].endswith("/reply"))
    steps.append(said := await stranger.send(reply, body="My first words"))
    assert "My first words" in (await stranger.follow(said)).text
    assert len(steps) == 4


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/c/cats/p/1/x?sort=new#comments", "/c/cats/p/1/x?sort=new&comment=Hi+there#comments"),
        ("/c/cats/p/1/x?comment=Old&page=2", "/c/cats/p/1/x?page=2&comment=Hi+there"),
        ("https://elsewhere.example/", "/?comment=Hi+there"),
    ],
)
async def test_a_comment_that_was_begun_takes_nothing_from_the_address(
    stranger: Visitor, wanted: str, kept: str
) -> None:
    form = await stranger.get(with_query("/auth/login", next=wanted, comment=" Hi there "))
    assert form.named("next")["value"] == kept


async def test_letters_are_good_for_one_answer_and_there_are_others(visitor: Visitor) -> None:
    page = await visitor.get("/auth/register")
    assert (await visitor.send("/auth/register", **fields(page, captcha_answer="NO"))).status == 422
    assert (await visitor.send("/auth/register", **fields(page))).status == 422
    other = await visitor.get("/auth/register/letters")
    assert "<html" not in other.html
    assert (await visitor.send("/auth/register", **fields(other))).status == 303
