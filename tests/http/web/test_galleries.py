"""Several pictures of one post: sent with their descriptions, shown in order, changed, told to others, and deleted."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from service.federation.queries import content
from service.federation.write import content as documents
from service.http.application import Application
from service.http.web.posts import pictures as form
from service.storage.tables import File, Post, PostFile
from tests.http.uploading import picture
from tests.http.web.filling import form_of
from tests.http.web.visitor import Page, Visitor
from tests.servers import DOMAIN
from tests.serving import held_by

SMALL = (300, 200)


def pictures(*rows: tuple[str, str, bytes], more: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, Any]]:
    """The rows of the form: which picture it is already, what is said of it, and a file."""
    parts: list[tuple[str, Any]] = [("kind", "photo"), ("title", "Cats"), *more]
    for at, (file_id, words, data) in enumerate(rows, start=1):
        parts += [("picture", file_id), ("image", data), ("alt_text", words), ("position", str(at))]
    return parts


def new(*words: str) -> list[tuple[str, str, bytes]]:
    return [("", word, picture(at, SMALL)) for at, word in enumerate(words)]


async def hung(app: Application, post_id: int) -> list[tuple[int, str | None]]:
    """The files of a post and their descriptions, in order."""
    first = select(File.id, File.alt_text).join(Post, Post.image_id == File.id).where(Post.id == post_id)
    further = (
        select(File.id, File.alt_text)
        .join(PostFile, PostFile.file_id == File.id)
        .where(PostFile.post_id == post_id)
        .order_by(PostFile.weight)
    )
    async with held_by(app).database.read() as db:
        return [(*row,) for row in [*await db.execute(first), *await db.execute(further)]]


def described(page: Page) -> list[str]:
    """What the page says of the pictures in its gallery."""
    inside = page.html.partition('class="gallery"')[2].partition("</ul>")[0]
    return [attributes["alt"] for tag, attributes in Page(200, inside, {}).tags if tag == "img"]


async def test_a_gallery_is_sent_shown_and_changed(app: Application, founder: Visitor) -> None:
    empty = await founder.get("/community/cats/submit/photo")
    assert [attributes["type"] for _, attributes in empty.tags if attributes.get("name") == "image"][:3] == [
        "file"
    ] * 3
    sent = await founder.send_parts(
        "/community/cats/submit", *pictures(*new("red", "", "blue"), ("", "no file", b""))
    )
    assert sent.status == 303, sent.text
    post_id = int(sent.location.split("/p/")[1].split("/")[0])
    shown = await hung(app, post_id)
    assert [words for _, words in shown] == ["red", None, "blue"]
    page = await founder.get(sent.location)
    assert described(page) == ["red", "", "blue"]
    assert "Gallery, 3 images" in (await founder.get("/c/cats")).text
    assert "Gallery" not in (await founder.get("/post/1")).text

    # Nobody touched it: nothing changes.
    address = f"/post/{post_id}/edit"
    edit = await form_of(founder, address, address)
    stands = [(name, value) for name, one in edit.controls for value in one.values if name != "csrf_token"]
    assert (await founder.send_parts(address, *stands)).status == 303
    async with held_by(app).database.read() as db:
        assert await db.scalar(select(Post.edited_at).where(Post.id == post_id)) is None

    ids = [str(file_id) for file_id, _ in shown]
    rows = [
        (ids[0], "red", b""),
        (ids[1], "green", b""),
        (ids[2], "blue", b""),
        ("", "gold", picture(7, SMALL)),
    ]
    parts = pictures(*rows, more=(("removed", ""), ("removed", ids[0])))
    at = [number for number, (name, _) in enumerate(parts) if name == "position"]
    parts[at[2]] = ("position", "2")  # before the one that stood there
    assert (await founder.send_parts(f"/post/{post_id}/edit", *parts)).status == 303
    changed = await hung(app, post_id)
    assert [words for _, words in changed] == ["blue", "green", "gold"]
    assert [str(file_id) for file_id, _ in changed[:2]] == [ids[2], ids[1]]
    async with held_by(app).database.read() as db:
        assert await db.scalar(select(File.id).where(File.id == int(ids[0]))) is None, (
            "what nothing shows is gone"
        )

    # The first one is deleted from the list of one's uploads: the next takes its place.
    await founder.send(f"/user/files/{ids[2]}/delete")
    assert [words for _, words in await hung(app, post_id)] == ["green", "gold"]
    assert described(await founder.get(sent.location)) == ["green", "gold"]
    for file_id, _ in await hung(app, post_id):
        await founder.send(f"/user/files/{file_id}/delete")
    assert await hung(app, post_id) == []
    assert (await founder.get(sent.location)).status == 200


async def test_what_is_wrong_with_one_of_several_is_said_and_none_is_kept(
    app: Application, founder: Visitor, reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await founder.get("/community/cats/submit/photo")
    before = await _files(app)
    broken = [*new("red"), ("", "broken", b"no picture")]
    refused = await founder.send_parts("/community/cats/submit", *pictures(*broken))
    assert refused.status == 422
    assert refused.links("#f-image")
    assert [a["value"] for _, a in refused.tags if a.get("name") == "alt_text"][:2] == ["red", "broken"]
    monkeypatch.setattr(form, "PICTURES_MAX", 2)
    for wrong, field in (
        (new("x" * 1501), "alt_text"),
        (new("1", "2", "3"), "image"),
        ([("", "", b"")], "image"),
    ):
        answer = await founder.send_parts("/community/cats/submit", *pictures(*wrong))
        assert (answer.status, bool(answer.links(f"#f-{field}"))) == (422, True), field
    assert await _files(app) == before

    await founder.send_parts("/community/cats/submit", *pictures(*new("red")))
    ((mine, _),) = await hung(app, max(await _posts(app)))

    # Somebody else's picture cannot be hung up by its number.
    await reader.get("/community/cats/submit/photo")
    sent = await reader.send_parts(
        "/community/cats/submit", *pictures((str(mine), "stolen", b""), *new("mine"))
    )
    assert sent.status == 303
    assert [words for _, words in await hung(app, max(await _posts(app)))] == ["mine"]


async def test_others_hear_of_all_pictures_and_so_does_whoever_leaves(
    app: Application, founder: Visitor
) -> None:
    await founder.get("/community/cats/submit/photo")
    sent = await founder.send_parts("/community/cats/submit", *pictures(*new("red", "green")))
    post_id = int(sent.location.split("/p/")[1].split("/")[0])
    async with held_by(app).database.read() as db:
        row = (await content.posts(db, [post_id], DOMAIN))[post_id]
    attached = documents.post(row)["attachment"]
    assert [(one["type"], one["name"]) for one in attached] == [("Image", "red"), ("Image", "green")]
    assert len({one["url"] for one in attached}) == 2
    feed = (await founder.get("/community/cats/feed")).html
    assert "green" in feed
    await founder.get("/user/settings/import_export")
    answer = await founder.client.post("/user/settings/export", form={"csrf_token": founder.token})
    with ZipFile(BytesIO(await answer.get_data(as_text=False))) as archive:
        lines = [json.loads(line) for line in archive.read("posts.jsonl").splitlines()]
        packed = {name.partition("/")[2].partition("-")[0] for name in archive.namelist()}
    one = next(line for line in lines if line["id"] == post_id)
    assert [one["image_id"], *one["gallery"]] == [file_id for file_id, _ in await hung(app, post_id)]
    assert {str(one["image_id"]), *map(str, one["gallery"])} <= packed


async def test_a_gallery_goes_and_comes_with_its_post(app: Application, founder: Visitor) -> None:
    await founder.get("/community/cats/submit/photo")
    sent = await founder.send_parts("/community/cats/submit", *pictures(*new("red", "green")))
    post_id = int(sent.location.split("/p/")[1].split("/")[0])
    page = await founder.get(sent.location)
    urls = [a["href"] for tag, a in page.tags if tag == "a" and a.get("href", "").startswith("/media/")]
    assert len(urls) == 2
    stranger = app.test_client()

    async def given() -> set[int]:
        return {(await stranger.get(url)).status_code for url in urls}

    assert await given() == {200}
    await founder.send(f"/post/{post_id}/delete")
    assert await given() == {404}
    assert (await founder.get("/user/files")).text.count("Not used in any post") == 2
    await founder.send(f"/post/{post_id}/restore")
    assert await given() == {200}
    uploads = await founder.get("/user/files")
    assert uploads.text.count("Cats") >= 2
    assert "Not used in any post" not in uploads.text


async def test_an_administrator_blocks_all_pictures_of_a_gallery(
    app: Application, founder: Visitor, administrator: Visitor
) -> None:
    await founder.get("/community/cats/submit/photo")
    await founder.send_parts("/community/cats/submit", *pictures(*new("red", "green")))
    bad = max(await _posts(app))
    await founder.send_parts(
        "/community/cats/submit", *pictures(("", "the same", picture(1, (600, 400))), more=())
    )
    again, (kept, _) = max(await _posts(app)), (await hung(app, max(await _posts(app))))[0]
    question = await administrator.get(f"/admin/post/{bad}/block_image")
    assert len([1 for tag, _ in question.tags if tag == "figure"]) == 2
    await administrator.follow(await administrator.send(f"/admin/post/{bad}/block_image", reason="gore"))
    assert await hung(app, bad) == []
    assert kept
    assert await hung(app, again) == [], "the second of them is known again, wherever it stands"


async def _files(app: Application) -> int:
    async with held_by(app).database.read() as db:
        return len((await db.execute(select(File.id))).all())


async def _posts(app: Application) -> list[int]:
    async with held_by(app).database.read() as db:
        return list(await db.scalars(select(Post.id)))
