"""Communities: making and changing them with pictures and languages, and what is refused."""

from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser

from tests.http.api.app_client import Refused
from tests.http.people import Person, Place
from tests.http.uploading import picture, send


async def uploaded(client: Browser, place: Place, seed: int) -> str:
    response = await send(client, place.token, picture(seed, (64, 64)), path="community_image")
    url: str = (await response.get_json())["url"]
    return url


async def test_pictures_are_given_by_their_addresses(client: Browser, ana: Person) -> None:
    app, place = ana
    icon, banner = await uploaded(client, place, 1), await uploaded(client, place, 2)
    made = await app.post("/community", name="bread", title="Bread", icon_url=icon, banner_url=banner)
    shown = made["community_view"]["community"]
    assert shown["icon"]
    assert shown["banner"]
    changed = await app.put("/community", community_id=shown["id"], title="Loaves", icon_url=None)
    assert changed["community_view"]["community"].get("icon") is None
    assert changed["community_view"]["community"]["banner"] == shown["banner"]
    assert changed["community_view"]["community"]["title"] == "Loaves"


async def test_languages_can_be_changed(ana: Person) -> None:
    app, place = ana
    [english] = [
        row["id"] for row in (await app.get("/site"))["site"]["all_languages"] if row["code"] == "en"
    ]
    changed = await app.put("/community", community_id=place.community_id, discussion_languages=[english])
    assert english in changed["discussion_languages"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"icon_url": "https://pie.example/media/nobodys.webp"}, "icon_url"),
        ({"banner_url": "https://elsewhere.example/picture.png"}, "banner_url"),
        ({"banner_url": "\x00"}, "banner_url"),
        ({"discussion_languages": [2**40]}, "discussion_languages[0]"),
        ({"discussion_languages": "en"}, "discussion_languages"),
        ({"title": ""}, "title"),
    ],
)
async def test_what_is_wrong_is_named(ana: Person, sent: dict[str, Any], field: str) -> None:
    app, place = ana
    with pytest.raises(Refused) as refusal:
        await app.put("/community", community_id=place.community_id, **sent)
    assert list(refusal.value.body["errors"]["json"]) == [field]
