"""Text travels small to whoever takes it so, and never where its length would tell a stranger something."""

import gzip
from typing import Any

import pytest
from quart import Response

from service.http.application import Application
from service.http.passing.compression import LARGEST, WORTH_COMPRESSING
from tests.http.people import Place, bearer, place
from tests.http.web_browser import signed_in
from tests.serving import held_by

TAKES = {"Accept-Encoding": "br, gzip;q=0.8"}
KINDS = (
    "text/html",
    "application/xml",
    "application/rss+xml",
    "application/json",
    "application/activity+json",
)


@pytest.fixture
async def here(app: Application) -> Place:
    return await place(held_by(app).database)


@pytest.fixture
def app(app: Application) -> Application:
    @app.get("/made/<path:kind>")
    async def made(kind: str) -> Response:
        return Response(b"a" * WORTH_COMPRESSING, content_type=kind)

    @app.get("/sized/<int:size>")
    async def sized(size: int) -> Response:
        return Response(b"a" * size, content_type="text/plain", headers={"ETag": '"one"'})

    return app


async def get(app: Application, path: str, **headers: str) -> Any:
    return await app.test_client().get(path, headers=TAKES | headers)


def is_compressed(answer: Any) -> bool:
    return bool(answer.headers.get("Content-Encoding") == "gzip")


@pytest.mark.parametrize("path", ["/", *(f"/made/{kind}" for kind in KINDS)])
async def test_text_is_compressed_for_who_takes_it(app: Application, path: str) -> None:
    small, plain = await get(app, path), await get(app, path, **{"Accept-Encoding": "identity"})
    assert (small.status_code, is_compressed(small), is_compressed(plain)) == (200, True, False)
    body, whole = await small.get_data(as_text=False), await plain.get_data(as_text=False)
    assert (gzip.decompress(body), int(small.headers["Content-Length"])) == (whole, len(body))
    assert len(body) < len(whole)
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in (small, plain))


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/zip", "application/octet-stream"])
async def test_what_is_small_already_is_left_alone(app: Application, kind: str) -> None:
    assert not is_compressed(await get(app, f"/made/{kind}"))


@pytest.mark.parametrize("sent", ["", "br", "gzip;q=0", "identity"])
async def test_who_does_not_take_it_does_not_get_it(app: Application, sent: str) -> None:
    assert not is_compressed(await get(app, "/made/text/plain", **{"Accept-Encoding": sent}))


async def test_work_is_bounded(app: Application) -> None:
    wanted = {WORTH_COMPRESSING - 1: False, WORTH_COMPRESSING: True, LARGEST: True, LARGEST + 1: False}
    assert {size: is_compressed(await get(app, f"/sized/{size}")) for size in wanted} == wanted


async def test_its_mark_does_not_promise_the_same_bytes(app: Application) -> None:
    assert (await get(app, "/sized/2000")).headers["ETag"] == 'W/"one"'
    assert (await get(app, "/sized/2")).headers["ETag"] == '"one"'


async def test_no_other_site_learns_lengths_of_what_somebody_reads(app: Application, here: Place) -> None:
    person = await signed_in(app, here.member)
    seen = {
        site: is_compressed(await person.client.get("/", headers=TAKES | site_header(site)))
        for site in ("same-origin", "none", "same-site", "cross-site", "")
    }
    assert seen == {"same-origin": True, "none": True, "same-site": False, "cross-site": False, "": False}
    assert is_compressed(
        await get(app, "/made/text/html", **bearer(here.token))
    )  # no browser sends a token by itself


def site_header(site: str) -> dict[str, str]:
    return {"Sec-Fetch-Site": site} if site else {}


async def test_parts_of_a_file_are_sent_as_they_are(app: Application) -> None:
    assert not is_compressed(await get(app, "/made/text/plain", Range="bytes=0-9"))
