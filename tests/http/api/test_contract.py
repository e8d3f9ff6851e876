"""What the site says of its own API: whole, unambiguous, and a promise of all that PieFed's apps count on."""

import asyncio
import gzip
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser

from service.http.api.admin.contract import API as ADMINISTRATION
from service.http.api.admin.contract import APPLICATIONS
from service.http.api.contract import API
from service.http.application import Application
from service.http.openapi.document import document
from tests.holding import tenth_of_a_second
from tests.http.api.differences import PIEFED, Facts, differences, facts_in, facts_of
from tests.http.people import Person, bearer

Json = dict[str, Any]

# Where we differ, and why no app suffers from it.
ACCEPTED = {
    # Optional in the contract, and nothing stands behind it here.
    "Like*Request.private: not read": "Whether votes are public is a setting of the account: federate_votes.",
    "CaptchaFields.wav: not given": "There is no spoken question.",
    "SiteMetadataView.embed_video_url: not given": "Videos are not embedded.",
    "UserRegistration.country_code: not given": "Nobody is looked up by address.",
    "UserRegistration.referrer: not given": "Applicants are not asked where they come from.",
    "UserRegistration.throwaway_email: not given": "There is no list of throwaway addresses.",
    "ModBan*.expires: not given": "The log does not keep it.",
    # Optional in the contract, and found elsewhere.
    "*Response.site: not given": "The site is found at /site.",
    "ImageUploadResponse.*: not given": "They are parameters of lists that strayed into the contract.",
    "Post*.alt_text: not given": "It stands in the post itself.",
    # Sent in vain.
    "Edit*Request.distinguished: not read": "/comment/distinguish does it.",
    "EditFeedRequest.url: not read": "The address of a feed never changes.",
    "GET /api/alpha/comment/list query.depth_first: not read": "/post/replies gives comments as a tree.",
    "GET /api/alpha/user/media query.unread_only: not read": "Images are neither read nor unread.",
    "Poll*: not read": "One schema serves both ways; these come back with the poll.",
    "PostPoll.*: not read": "One schema serves both ways; these come back with the poll.",
    "PostEvent.*: not read": "One schema serves both ways; these come back with the event.",
    # Stricter, since any other value means nothing.
    "Like*Request.score: int is sent, -1|0|1 is read": "There are no other votes.",
    "PostEvent.join_mode: str is sent, *": "There are no other ways to join.",
    "GET /api/alpha/site/instance_chooser_search query.*: str is sent, *": "Yes or no.",
    "GET /api/alpha/post/replies query.page: str is sent, int is read": "It is the number that next_page gave.",
    "GET /api/alpha/post/site_metadata query.url: asked for": "Without an address there is nothing to say.",
    # Always empty.
    "GetModLogResponse.*: [dict] is given, *": "Nothing of the kind is logged; the list stays empty.",
}


@pytest.fixture
def ours(app: Application) -> Facts:
    client, admin = facts_of(document(app, API)), facts_of(document(app, ADMINISTRATION, APPLICATIONS))
    return Facts(admin.operations | client.operations, admin.schemas | client.schemas)


async def test_all_that_apps_count_on_is_promised(ours: Facts) -> None:
    found = differences(facts_in(PIEFED), ours)
    unknown = [one for one in found if not any(fnmatchcase(one, pattern) for pattern in _patterns())]
    assert not unknown, "\n".join(unknown)


async def test_no_difference_is_accepted_that_is_none(ours: Facts) -> None:
    found = differences(facts_in(PIEFED), ours)
    stale = [name for name, pattern in zip(ACCEPTED, _patterns(), strict=True) if not _any(found, pattern)]
    assert not stale


@pytest.mark.parametrize(
    ("of_theirs", "difference"),
    [
        ({"page": "int", "sort!": "'A'|'B'"}, []),
        ({"size": "int"}, ["GET /x query.size: not read"]),
        ({"page": "str"}, ["GET /x query.page: str is sent, int|null is read"]),
        ({"sort": "'A'|'C'"}, ["GET /x query.sort: 'A'|'C' is sent, 'A'|'B' is read"]),
    ],
)
def test_a_difference_of_what_is_taken_is_found(of_theirs: dict[str, str], difference: list[str]) -> None:
    ours = _facts({"page": "int|null", "sort": "'A'|'B'"}, {})
    assert differences(_facts(of_theirs, {}), ours) == difference


