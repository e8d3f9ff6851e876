"""Private communities of other servers: what stands in them is for their members here (scenario 122)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from service.federation.history import History
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.votes import vote_on_post
from tests.federation.hearing import HERE, PUBLIC, Hearing, group, note, page
from tests.federation.network import STREAMS, Peer
from tests.federation.signing import actor
from tests.federation.test_speaking import Talk
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.outbound.servers import Asked, replies
from tests.servers import DOMAIN

WORD = "tunnel vision"  # stands in what nobody but members may read


def shown_to_those_who_sign(server: Peer, path: str, document: dict[str, Any]) -> None:
    """Let a server have something that it gives to nobody whom it does not know."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        known = replies(json.dumps(document).encode(), content_type=STREAMS)
        await (known if "signature" in asked.headers else replies(b"", "404 Not Found"))(asked, writer)

    server.answers_with(path, answer)


def inside(document: dict[str, Any], place: str) -> dict[str, Any]:
    """Something that is for the members of a community alone, as Lemmy writes it."""
    return document | {"to": [place, f"{place}/followers"]}


async def getter(site: Hearing, account: Any) -> Callable[[str], Awaitable[tuple[int, str]]]:
    """What somebody is answered by the API; None asks without being signed in."""
    headers = bearer(token_of(account)) if account is not None else {}

    async def get(path: str) -> tuple[int, str]:
        answer = await site.client.get(path, headers=headers)
        return answer.status_code, await answer.get_data(as_text=True)

    return get


@pytest.mark.scenario(122)
async def test_what_stands_there_is_for_members_whom_it_let_in(site: Hearing) -> None:
    server, other = await site.server(), await site.server()
    trains = group(server, manuallyApprovesFollowers=True)
    ana, eve = actor(server), actor(other, "/u/eve")
    reader, stranger = [await making.member(site.database, name) for name in ("reader", "stranger")]
    old = inside(page(ana, trains, "/post/0", name=f"Old {WORD}"), trains)
    shown_to_those_who_sign(server, "/post/0", old)
    shown_to_those_who_sign(
        server,
        "/c/trains/outbox",
        {
            "id": f"{trains}/outbox",
            "type": "OrderedCollection",
            "orderedItems": [site.announced(trains, site.activity("Create", ana, old))],
        },
    )
    by_reader, by_stranger, by_visitor = [await getter(site, one) for one in (reader, stranger, None)]

    # Who is signed in finds it, and asks; who is not, does not.
    named = f"/api/alpha/community?name=trains@{server.server.host}"
    wanted = f"/api/alpha/resolve_object?q={trains}"
    assert (await by_reader(wanted))[0] == 200
    assert await site.value("SELECT private FROM community") is True
    assert (await by_visitor(wanted))[0] != 200
    assert (await by_visitor(named))[0] != 200
    joining = await site.client.post(
        "/api/alpha/community/follow",
        json={"community_id": 1, "follow": True},
        headers=bearer(token_of(reader)),
    )
    assert (joining.status_code, json.loads(await joining.get_data())["community_view"]["subscribed"]) == (
        200,
        "Pending",
    )
    (follow,) = [one for one in await Talk(site.database).said() if one["type"] == "Follow"]
    assert follow.inboxes == [f"{trains}/inbox"]

    # Nothing is told to somebody who is not in yet.
    first = inside(page(ana, trains, name=f"First {WORD}"), trains)
    told = site.announced(trains, site.activity("Create", ana, first))
    await site.hear(told, by=trains)
    assert await site.value("SELECT count(*) FROM post") == 0
    await site.hear(site.activity("Accept", trains, dict(follow)), by=trains)
    history = History(site.database, site.fetcher, site.drain._finder)
    assert await site.value("SELECT count(*) FROM pieloop.outbox WHERE kind = 'HistoryRequested'") > 0
    await history.read(1)

    # What it tells its members, and an answer of one of theirs that names ours.
    second = inside(page(ana, trains, "/post/2", name=f"Second {WORD}"), trains)
    answer = inside(note(eve, second["id"], trains, content=f"<p>{WORD}</p>"), trains)
    answer |= {"cc": [f"{HERE}/u/reader"], "source": None}
    await site.hear(
        site.announced(trains, site.activity("Create", ana, second)),
        site.announced(trains, site.activity("Create", eve, answer)),
        by=trains,
    )
    titles = await site.rows("SELECT title FROM post ORDER BY ap_id")
    assert titles == [(f"Old {WORD}",), (f"Second {WORD}",)]
    assert await site.value("SELECT count(*) FROM post_reply") == 1
    assert await site.value("SELECT count(*) FROM chat_message") == 0

    # Nobody brings something in from the side.
    side = inside(page(eve, trains, "/post/3"), trains)
    await site.hear(site.activity("Create", eve, side), by=eve)
    assert await site.value("SELECT count(*) FROM post") == 2

    post_id = await site.value("SELECT id FROM post WHERE title LIKE 'Second%'")
    comment_id = await site.value("SELECT id FROM post_reply")
    for path in (
        f"/api/alpha/post?id={post_id}",
        f"/api/alpha/post/replies?post_id={post_id}",
        f"/api/alpha/comment?id={comment_id}",
        f"/api/alpha/resolve_object?q={second['id']}",
        "/api/alpha/post/list?type_=All",
        "/api/alpha/comment/list?type_=All",
        f"/api/alpha/post/list?community_name=trains@{server.server.host}",
        "/api/alpha/search?q=tunnel&type_=Posts",
    ):
        status, body = await by_reader(path)
        assert (status, WORD in body) == (200, True), path
        for somebody in (by_stranger, by_visitor):
            assert WORD not in (await somebody(path))[1], path
    for path in (
        f"/post/{post_id}",
        f"/comment/{comment_id}",
        f"/community/trains@{server.server.host}/feed",
        f"/c/trains@{server.server.host}/feed",
    ):
        assert (await by_visitor(path))[0] == 404, path
    # As for any community that is not known here.
    for name in ("trains", "nothing"):
        assert (await by_visitor(f"/c/{name}@{server.server.host}"))[0] == 303, name

    # What becomes public is for everybody again.
    group(server)
    await site.hear(site.activity("Update", trains, {"id": trains, "type": "Group"}), by=trains)
    assert WORD in (await by_visitor(f"/api/alpha/post?id={post_id}"))[1]


@pytest.mark.scenario(122)
async def test_what_our_people_do_there_is_for_its_members(site: Hearing) -> None:
    server = await site.server()
    trains = group(server, manuallyApprovesFollowers=True)
    await site.fetch_actor(trains)
    reader = await making.member(site.database, "reader")
    await site.do("INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
                  " VALUES (:who, 1, false, false, false)", who=reader.id)  # fmt: skip
    talk = Talk(site.database)
    await site.database.write(
        posts.publish, reader, NewPost(community_id=1, title=f"Of {WORD}", body=""), domain=DOMAIN
    )
    post_id = await site.value("SELECT id FROM post")
    await site.database.write(
        comments.publish, reader, NewComment(post_id=post_id, body="Indeed"), domain=DOMAIN
    )
    await site.database.write(vote_on_post, reader, post_id, -1)
    said = await talk.said()
    assert [one["type"] for one in said] == ["Create", "Create", "Dislike"]
    for one in said:
        assert one.inboxes == [f"{trains}/inbox"]
        assert PUBLIC not in msgspec.json.encode(dict(one)).decode()
    for one in said[:2]:
        assert f"{trains}/followers" in one["to"], one
        assert f"{trains}/followers" in one["object"]["to"]
