"""Bodies made to cost much: none holds the loop, and each gets its answer."""

from html import unescape

import msgspec
import pytest

from service.forum.errors import Invalid
from service.http.answer import body_as
from service.http.application import Application
from service.http.passing.bodies.kinds import Content, Reader, Urlencoded
from service.http.passing.bodies.multipart import Multipart
from service.http.passing.bodies.policy import MOST_OF_SIGN_IN, MOST_OF_TEXT, URLENCODED, policy_of
from service.http.passing.bodies.request import ReceivedRequest
from service.http.passing.bodies.stream import PIECE
from service.http.passing.security import CSRF_HEADER
from service.http.refusals import BodyRefused
from tests.attacks import bodies
from tests.attacks.bodies import (
    BOUNDARY,
    HEADERS,
    JSON_BODIES,
    MB,
    MULTIPART_BODIES,
    NO_TEXT,
    URLENCODED_BODIES,
)
from tests.holding import longest_step, watched
from tests.http.people import Place, bearer, place
from tests.http.web_browser import Person, signed_in
from tests.serving import held_by
from tests.telemetry import counted

LARGE = 19 * MB
SHORT = 0.5  # tenths of a second: half of what the loop may be held
PREVIEW = "/preview"


# What reads them


class Judge:
    """Reads a body as the app does, and looks how long the loop would be held.

    Attributes:
        status: of what became of it.
        share: of 0.1 s, the longest turn.
    """

    def __init__(self, reader: Reader, data: bytes) -> None:
        self.status = 200
        self.share = longest_step(self._read(reader, data))

    async def _read(self, reader: Reader, data: bytes) -> None:
        try:
            for start in range(0, len(data), PIECE):
                await reader.feed(data[start : start + PIECE])
            await reader.finish()
        except BodyRefused as refusal:
            self.status = refusal.status


def test_no_form_holds_the_loop() -> None:
    for name, (status, make) in URLENCODED_BODIES.items():
        judge = Judge(Urlencoded(), make(MOST_OF_TEXT))
        assert (judge.status, judge.share < SHORT) == (status, True), (name, judge.share)


def test_no_form_with_files_holds_the_loop() -> None:
    for name, (status, make) in MULTIPART_BODIES.items():
        judge = Judge(Multipart(BOUNDARY, MOST_OF_TEXT), make(LARGE))
        assert (judge.status, judge.share < SHORT) == (status, True), (name, judge.share)


class Credentials(msgspec.Struct):
    username: str
    password: str


async def test_no_json_holds_the_loop(app: Application) -> None:
    async with app.test_request_context("/") as context:
        asked = context.request
        assert isinstance(asked, ReceivedRequest)
        for name, (status, make) in JSON_BODIES.items():
            asked.content = Content(make(MOST_OF_TEXT))
            async with watched() as watch:
                try:
                    await body_as(Credentials)
                    found = 200
                except Invalid:
                    found = 400
            assert (found, watch.share < SHORT) == (status, True), (name, watch.share)


async def test_a_form_is_read_as_it_was_sent() -> None:
    read = Urlencoded()
    for piece in (b"a=1&a=%c3", b"%a4+b&=x&empty=&word&&", b"%61=" + "ü".encode()):
        await read.feed(piece)
    fields = (await read.finish()).fields
    assert fields.getlist("a") == ["1", "ä b", "ü"]
    assert {name: fields[name] for name in ("", "empty", "word")} == {"": "x", "empty": "", "word": ""}
    long = "%41a" * 20_000  # an escape at every place where it could be cut in two
    for before in range(4):
        read = Urlencoded()
        await read.feed(b"a=" + b"x" * before + long.encode())
        assert (await read.finish()).fields["a"] == "x" * before + "Aa" * 20_000


async def test_a_form_with_files_is_read_as_it_was_sent_however_it_is_cut() -> None:
    sent = (
        b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xc3\xa4\r\n--xy\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xa4.png"\r\nContent-Type: image/png\r\n'
        b"\r\n\r\n\r--xyz-\n\r\n--xyz--\r\n"
    )
    for size in (*range(1, 20), len(sent)):
        read = Multipart("xyz", MOST_OF_TEXT)
        for start in range(0, len(sent), size):
            await read.feed(sent[start : start + size])
        content = await read.finish()
        file = content.files["f"]
        assert content.fields["a"] == "ä\r\n--xy"
        assert (file.filename, file.content_type, file.read()) == ("ä.png", "image/png", b"\r\n\r--xyz-\n")


# What takes them