@pytest.mark.parametrize(
    ("of_theirs", "difference"),
    [
        ({"id!": "int", "name": "str|null", "kind!": "str", "score": "float"}, []),
        ({"size": "int"}, ["Answer.size: not given"]),
        ({"maybe!": "str"}, ["Answer.maybe: not always given"]),
        ({"name!": "str"}, ["Answer.name: str|null is given, str is promised"]),
        ({"kind!": "'A'"}, ["Answer.kind: 'A'|'B' is given, 'A' is promised"]),
    ],
)
def test_a_difference_of_what_is_given_is_found(of_theirs: dict[str, str], difference: list[str]) -> None:
    answer = {"id!": "int", "name!": "str|null", "kind!": "'A'|'B'", "score!": "int", "maybe": "str"}
    assert differences(_facts({}, of_theirs), _facts({}, answer)) == difference


async def test_a_missing_operation_is_a_difference(ours: Facts) -> None:
    del ours.operations["POST /api/alpha/post"]
    assert "POST /api/alpha/post: missing" in differences(facts_in(PIEFED), ours)


async def test_a_post_after_a_change_comes_with_all_that_stands_around_it(ours: Facts) -> None:
    """One app reads its answers so strictly that it takes anything less for a failure."""
    wanted = {"post_view!": "PostView", "cross_posts!": "[PostView]"}
    wanted |= {"community_view": "CommunityView", "moderators": "[CommunityModeratorView]"}
    changed = {}
    for name, operation in ours.operations.items():
        given = ours.schemas.get(operation.answer or "", {})
        if not name.startswith("GET") and ("post_view!" in given or {"flair_list!", "post!"} <= given.keys()):
            changed[name] = wanted.items() - given.items()
    assert len(changed) > 12
    assert not any(changed.values()), changed


async def test_the_document_is_whole(client: Browser) -> None:
    response = await client.get("/api/alpha/openapi.json")
    found: Json = await response.get_json()
    operations = [facts for item in found["paths"].values() for facts in item.values()]
    names = [facts["operationId"] for facts in operations]
    assert len(set(names)) == len(names) > 100
    assert all(facts["summary"].endswith(".") for facts in operations)
    assert set(_references(found)) <= found["components"]["schemas"].keys()


async def test_the_document_tells_what_is_for_people_who_are_signed_in(client: Browser) -> None:
    found: Json = await (await client.get("/api/alpha/openapi.json")).get_json()
    assert found["paths"]["/api/alpha/post/list"]["get"]["security"] == [{}, {"Token": []}]
    assert found["paths"]["/api/alpha/post"]["post"]["security"] == [{"Token": []}]


async def test_the_document_has_a_page(client: Browser) -> None:
    response = await client.get("/api/alpha/docs")
    html = await response.get_data(as_text=True)
    assert response.status_code == 200
    assert "/api/alpha/post/list" in html
    assert html.count("<details") > 200


async def test_the_description_is_made_once_and_compressed(client: Browser) -> None:
    for path in ("/api/alpha/openapi.json", "/api/alpha/docs"):
        first = await asyncio.gather(*(client.get(path) for _ in range(3)))
        whole = [await response.get_data() for response in first]
        assert whole[0] == whole[1] == whole[2]
        started = time.thread_time()
        compressed = await client.get(path, headers={"Accept-Encoding": "gzip"})
        assert time.thread_time() - started < 0.4 * tenth_of_a_second()
        assert compressed.headers["Content-Encoding"] == "gzip"
        body = await compressed.get_data(as_text=False)
        assert len(body) * 5 < len(whole[0])
        assert gzip.decompress(body) == whole[0]


async def test_the_page_shows_nobodys_name(ana: Person) -> None:
    mine, _ = ana
    html = await (await mine.client.get("/api/alpha/docs", headers=bearer(mine.token or ""))).get_data(True)
    assert "csrf" not in html.lower()
    assert "/u/ana" not in html


def _facts(query: dict[str, str], answer: dict[str, str]) -> Facts:
    operation = {"query": query, "body": None, "answer": "Answer" if answer else None}
    return msgspec.convert({"operations": {"GET /x": operation}, "schemas": {"Answer": answer}}, Facts)


def _patterns() -> list[str]:
    return [pattern.replace("[", "[[]") for pattern in ACCEPTED]


def _any(found: list[str], pattern: str) -> bool:
    return any(fnmatchcase(one, pattern) for one in found)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
