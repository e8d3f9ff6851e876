"""Every route with the largest input that it takes: none holds the event loop for 100 ms, and none fails.

The routes are the app's own, and what they take is read from them: path, query, and the struct of a JSON body; a form
has every field that any page reads. A route that is added is swept as well.
"""

import asyncio
import json
import re
import time
from asyncio.events import Handle
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

import msgspec
import pytest
from werkzeug.routing import Rule

from service.assembly import build_app
from service.config import Config
from service.forum.accounts import authentication
from service.http.application import Application
from service.http.openapi.endpoint import facts_of
from service.http.passing.bodies.policy import JSON, MOST_OF_TEXT, URLENCODED
from tests.forum import making
from tests.garbage import uncollected
from tests.http.people import bearer, place, token_of
from tests.http.web.visitor import PASSWORD, Visitor
from tests.serving import held_by

ROOT = Path(__file__).parents[2]
STILL = 0.1  # seconds of an idle processor
# What `busy` takes on an idle processor of the kind that the limit is meant for; everything is measured beside it.
BUSY = 0.023
MOST_OF_QUERY = 30_000
PARTS = 3  # in which all routes are asked, so that no test takes minutes
MOST_ID = 2**31 - 1
PATIENCE = 5.0  # seconds: live updates never end
WORDS = "# a *b* [c](http://d.example/e) `f` > g\n\n- h\n"
FIELDS = sorted(
    {
        name
        for file in (ROOT / "service" / "http").rglob("*.py")
        for name in re.findall(r'form(?:\.get(?:list)?\(|\[)"([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
)


class Sizes(NamedTuple):
    """How large what is sent is: `fits` is as large as is accepted, the other one as large as is received."""

    fits: bool

    @property
    def number(self) -> int:
        return 1 if self.fits else MOST_ID

    def text(self, name: str, room: int) -> str:
        """Something for a field of this name that is at most so long."""
        if not self.fits:
            return (WORDS * (room // len(WORDS) + 1))[:room]
        if "url" in name or name in {"image", "icon", "banner", "avatar", "cover"}:
            return "https://pie.example/" + "x" * min(480, room)
        if name in {"body", "content", "about", "bio", "description", "rules", "message", "text"}:
            return (WORDS * (room // len(WORDS) + 1))[: min(room, 49_000)]
        return "cats" if "name" in name else "x" * min(250, room)


def value(kind: Any, name: str, sizes: Sizes, room: int) -> Any:
    """The largest value of a type, as msgspec describes it."""
    described = msgspec.inspect
    match kind:
        case described.StrType():
            return sizes.text(name, min(room, kind.max_length or room))
        case described.IntType():
            return min(sizes.number, kind.le if kind.le is not None else MOST_ID)
        case described.LiteralType():
            return kind.values[-1]
        case described.UnionType():
            some = [one for one in kind.types if not isinstance(one, described.NoneType)]
            return value(some[0], name, sizes, room)
        case described.ListType() | described.VarTupleType():
            return [value(kind.item_type, name, sizes, 20)] * min(room // 30, 10 if sizes.fits else 100_000)
        case described.StructType():
            return fields(kind.cls, sizes, room)
    return FIXED.get(type(kind))


FIXED: dict[type, Any] = {
    msgspec.inspect.BoolType: True,
    msgspec.inspect.FloatType: 1e300,
    msgspec.inspect.DateTimeType: "2026-11-26T00:00:00",
}


def fields(struct: type, sizes: Sizes, room: int) -> dict[str, Any]:
    """Every field of a struct; together they are not larger than there is room."""
    described: Any = msgspec.inspect.type_info(struct)
    each = room // max(1, len(described.fields))
    return {field.encode_name: value(field.type, field.name, sizes, each) for field in described.fields}


def path_of(rule: Rule, sizes: Sizes) -> str:
    """The address with the largest values in its places."""

    def largest(found: re.Match[str]) -> str:
        converter = rule._converters[found["name"]]
        if hasattr(converter, "items") and not callable(converter.items):
            return str(max(converter.items))
        if type(converter).__name__ == "IntegerConverter":
            return str(sizes.number)
        if not sizes.fits:
            return "x" * 2_000
        return "ana" if rule.rule.startswith("/u/") else "cats"

    return re.sub(r"<(?:[^<>:]+(?:\([^)]*\))?:)?(?P<name>\w+)>", largest, rule.rule)


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    body: bytes
    content_type: str


def request_for(app: Application, rule: Rule, method: str, sizes: Sizes, csrf: str) -> Sent:
    """The largest request that a route is sent."""
    facts = facts_of(app.view_functions[rule.endpoint])
    struct = facts.query if facts else None
    query = fields(struct, sizes, MOST_OF_QUERY // 6) if struct else {
        name: sizes.text("q", MOST_OF_QUERY // 12) for name in ("q", "sort", "page")
    }  # fmt: skip
    flat = {name: str(one).lower() if isinstance(one, bool) else one for name, one in query.items()}
    path = f"{path_of(rule, sizes)}?{urlencode(flat)[:MOST_OF_QUERY]}"
    if method in {"GET", "HEAD", "OPTIONS"}:
        return Sent(method, path, b"", "")
    if rule.rule.startswith("/api/"):
        body = fields(facts.body, sizes, MOST_OF_TEXT // 2) if facts and facts.body else {"x": "y" * 60_000}
        return Sent(method, path, json.dumps(body).encode()[:MOST_OF_TEXT], JSON)
    return Sent(method, path, f"{urlencode({'csrf_token': csrf})}&{form_of(sizes)}".encode(), URLENCODED)


@cache
def form_of(sizes: Sizes) -> str:
    """Every field that any form has: to escape them takes longer than to answer."""
    room = MOST_OF_TEXT // 2 // len(FIELDS)
    return urlencode({name: sizes.text(name, room) for name in FIELDS})


class Steps:
    """The longest step of the loop, in processor seconds of its thread, since it was last asked."""

    def __init__(self) -> None:
        self.longest = 0.0

    def take(self) -> float:
        longest, self.longest = self.longest, 0.0
        return longest


@contextmanager
def steps_of_the_loop() -> Iterator[Steps]:
    """Time every callback that the loop runs; what else the machine does counts for nothing."""
    steps, handles = Steps(), cast("Any", Handle)
    run = handles._run

    def timed(handle: Handle) -> None:
        begun = time.thread_time()
        run(handle)
        steps.longest = max(steps.longest, time.thread_time() - begun)

    handles._run = timed
    try:
        with uncollected():
            yield steps
    finally:
        handles._run = run


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a loop that shows its steps: that of the product does not."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(work)


def busy() -> float:
    """The processor time of some work that is always the same."""
    begun = time.thread_time()
    sum(number * number % 7 for number in range(400_000))
    return time.thread_time() - begun


async def ask(client: Any, sent: Sent, headers: dict[str, str]) -> int:
    """Send a request; return the status, 0 where the answer does not end."""
    more = headers | ({"Content-Type": sent.content_type} if sent.content_type else {})
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            answer = await client.open(sent.path, method=sent.method, headers=more, data=sent.body or None)
            return int(answer.status_code)
    return 0


def ends_a_session(rule: Rule) -> bool:
    """Whether whoever asks may be nobody afterwards."""
    return bool(re.search(r"logout|delete_account|/ban|password|delete", rule.rule))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_route_holds_the_loop_whatever_it_is_sent(config: Config, part: int) -> None:
    async def sweep() -> None:
        app = build_app(
            msgspec.structs.replace(config, limits=msgspec.structs.replace(config.limits, enabled=False))
        )
        async with app.test_app():
            await send_the_largest(app, part)

    run(sweep())


async def send_the_largest(app: Application, part: int) -> None:
    """Send every route of a part the largest requests, and see that each is answered in short steps."""
    database = held_by(app).database
    made = await authentication.make_first_admin(database, "boss", PASSWORD, domain=app.settings.site.domain)
    assert made is not None
    boss = Visitor(app.test_client())
    await boss.get("/auth/login")
    await boss.follow(await boss.send("/auth/login", user_name="boss", password=PASSWORD))
    here = await place(database)
    await making.community(database, here.member, "cats")
    post_ids = await making.posts(database, here.member, here.community_id, 60)
    await making.comments(database, here.member, here.community_id, post_ids, body=WORDS * 1_000)
    token = bearer(token_of(await making.viewer_of(database, 1)))
    routes = [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (ends_a_session(rule), rule.rule))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    assert len(routes) > 200
    routes = routes[part::PARTS]
    limit = STILL * max(1.0, min(busy() for _ in range(5)) / BUSY)
    slow, failed = {}, {}
    with steps_of_the_loop() as steps:
        for rule, method in routes:
            api = rule.rule.startswith("/api/")
            for who, sizes in (("boss", Sizes(True)), ("boss", Sizes(False)), ("stranger", Sizes(False))):
                sent = request_for(app, rule, method, sizes, boss.token)
                client = app.test_client() if api or who == "stranger" else boss.client
                headers = token if api and who == "boss" else {}
                took = []
                for _ in range(3):
                    await asyncio.sleep(0)
                    steps.take()
                    status = await ask(client, sent, headers)
                    took.append(steps.take())
                    if took[-1] < limit:
                        break
                if min(took) >= limit:
                    slow[f"{method} {rule.rule} {who} {sizes}"] = round(min(took), 3)
                if status >= 500 and status not in {503, 507}:
                    failed[f"{method} {rule.rule} {who} {sizes}"] = status
    assert slow == {}
    assert failed == {}


def test_a_step_that_takes_long_is_seen() -> None:
    async def step() -> None:
        with steps_of_the_loop() as steps:
            await asyncio.sleep(0)
            steps.take()
            busy()
            await asyncio.sleep(0)
            assert steps.take() > 0.001

    run(step())
