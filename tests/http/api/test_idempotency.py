"""The header Idempotency-Key: done once, however often it is sent, and answered alike."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image
from quart import Response
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import func, select

from service.forum import idempotency
from service.forum.accounts.viewer import Viewer
from service.forum.communities.operations import membership
from service.forum.feeds.operations import following
from service.forum.moderation import content
from service.http.application import Application
from service.http.passing import idempotency_key as door
from service.media.errors import StoreFailed
from service.storage.clock import utcnow
from service.storage.tables import CommunityMember, IdempotencyKey, Post, User
from service.storage.transaction import Database, Unavailable
from tests.forum import making
from tests.http.people import token_of
from tests.serving import held_by

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


@pytest.fixture
async def ana(database: Database) -> Viewer:
    return await making.member(database, "ana")


@pytest.fixture
async def community_id(database: Database, ana: Viewer) -> int:
    return await making.community(database, ana, "garden")


async def send(
    client: Browser, who: Viewer, path: str, *, key: str = KEY, method: str = "POST", **options: Any
) -> tuple[int, Any, bool]:
    headers = {"Authorization": f"Bearer {token_of(who)}", "Idempotency-Key": key}
    response: Response = await client.open(f"/api/alpha{path}", method=method, headers=headers, **options)
    return response.status_code, await response.get_json(), "Idempotent-Replayed" in response.headers


async def posts(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(Post)) or 0


async def test_a_repetition_gets_the_first_answer_and_does_nothing(
    client: Browser, database: Database, ana: Viewer, community_id: int
) -> None:
    new = {"title": "Tomatoes", "community_id": community_id}
    status, first, again = await send(client, ana, "/post", json=new)
    assert (status, again) == (200, False)
    assert await send(client, ana, "/post", json=new) == (200, first, True)
    assert await posts(database) == 1


async def test_ten_at_the_same_instant_are_one(
    client: Browser, database: Database, ana: Viewer, community_id: int
) -> None:
    new = {"title": "Tomatoes", "community_id": community_id}
    answers = await asyncio.gather(*(send(client, ana, "/post", json=new) for _ in range(10)))
    assert {status for status, _, _ in answers} == {200}
    assert len({body["post_view"]["post"]["id"] for _, body, _ in answers}) == 1
    assert await posts(database) == 1


async def test_a_key_is_that_persons_and_that_operations(
    client: Browser, database: Database, ana: Viewer, community_id: int
) -> None:
    ben = await making.member(database, "ben")
    new = {"title": "Tomatoes", "community_id": community_id}
    _, first, _ = await send(client, ana, "/post", json=new)
    _, second, _ = await send(client, ben, "/post", json=new)
    post_id = first["post_view"]["post"]["id"]
    assert second["post_view"]["post"]["id"] != post_id
    status, _, again = await send(client, ben, "/post/like", json={"post_id": post_id, "score": 1})
    assert (status, again) == (200, False)


async def test_a_key_for_another_request_is_refused(
    client: Browser, database: Database, ana: Viewer, community_id: int
) -> None:
    await send(client, ana, "/post", json={"title": "Tomatoes", "community_id": community_id})
    status, body, _ = await send(client, ana, "/post", json={"title": "Roses", "community_id": community_id})
    assert (status, body["message"]) == (400, "This key has already been used for a different request.")
    assert await posts(database) == 1


async def test_what_was_refused_may_be_tried_again(client: Browser, ana: Viewer, community_id: int) -> None:
    later = community_id + 1
    new = {"title": "Tomatoes", "community_id": later}
    assert (await send(client, ana, "/post", json=new))[0] == 400
    await send(client, ana, "/community", key="other", json={"name": "roses", "title": "Roses"})
    status, body, again = await send(client, ana, "/post", json=new)
    assert (status, body["post_view"]["community"]["id"], again) == (200, later, False)


async def test_an_answer_that_was_lost_is_said_and_nothing_is_done(
    client: Browser, database: Database, ana: Viewer, community_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise Unavailable

    new = {"title": "Tomatoes", "community_id": community_id}
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "keep_answer", fail)
        assert (await send(client, ana, "/post", json=new))[0] == 200
    monkeypatch.setattr(door, "PATIENCE", 0.2)
    status, body, _ = await send(client, ana, "/post", json=new)
    assert (status, body["message"]) == (400, "This has already been done, but the response was lost.")
    assert await posts(database) == 1


async def test_a_key_that_is_forgotten_counts_no_more(
    client: Browser, database: Database, ana: Viewer, community_id: int
) -> None:
    new = {"title": "Tomatoes", "community_id": community_id}
    await send(client, ana, "/post", json=new)
    assert await database.write(idempotency.forget_old_keys, utcnow()) == 1
    assert (await send(client, ana, "/post", json=new))[2] is False


async def test_an_upload_that_is_repeated_is_one(client: Browser, database: Database, ana: Viewer) -> None:
    answers = []
    for _ in range(2):
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        picture.seek(0)
        answers.append(
            await send(client, ana, "/upload/image", files={"file": FileStorage(picture, "red.png")})
        )
    assert answers[0][:2] == answers[1][:2]
    assert answers[1][2]


@pytest.mark.parametrize("key", ["k" * 256, "a\x00b"])
async def test_a_key_that_cannot_be_kept_is_refused(client: Browser, ana: Viewer, key: str) -> None:
    status, body, _ = await send(client, ana, "/user/mark_all_as_read", key=key)
    assert status == 400
    assert "Idempotency-Key" in body["errors"]["json"]


async def test_a_key_of_a_read_means_nothing(client: Browser, database: Database, ana: Viewer) -> None:
    for _ in range(2):
        assert (await send(client, ana, "/user/unread_count", method="GET"))[2] is False
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


async def test_an_upload_that_was_refused_has_burnt_nothing(
    client: Browser, database: Database, ana: Viewer, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def red() -> FileStorage:
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        picture.seek(0)
        return FileStorage(picture, "red.png")

    async def full(*_: Any) -> None:
        raise StoreFailed("not now")

    # Its files are announced before they are written, and the store refuses then.
    with monkeypatch.context() as patch:
        patch.setattr(type(held_by(app).store), "put", full)
        assert (await send(client, ana, "/upload/image", files={"file": red()}))[0] == 503
    status, body, again = await send(client, ana, "/upload/image", files={"file": red()})
    assert (status, again) == (200, False)
    assert "url" in body


@pytest.mark.parametrize("path", ["/community/leave_all", "/user/ban"])
async def test_one_click_is_one_transaction(
    client: Browser,
    database: Database,
    ana: Viewer,
    community_id: int,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second half fails: the first one has not happened either, and the key may be used again."""
    founder = await making.administrator(database)
    ben = await making.member(database, "ben")
    await database.write(membership.join, ben, community_id)
    who = ben if path.startswith("/community") else founder
    body = (
        {} if path.startswith("/community") else {"person_id": ben.id, "purge_content": True, "reason": "x"}
    )

    async def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    async def is_as_before() -> bool:
        async with database.read() as db:
            member = await db.scalar(select(CommunityMember.user_id).where(CommunityMember.user_id == ben.id))
            banned = await db.scalar(select(User.banned).where(User.id == ben.id))
        return member == ben.id and not banned

    with monkeypatch.context() as patch:
        patch.setattr(following, "_end", fail)
        patch.setattr(content, "want_content_removed", fail)
        assert (await send(client, who, path, json=body))[0] == 503
        assert await is_as_before()
    assert (await send(client, who, path, json=body))[::2] == (200, False)
    assert not await is_as_before()