@pytest.fixture
async def here(app: Application) -> Place:
    return await place(held_by(app).database)


@pytest.fixture
async def stranger(app: Application) -> Person:
    """Somebody who was shown a form."""
    return Person(app.test_client())


async def test_every_body_gets_its_answer(app: Application, here: Place, stranger: Person) -> None:
    client, member, form_token = stranger.client, bearer(here.token), {CSRF_HEADER: await stranger.token()}
    async with watched() as watch:
        for name, (status, make) in URLENCODED_BODIES.items():
            headers = form_token | {"Content-Type": URLENCODED}
            answer = await client.post(PREVIEW, data=make(MOST_OF_TEXT), headers=headers)
            assert answer.status_code == status, name
        for name, (status, make) in MULTIPART_BODIES.items():
            headers = member | {"Content-Type": bodies.MULTIPART}
            data = make(2 * MB)
            answer = await client.post("/api/alpha/upload/image", data=data, headers=headers)
            # A file that could be read is no picture.
            assert answer.status_code == (status if status == 413 else 400), (name, await answer.get_data())
        for name, (_, make) in JSON_BODIES.items():
            headers = member | {"Content-Type": "application/json"}
            answer = await client.post("/api/alpha/post", data=make(MOST_OF_TEXT), headers=headers)
            assert answer.status_code == 400, name
    assert watch.share < 1


async def test_what_is_too_large_is_not_read(app: Application, here: Place, stranger: Person) -> None:
    browser, member = {CSRF_HEADER: await stranger.token()}, bearer(here.token)
    for path, kind, most, headers in (
        ("/auth/login", URLENCODED, MOST_OF_SIGN_IN, browser),
        ("/auth/login", bodies.MULTIPART, MOST_OF_SIGN_IN, browser),
        ("/auth/register", URLENCODED, MOST_OF_TEXT, browser),
        (PREVIEW, bodies.MULTIPART, MOST_OF_TEXT, browser),
        ("/api/alpha/user/login", "application/json", MOST_OF_SIGN_IN, {}),
        ("/api/alpha/user/login", "", MOST_OF_SIGN_IN, {}),
        ("/api/alpha/post", "application/json", MOST_OF_TEXT, member),
        ("/api/alpha/user/logout", "application/json", 64_000, member),
        ("/api/alpha/upload/image", bodies.MULTIPART, app.settings.http.max_body, member),
        ("/api/alpha/site", "application/json", 64_000, {}),
    ):
        ask = stranger.client.get if path.endswith("/site") else stranger.client.post
        declared = {"Content-Length": str(most + 1)}
        # Without its length a form with files is read as far as it can be one.
        for length in (declared,) if kind == bodies.MULTIPART else (declared, {}):
            answer = await ask(
                path, data=b" " * (most + 1), headers={"Content-Type": kind, **headers, **length}
            )
            assert answer.status_code == 413, (path, kind, length)
            assert "This is too large" in await answer.get_data(as_text=True)
    assert await counted(app, "pieloop_http_bodies_refused_total", reason="request_entity_too_large") >= 10
    assert app.shared.budget.held == 0


async def test_what_is_of_another_kind_is_not_read(app: Application, stranger: Person) -> None:
    token = {CSRF_HEADER: await stranger.token()}
    for name, (status, headers) in HEADERS.items():
        answer = await stranger.client.post(PREVIEW, data=b"a=1", headers=token | headers)
        assert answer.status_code == status, name
        if status == 415:
            assert "Unsupported format" in await answer.get_data(as_text=True)
    json = {"Content-Type": "application/json"}
    for headers in (
        json | {"Content-Encoding": "gzip"},
        {"Content-Type": URLENCODED},
        {"Content-Type": "text/html"},
    ):
        answer = await stranger.client.post("/api/alpha/user/login", data=b"{}", headers=headers)
        body = await answer.get_json()
        assert (answer.status_code, body["code"], body["status"]) == (415, 415, "Unsupported Media Type")
        assert set(body["errors"]["json"]) <= {"Content-Type", "Content-Encoding"}
    assert await counted(app, "pieloop_http_bodies_refused_total", reason="unsupported_media_type") > 10


async def test_a_field_that_is_no_text_is_named(app: Application, here: Place, stranger: Person) -> None:
    token = {CSRF_HEADER: await stranger.token()}
    for kind, data in ((URLENCODED, b"b=1&a=%ff"), (bodies.MULTIPART, NO_TEXT)):
        answer = await stranger.client.post(PREVIEW, data=data, headers=token | {"Content-Type": kind})
        assert answer.status_code == 400
        assert "isn't UTF-8 text" in unescape(await answer.get_data(as_text=True))
    headers = bearer(here.token) | {"Content-Type": bodies.MULTIPART}
    answer = await stranger.client.post("/api/alpha/upload/image", data=NO_TEXT, headers=headers)
    assert (await answer.get_json())["errors"] == {"json": {"a": "This isn't UTF-8 text."}}


async def test_nothing_of_a_stranger_is_read_where_strangers_may_not(app: Application, here: Place) -> None:
    """Were it read, it would be refused for what it is."""
    stranger, member = app.test_client(), await signed_in(app, here.member)
    bad, no_form = {"Content-Type": "multipart/form-data; boundary=x"}, b"x" * MB
    for path in ("image", "community_image", "user_image"):
        for token in ({}, bearer("made.up.token"), bearer("")):
            answer = await stranger.post(f"/api/alpha/upload/{path}", data=no_form, headers=bad | token)
            assert (answer.status_code, (await answer.get_json())["message"]) == (400, "incorrect_login")
    json = {"Content-Type": "application/json"}
    answer = await stranger.post("/api/alpha/post", data=b"no JSON", headers=json)
    assert (await answer.get_json())["message"] == "incorrect_login"
    forms = ("/community/place_of_ana/submit", "/user/settings/picture", "/admin/blocked_images")
    for path in forms:
        answer = await stranger.post(path, data=no_form, headers=bad)
        assert answer.status_code == 403, "it was shown no form"
    shown = Person(app.test_client())
    token = {CSRF_HEADER: await shown.token()}
    for path in forms:
        answer = await shown.client.post(path, data=no_form, headers=bad | token)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/login?next=%2F"), path
        answer = await member.client.post(path, data=no_form, headers=bad)
        assert answer.status_code in {400, 403}, path


async def test_nobody_but_administrators_sends_files_to_what_is_theirs(app: Application, here: Place) -> None:
    member = await signed_in(app, here.member)
    headers = {CSRF_HEADER: await member.token(), "Content-Type": "multipart/form-data; boundary=x"}
    answer = await member.client.post("/admin/blocked_images", data=b"x" * MB, headers=headers)
    assert answer.status_code == 403
    assert "permission to do" in await answer.get_data(as_text=True)


async def test_a_door_that_is_shut_reads_nothing(app: Application) -> None:
    """What is too large and of another kind would be refused for that if somebody looked."""
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    answer = await app.test_client().post("/api/alpha/admin/users/bulk", data=b"x" * 2 * MB, headers=headers)
    assert answer.status_code == 403


WITH_FILES = {
    "/api/alpha/upload/image",
    "/api/alpha/upload/community_image",
    "/api/alpha/upload/user_image",
    "/user/files/upload",
    "/user/settings/cover",
    "/user/settings/import",
    "/user/settings/picture",
    "/community/<name>/edit",
    "/community/<name>/submit",
    "/post/<int:post_id>/edit",
    "/admin/appearance",
    "/admin/blocked_images",
}
FOR_STRANGERS = ("/api/alpha/user/login", "/api/alpha/user/verify_credentials")


async def test_every_route_says_what_it_takes(app: Application) -> None:
    with_files = set()
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            policy = policy_of(app.view_functions[rule.endpoint], method)
            if policy.files:
                with_files.add(rule.rule)
                assert policy.personal, rule.rule
            if method in {"GET", "HEAD", "OPTIONS"} and not policy.kinds:
                continue
            largest = max(policy.kinds.values(), default=0)
            assert largest <= MOST_OF_TEXT, rule.rule
            if rule.rule.startswith(("/auth/login", "/auth/logout", *FOR_STRANGERS)):
                assert largest == MOST_OF_SIGN_IN, rule.rule
            if rule.rule.startswith("/api/"):
                assert not policy.kinds.keys() & {URLENCODED}, rule.rule
    assert with_files == WITH_FILES


async def test_where_there_is_no_page_nothing_is_read(app: Application, stranger: Person) -> None:
    headers = {"Content-Type": URLENCODED}
    client = stranger.client
    for ask, path, status in (
        (client.post, "/nothing/here", 404),
        (client.post, "/communities", 405),
        (client.delete, "/auth/login", 405),
        (client.post, "/api/alpha/nothing", 400),
        (client.put, "/api/alpha/user/login", 400),
    ):
        answer = await ask(path, data=b"&" * LARGE, headers=headers)
        assert answer.status_code == status, path
